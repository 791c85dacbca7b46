"""How far the audit's chain of hashes holds: followed behind the pages, which show what was found last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from dashboard.audited import ChainState
from dashboard.clock import Clock
from datasource.audit import Verification, complete, verify
from datasource.store import Store

WHOLE_AFTER = timedelta(hours=1)
"""Then it is followed from its beginning: what was changed long after it was checked shows too."""

STEP_ROWS = 100
PAUSE_SECONDS = 0.02
"""Between two steps of some milliseconds, so that hashing a long audit leaves the interpreter to the pages."""


@dataclass
class ChainFound:
    """What was found last; ``None`` until the chain was followed once. One thread writes it, any may read it."""

    last: ChainState | None = None


class ChainWatch:
    """Follows the chain for one process: from where it was left, once an hour from its beginning."""

    def __init__(self, store: Store, clock: Clock, found: ChainFound) -> None:
        self._store, self._clock, self._found = store, clock, found
        self._known: Verification | None = None
        self._whole_at: datetime | None = None

    def follow(self, stop: Event) -> None:
        """Follow it to its end, in steps of a transaction each; once stopped, what was found before stands.

        Raises:
            StoreUnavailable: the database is away.
        """
        now = self._clock.now()
        whole = self._whole_at is None or not timedelta() <= now - self._whole_at < WHOLE_AFTER
        found = self._followed(stop, None if whole else self._known)
        if found.more:
            return
        if whole and found.broken is None:
            with self._store.read() as connection:
                found = complete(connection, found)
        if whole:
            self._whole_at = now
        self._known = found if found.broken is None else None
        if found.broken is not None:
            self._whole_at = None  # until it is mended, each look is a whole one
        self._found.last = ChainState(now, found.rows, found.broken, found.fault or "")

    def _followed(self, stop: Event, known: Verification | None) -> Verification:
        while True:
            with self._store.read() as connection:
                known = verify(connection, known, STEP_ROWS)
            if not known.more or stop.wait(PAUSE_SECONDS):
                return known
