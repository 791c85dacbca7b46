"""What failed in a page: told to the log once, not at each tick, and named so that the page can say what happens."""

from datetime import datetime, timedelta
from threading import Lock

from callbacks.logs import log
from dashboard.clock import Clock
from datasource.errors import StoreError

SILENCE = timedelta(minutes=10)
"""The same failure is not told again before this."""

MOST = 500


class Failures:
    """Those of one process. Threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str, str], datetime] = {}
        self._lock = Lock()
        self._log = log("pages")

    def report(self, page: str, part: str, error: Exception) -> str:
        """Log the failure, unless that was done lately. Answers its kind: ``store`` or ``broken``."""
        expected = isinstance(error, StoreError)
        if self._is_news((page, part, type(error).__name__)):
            self._log.error(
                "panel_failed", page=page, panel=part, error=type(error).__name__, exc_info=None if expected else error
            )
        return "store" if expected else "broken"

    def _is_news(self, failure: tuple[str, str, str]) -> bool:
        now = self._clock.now()
        with self._lock:
            last = self._told.get(failure)
            if last is not None and now - last < SILENCE:
                return False
            if len(self._told) >= MOST:
                self._told.clear()
            self._told[failure] = now
        return True
