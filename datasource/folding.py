"""The fold: takes visit changes away and adds their sums to the rollups, both in one transaction, so exactly once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from dashboard.lifeline import Lifeline
from dashboard.windows import floor_hour
from datasource.draining import NEVER, Drained, drain
from datasource.rollup_deltas import per_slice, rollup_deltas
from datasource.rollup_merge import add_deltas, add_heard, add_open, add_slices

LIMIT = 25_000
"""Changes that one fold takes at most; each is of one order, with all its visits that changed."""

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
    """Fold up to ``limit`` changes of an order each in the caller's transaction; two at once wait for each other.

    ``Folded.changes`` equal to ``limit`` means that there may be more.
    """
    del lifeline  # each change carries all that it counts for, whatever lifeline is in force by now
    state = connection.execute(_GLANCE).one()
    minute_from = floor_hour(now) - MINUTES_KEPT
    if not state.work and state.minute_from and state.minute_from >= minute_from:
        return Folded(0, state.generation)
    since = _keep_from(connection, minute_from)
    took = drain(connection, limit)
    if not took.rows:
        return Folded(0, state.generation)
    _add(connection, took, since, now)
    after = connection.execute(_ADVANCE, {"now": now}).scalar_one()
    return Folded(took.rows, int(after))


def _keep_from(connection: Connection, minute_from: datetime) -> datetime:
    """Lock the fold's state, let go of minutes that are too old, and answer the first one kept."""
    kept: datetime | None = connection.execute(_LOCK).scalar_one()
    if kept is not None and kept >= minute_from:
        return kept
    connection.execute(_KEEP, {"minute_from": minute_from})
    connection.execute(_PRUNE, {"minute_from": minute_from})
    return minute_from


def _add(connection: Connection, took: Drained, since: datetime, now: datetime) -> None:
    if took.visits:
        counted = per_slice(took.visits)
        first = int((since - _EPOCH) / timedelta(minutes=1))
        add_deltas(connection, "rollup_minute", rollup_deltas(counted, first, 1))
        add_deltas(connection, "rollup_hour", rollup_deltas(counted, NEVER + 1, 60))
        add_open(connection, counted)
        add_slices(connection, took.visits.slice_names)
    add_heard(connection, took.heard, now)


_GLANCE = text("SELECT generation, minute_from, EXISTS (SELECT FROM visit_change) AS work FROM fold_state")
_LOCK = text("SELECT minute_from FROM fold_state FOR UPDATE")
_KEEP = text("UPDATE fold_state SET minute_from = :minute_from")
_PRUNE = text("DELETE FROM rollup_minute WHERE start < :minute_from")
_RAISE = text(
    "UPDATE fold_state SET generation = generation + 1 WHERE id = (SELECT id FROM fold_state FOR UPDATE SKIP LOCKED)"
)
_ADVANCE = text("UPDATE fold_state SET generation = generation + 1, folded_at = :now RETURNING generation")
