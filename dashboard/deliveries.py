"""What becomes of a message after an attempt to deliver it: delivered, tried again later, or dead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

_TOO_SOON = frozenset({408, 409, 425, 429})
"""Answers of a receiver that is there and means "not now", though they begin with a 4."""
_GONE = 410


class Fault(StrEnum):
    """Why an attempt failed."""

    STATUS = "status"  # the answer was not one of success
    REDIRECT = "redirect"  # the answer pointed elsewhere: nobody follows
    UNKNOWN_HOST = "unknown_host"
    FORBIDDEN_ADDRESS = "forbidden_address"  # private, loopback and the like, and not on the list of those allowed
    PLAIN_HTTP = "plain_http"  # unencrypted to a public address
    CONNECTION = "connection"  # refused, reset, closed in the middle
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN = "broken"  # the answer was no HTTP, or something else went wrong


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt. ``retry_after``: how long the receiver asked to be left alone."""

    status: int | None = None
    fault: Fault | None = None
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a message is tried.

    The pause before attempt n + 1 is drawn evenly from nothing to ``first * 2 ** (n - 1)``, at most ``longest`` (full
    jitter: many messages that failed at one instant come back spread out). After ``attempts`` it is dead: with these
    numbers after about five hours. ``refusals``: how many refusals that time does not mend kill it.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    longest_asked: timedelta = timedelta(days=1)
    attempts: int = 20
    refusals: int = 3

    def pause(self, attempt: int, asked: timedelta | None, draw: float) -> timedelta:
        """Until the next attempt, after the ``attempt``-th (from 1); ``draw`` in [0, 1)."""
        longest = min(self.longest, self.first * float(2 ** min(attempt - 1, 30)))
        waits = longest * draw
        return max(waits, min(asked, self.longest_asked)) if asked else waits

    def dead(self, attempt: int, came: Attempt) -> bool:
        """Whether it is not tried again after the ``attempt``-th.

        410: at once, the receiver says that it is gone for good. Any other 4xx but 408, 409, 425 and 429, and a
        redirection: after ``refusals`` attempts, since a wrong address or key is not mended by waiting, though a
        deployment may look like it for a moment. All else: after ``attempts``.
        """
        refused = came.status is not None and 300 <= came.status < 500 and came.status not in _TOO_SOON
        most = 1 if came.status == _GONE else self.refusals if refused else self.attempts
        return attempt >= min(most, self.attempts)


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The header ``Retry-After``: seconds, or a date; ``None`` for what is neither, or is past."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text[:9])) or None
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None or until <= now:
        return None
    return until - now
