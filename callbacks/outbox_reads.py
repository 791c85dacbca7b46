"""What the sources page and the interface read of the outbox."""

from collections.abc import Collection
from datetime import timedelta
from threading import Lock

from callbacks.services import Services
from dashboard.outgoing import DeadLetter, Outgoing, Target
from dashboard.webhooks import TARGETS
from datasource.outbox import OutboxMessage, counts, messages
from datasource.outbox_pace import delivered_since

HOUR = timedelta(hours=1)
MOST_LETTERS = 20
READ_FOR = timedelta(seconds=2)
"""It is not counted again before this, however many look at it."""


class OutboxReads:
    """Those of one process. Threads may share it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._told: Outgoing | None = None

    def outgoing(self) -> Outgoing:
        """How each target does, and the newest messages that were given up. Raises ``StoreError``."""
        now = self._services.clock.now()
        with self._lock:
            if self._told is None or not timedelta() <= now - self._told.as_of < READ_FOR:
                self._told = self._read()
            return self._told

    def forget(self) -> None:
        """Read anew when next asked: something was sent again."""
        with self._lock:
            self._told = None

    def _read(self) -> Outgoing:
        services, now = self._services, self._services.clock.now()
        # A demo has a system of its own for each target.
        urls = tuple(TARGETS if services.demo is not None else services.settings.webhooks.urls)
        with self._services.store.read() as connection:
            counted, pace = counts(connection, urls), delivered_since(connection, now - HOUR)
            dead = messages(connection, state="dead", limit=MOST_LETTERS)
        targets = [
            Target(
                key=one.target,
                set_up=one.target in urls,
                waiting=one.waiting,
                retrying=one.retrying,
                dead=one.dead,
                delivered_last_hour=pace.get(one.target, 0),
                oldest_waiting_at=one.oldest_waiting_at,
            )
            for one in counted
        ]
        return Outgoing(now, _in_order(targets, urls), tuple(map(dead_letter, dead)))


def dead_letter(message: OutboxMessage) -> DeadLetter:
    """A message that was given up, as a value."""
    return DeadLetter(
        message_id=message.message_id,
        target=message.target,
        kind=message.kind,
        subject=message.subject,
        attempts=message.attempts,
        made_at=message.made_at,
        last_at=message.last_at,
        fault=message.last_error or "",
        status=message.last_status,
    )


def _in_order(targets: Collection[Target], first: tuple[str, ...]) -> tuple[Target, ...]:
    """Those with an address first."""
    return tuple(sorted(targets, key=lambda target: (target.key not in first, target.key)))
