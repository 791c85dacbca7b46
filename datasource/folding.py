"""The fold: takes visit changes away and adds their sums to the rollups, both in one transaction, so exactly once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
from psycopg import sql
from sqlalchemy import Connection, text

from dashboard.lifeline import Lifeline
from dashboard.windows import floor_hour
from datasource.copying import copy_out
from datasource.rollup_deltas import NEVER, per_slice, read_drained, rollup_deltas
from datasource.rollup_merge import add_deltas, add_heard, add_open, add_slices

LIMIT = 50_000
"""Changes that one fold takes at most."""

MINUTES_KEPT = timedelta(hours=26)
"""How long before the current hour the rollup by minutes begins; hours are kept for good."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNHEARD = -(2**62)


@dataclass(frozen=True, slots=True)
class Folded:
    """How many changes a fold took, and the generation that the rollups are at after it."""

    changes: int
    generation: int


def generation(connection: Connection) -> int:
    """A number that grows with every fold that changed something."""
    return int(connection.execute(text("SELECT generation FROM fold_state")).scalar_one())


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
    drained = read_drained(copy_out(connection, _DRAIN.format(limit=sql.Literal(limit))))
    if len(drained) == 0:
        return Folded(0, state.generation)
    _add(connection, drained, since, now)
    after = connection.execute(_ADVANCE, {"now": now}).scalar_one()
    return Folded(len(drained), int(after))


def _keep_from(connection: Connection, minute_from: datetime) -> datetime:
    """Lock the fold's state, let go of minutes that are too old, and answer the first one kept."""
    kept: datetime | None = connection.execute(_LOCK).scalar_one()
    if kept is not None and kept >= minute_from:
        return kept
    connection.execute(_KEEP, {"minute_from": minute_from})
    connection.execute(_PRUNE, {"minute_from": minute_from})
    return minute_from


def _add(connection: Connection, drained: pd.DataFrame, since: datetime, now: datetime) -> None:
    changes = per_slice(drained)
    if changes.nodes:
        first = int((since - _EPOCH) / timedelta(minutes=1))
        add_deltas(connection, "rollup_minute", rollup_deltas(changes, first, 1))
        add_deltas(connection, "rollup_hour", rollup_deltas(changes, NEVER + 1, 60))
        add_open(connection, changes)
        add_slices(connection, changes.slices)
    told = drained[drained["heard_us"] != _UNHEARD]
    newest = told.groupby("source")["heard_us"].max()
    heard = {str(source): _EPOCH + timedelta(microseconds=int(at)) for source, at in newest.items()}
    add_heard(connection, heard, now)


_GLANCE = text("SELECT generation, minute_from, EXISTS (SELECT FROM visit_change) AS work FROM fold_state")
_LOCK = text("SELECT minute_from FROM fold_state FOR UPDATE")
_KEEP = text("UPDATE fold_state SET minute_from = :minute_from")
_PRUNE = text("DELETE FROM rollup_minute WHERE start < :minute_from")
_ADVANCE = text("UPDATE fold_state SET generation = generation + 1, folded_at = :now RETURNING generation")

_MINUTE = "CAST(floor(date_part('epoch', {}) / 60) AS bigint)"
_DRAIN = sql.SQL(
    f"""
DELETE FROM visit_change
 WHERE (order_id, change_id) IN (SELECT order_id, change_id FROM visit_change LIMIT {{limit}})
RETURNING sign, node, to_json(slices),
          coalesce({_MINUTE.format("entered_at")}, {NEVER}), coalesce({_MINUTE.format("left_at")}, {NEVER}),
          coalesce({_MINUTE.format("due_at")}, {NEVER}),
          CASE WHEN exit IS NULL THEN 0 WHEN exit = 'next' THEN 1 ELSE 2 END,
          coalesce(dwell_us, 0), coalesce(CAST(measured AS int), 0),
          CASE WHEN left_at > due_at OR (left_at IS NULL AND exit IS NULL) THEN 1 ELSE 0 END,
          coalesce(CAST(amount * 100 AS bigint), 0), source,
          coalesce(CAST(extract(epoch FROM at) * 1000000 AS bigint), {_UNHEARD})
"""  # noqa: S608 - numbers of our own
)
