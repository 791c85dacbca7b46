"""The player: keeps a store exactly as it was at an instant of the tape, step by step or by a jump."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, text

from dashboard.lifeline import Lifeline
from dashboard.slices import Slice
from datasource import schema
from datasource.baselines import baseline_due, renew_baselines
from datasource.folding import LIMIT, fold
from datasource.recording import record
from datasource.replay.tape import Tape
from datasource.snapshots import snapshot
from datasource.statistics import refresh_statistics
from datasource.status_log import log_transitions
from datasource.store import Store

NEVER = datetime(1900, 1, 1, tzinfo=UTC)
"""Before everything on a tape."""

RECORDED = 0.75
"""The share of a jump's time that recording takes; the rest sums up."""

_KEPT = frozenset({schema.config_version, schema.fold_state})
# Of the room of orders alone: nobody acts on a tape, and the audit, for one, cannot be emptied.
_FILLED = frozenset(table for table in vars(schema).values() if isinstance(table, Table)) - _KEPT
_WIPE = tuple(
    text(f"DELETE FROM {table.name}")  # noqa: S608 - names of our own tables
    for table in reversed(schema.metadata.sorted_tables)
    if table in _FILLED
)
_JUDGED = tuple(text(f"DELETE FROM {name}") for name in ("baseline", "baseline_version", "status_change"))  # noqa: S608
_UNPRUNED = text("UPDATE fold_state SET minute_from = NULL")


class Player:
    """Plays a tape into a store that nobody else writes to. ``told``: up to when the store knows everything.

    Each move is one transaction: whoever reads meanwhile sees the store as it was, and after it as it is.
    """

    def __init__(self, store: Store, tape: Tape) -> None:
        self._store, self._tape = store, tape
        self.told = NEVER

    def advance(self, until: datetime) -> None:
        """Let happen what happened up to ``until``; what is usual is renewed when it is due.

        Raises:
            StoreUnavailable: nothing has happened; try again.
        """
        lifeline = self._store.lifeline()
        with self._store.begin() as connection:
            self._record(connection, lifeline, self.told, until)
            if baseline_due(connection, until):
                renew_baselines(connection, lifeline, until)
        self.told = until

    def judge(self) -> None:
        """Log the nodes that changed their colour."""
        with self._store.begin() as connection:
            _judge(connection, self._store.lifeline(), self.told)

    def jump(self, to: datetime, progress: Callable[[float], None]) -> None:
        """Make the store what it was at ``to``, earlier or later, all at once.

        What is usual is worked out of what came before ``to``, and the nodes are judged from there: the store after a
        jump follows from the tape and the instant alone, not from where the jump began.

        Args:
            to: the instant.
            progress: told the share that is done; what it raises breaks the jump off, and the store stays as it was.

        Raises:
            StoreUnavailable: the store stays as it was.
        """
        lifeline, back = self._store.lifeline(), to < self.told
        after = NEVER if back else self.told
        with self._store.begin() as connection:
            for statement in _WIPE if back else _JUDGED:
                connection.execute(statement)
            if back:  # minutes that are too old for the later instant are none too old for the earlier one
                connection.execute(_UNPRUNED)
            self._record(connection, lifeline, after, to, progress)
            refresh_statistics(connection)
            renew_baselines(connection, lifeline, to)
            _judge(connection, lifeline, to)
        self.told = to

    def _record(
        self,
        connection: Connection,
        lifeline: Lifeline,
        after: datetime,
        until: datetime,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        whole, done = self._tape.count(after, until) if progress else 0, 0
        for events in self._tape.between(after, until):
            record(connection, events, lifeline, until)
            done += len(events)
            if progress:
                progress(RECORDED * done / max(whole, 1))
        while fold(connection, until, lifeline).changes == LIMIT:
            pass


def _judge(connection: Connection, lifeline: Lifeline, now: datetime) -> None:
    log_transitions(connection, snapshot(connection, lifeline, slice=Slice(), window=None, at=None, now=now))
