"""The fold: takes visit changes away and adds their sums to the rollups, both in one transaction, so exactly once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from dashboard.lifeline import Lifeline
from dashboard.windows import floor_hour
from datasource.copying import read_numbers
from datasource.rollup_deltas import NEVER, Drained, per_slice, rollup_deltas
from datasource.rollup_merge import add_deltas, add_heard, add_open, add_slices

LIMIT = 250_000
"""Changes that one fold takes at most."""

MINUTES_KEPT = timedelta(hours=26)
"""How long before the current hour the rollup by minutes begins; hours are kept for good."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Folded:
    """How many changes a fold took, and the generation that the rollups are at after it."""

    changes: int
    generation: int


def generation(connection: Connection) -> int:
    """A number that grows with every fold that changed something."""
    return int(connection.execute(text("SELECT generation FROM fold_state")).scalar_one())


def advance(connection: Connection) -> None:
    """Raise the generation for a change that no visit tells of, so that every open page is built anew.

    Never waits for a fold: one that is under way raises it too, and what it is too early for comes with the next tick.
    """
    connection.execute(_RAISE)


def fold(connection: Connection, now: datetime, lifeline: Lifeline, limit: int = LIMIT) -> Folded:
    """Fold up to ``limit`` changes in the caller's transaction; two at once wait for each other.

    ``Folded.changes`` equal to ``limit`` means that there may be more.
    """
    del lifeline  # each change carries all that it counts for, whatever lifeline is in force by now
    state = connection.execute(_GLANCE).one()
    minute_from = floor_hour(now) - MINUTES_KEPT
    if not state.work and state.minute_from and state.minute_from >= minute_from:
        return Folded(0, state.generation)
    since = _keep_from(connection, minute_from)
    took = connection.execute(_DRAIN, {"limit": limit}).one()
    if not took.changes:
        return Folded(0, state.generation)
    _add(connection, took, since, now)
    after = connection.execute(_ADVANCE, {"now": now}).scalar_one()
    return Folded(took.changes, int(after))


def _keep_from(connection: Connection, minute_from: datetime) -> datetime:
    """Lock the fold's state, let go of minutes that are too old, and answer the first one kept."""
    kept: datetime | None = connection.execute(_LOCK).scalar_one()
    if kept is not None and kept >= minute_from:
        return kept
    connection.execute(_KEEP, {"minute_from": minute_from})
    connection.execute(_PRUNE, {"minute_from": minute_from})
    return minute_from


def _add(connection: Connection, took: Row[Any], since: datetime, now: datetime) -> None:
    if took.node:
        numbers = {name: read_numbers(getattr(took, name)) for name in _LISTED}
        changes = per_slice(Drained(node=took.node, slices=took.slices.split("\n"), **numbers))
        first = int((since - _EPOCH) / timedelta(minutes=1))
        add_deltas(connection, "rollup_minute", rollup_deltas(changes, first, 1))
        add_deltas(connection, "rollup_hour", rollup_deltas(changes, NEVER + 1, 60))
        add_open(connection, changes)
        add_slices(connection, changes.slices)
    add_heard(connection, dict(zip(took.sources or [], took.heard or [], strict=True)), now)


_GLANCE = text("SELECT generation, minute_from, EXISTS (SELECT FROM visit_change) AS work FROM fold_state")
_LOCK = text("SELECT minute_from FROM fold_state FOR UPDATE")
_KEEP = text("UPDATE fold_state SET minute_from = :minute_from")
_PRUNE = text("DELETE FROM rollup_minute WHERE start < :minute_from")
_RAISE = text(
    "UPDATE fold_state SET generation = generation + 1 WHERE id = (SELECT id FROM fold_state FOR UPDATE SKIP LOCKED)"
)
_ADVANCE = text("UPDATE fold_state SET generation = generation + 1, folded_at = :now RETURNING generation")


def _minute(instant: str) -> str:
    return f"coalesce(CAST(floor(date_part('epoch', {instant}) / 60) AS bigint), {NEVER})"


# By place, not by key: eight times as fast with a long queue. On a distributed table each shard is drained by itself.
# One row of lists: taken apart by numpy, where fifty thousand rows would be fifty thousand Python objects times twelve.
_LISTED = {
    "sign": "sign",
    "entered": _minute("entered_at"),
    "left": _minute("left_at"),
    "due": _minute("due_at"),
    "way_out": "CASE WHEN exit IS NULL THEN 0 WHEN exit = 'next' THEN 1 ELSE 2 END",
    "dwell_us": "coalesce(dwell_us, 0)",
    "measured": "CAST(measured AS int)",
    "missed": "CASE WHEN left_at > due_at OR (left_at IS NULL AND exit IS NULL) THEN 1 ELSE 0 END",
    "cents": "CAST(amount * 100 AS bigint)",
}
_AGGREGATES = [f"string_agg(CAST({source} AS text), ',') AS \"{name}\"" for name, source in _LISTED.items()]
_DRAIN = text(f"""
WITH gone AS (
  DELETE FROM visit_change
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM visit_change LIMIT :limit))
  RETURNING *
), counted AS (
  SELECT * FROM gone WHERE sign <> 0
), told AS (
  SELECT source, max(at) AS at FROM gone WHERE at IS NOT NULL GROUP BY source
)
SELECT (SELECT count(*) FROM gone) AS changes,
       (SELECT array_agg(source ORDER BY source) FROM told) AS sources,
       (SELECT array_agg(at ORDER BY source) FROM told) AS heard,
       json_agg(node) AS node,
       string_agg(CAST(array_to_json(slices) AS text), chr(10)) AS slices,
       {", ".join(_AGGREGATES)}
  FROM counted
""")  # noqa: S608
