"""Failed logins: counted by name and by address, each making the next wait longer, forgotten after a quiet while.

A login is counted before its password is looked at, so that many at once do not slip through; the right password takes
its own count back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

FORGOTTEN = timedelta(hours=1)
LONGEST = timedelta(minutes=15)
FREE = {"name": 5, "address": 20}
"""So many failures cost no wait."""

_LOCK = text("""
    INSERT INTO login_failure AS f (key, failures, last_at) VALUES (:key, 0, :now)
    ON CONFLICT (key) DO UPDATE
       SET failures = CASE WHEN f.last_at < :forgotten THEN 0 ELSE f.failures END
    RETURNING failures, last_at
""")
_COUNT = text("UPDATE login_failure SET failures = failures + 1, last_at = :now WHERE key = :key")
_FORGIVE = text("DELETE FROM login_failure WHERE key = :key")
_TAKE_BACK = text("UPDATE login_failure SET failures = greatest(failures - 1, 0) WHERE key = :key")
_CLEAR = text("""
    DELETE FROM login_failure WHERE key IN (
        SELECT key FROM login_failure WHERE last_at < :forgotten FOR UPDATE SKIP LOCKED LIMIT 1000)
""")


class TooManyFailures(Exception):  # noqa: N818 - what it says
    """No password is looked at before ``wait`` has passed."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many failed logins")
        self.wait = wait


def wait_after(failures: int, free: int) -> timedelta:
    """How long after so many failures the next attempt must wait: 1 s, 2 s, 4 s ... 15 min."""
    return min(timedelta(seconds=2 ** min(failures - free, 20)), LONGEST) if failures >= free else timedelta()


def count_attempt(connection: Connection, keys: Mapping[str, str], now: datetime) -> None:
    """Count one more attempt under each key (``name``, ``address``).

    Raises:
        TooManyFailures: one of them must wait; nothing is counted.
    """
    forgotten = now - FORGOTTEN
    connection.execute(_CLEAR, {"forgotten": forgotten})
    waits = []
    for kind, key in sorted(keys.items(), key=lambda pair: pair[1]):
        row = connection.execute(_LOCK, {"key": key, "now": now, "forgotten": forgotten}).one()
        waits.append(row.last_at + wait_after(row.failures, FREE[kind]) - now)
    if max(waits) > timedelta():
        raise TooManyFailures(max(waits))
    for key in keys.values():
        connection.execute(_COUNT, {"key": key, "now": now})


def forgive(connection: Connection, keys: Mapping[str, str]) -> None:
    """The password was right: the name is clear again, the address has one failure less."""
    connection.execute(_FORGIVE, {"key": keys["name"]})
    connection.execute(_TAKE_BACK, {"key": keys["address"]})
