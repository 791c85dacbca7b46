"""The fold as a process of its own: elected among all that run, a few times a second, until told to stop."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.clock import Clock
from datasource.errors import StoreError
from datasource.folding import LIMIT, Folded, fold, generation
from datasource.store import Store, unavailability

__all__ = ["FoldLoop", "Folded", "fold", "generation"]

PAUSE_SECONDS = 0.25
"""Between two folds, when nothing is left to do."""

_ELECTION = 7_142_002
_LONGEST_BACKOFF_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass
class FoldLoop:
    """Folds as long as it is the one elected; the others wait to take its place.

    ``on_fold`` is told of each fold that changed something, in the loop's thread.
    """

    store: Store
    clock: Clock
    pause: float = PAUSE_SECONDS
    limit: int = LIMIT
    on_fold: Callable[[Folded], None] | None = None
    _failures: int = field(default=0, init=False)

    def run(self, stop: threading.Event) -> None:
        """Fold until ``stop`` is set; whatever the database does meanwhile, it is tried again."""
        while not stop.is_set():
            try:
                with unavailability():
                    self._stand_for_election(stop)
            except (StoreError, SQLAlchemyError, psycopg.Error) as error:
                self._failures += 1
                level = logging.WARNING if isinstance(error, StoreError) else logging.ERROR
                _log.log(level, "The fold is interrupted: %s", error, exc_info=level == logging.ERROR)
                stop.wait(min(self.pause * 2 ** min(self._failures, 10), _LONGEST_BACKOFF_SECONDS))

    def _stand_for_election(self, stop: threading.Event) -> None:
        """Hold the lock on a connection of its own, and lead while it is held; it goes with the connection."""
        with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as election:
            election.detach()  # closed at the end, never lent to another while it holds the lock
            while not stop.is_set():
                if election.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _ELECTION}).scalar_one():
                    self._lead(election, stop)
                stop.wait(self.pause)

    def _lead(self, election: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            election.execute(text("SELECT 1"))  # fails when the lock was lost with its connection
            folded = self._fold()
            self._failures = 0
            if folded.changes and self.on_fold:
                self.on_fold(folded)
            if folded.changes < self.limit:
                stop.wait(self.pause)

    def _fold(self) -> Folded:
        with self.store.begin() as connection:
            return fold(connection, self.clock.now(), self.store.lifeline(), self.limit)
