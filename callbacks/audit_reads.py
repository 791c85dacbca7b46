"""What the audit's page and interface read: entries, and how far the chain of their hashes holds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from callbacks.services import Services
from dashboard.audited import AuditAsked, Audited, ChainState
from datasource.audit import Noted, Verification, entries, verify

PAGE = 50
BLOCK = 500
CHECKED_FOR = timedelta(minutes=1)
"""The chain is not followed again before this, however many look at it; and then only from where it was left."""

WHOLE_AFTER = timedelta(hours=1)
"""Then it is followed from its beginning: what was changed long after it was checked shows too."""


class AuditReads:
    """Those of one process. Threads may share it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._chain: ChainState | None = None
        self._known: Verification | None = None
        self._whole_at: datetime | None = None

    def page(self, asked: AuditAsked, limit: int = PAGE) -> tuple[tuple[Audited, ...], bool]:
        """The newest entries that match, and whether there are older ones. Raises ``StoreError``."""
        with self._services.store.read() as connection:
            found = [audited(one) for one in entries(connection, **_wanted(asked), limit=limit + 1)]
        return tuple(found[:limit]), len(found) > limit

    def every(self, asked: AuditAsked) -> Iterator[Audited]:
        """All that match, a block at a time, as they were at one instant. Raises ``StoreError``."""
        wanted = _wanted(asked)
        with self._services.store.read() as connection:
            while block := entries(connection, **wanted, limit=BLOCK):
                yield from map(audited, block)
                wanted["before_seq"] = block[-1].seq

    def chain(self) -> ChainState:
        """How far the chain holds, at most a minute old. Raises ``StoreError``."""
        now = self._services.clock.now()
        with self._lock:
            if self._chain is None or not timedelta() <= now - self._chain.at < CHECKED_FOR:
                self._chain = self._followed(now)
            return self._chain

    def _followed(self, now: datetime) -> ChainState:
        whole = self._whole_at is None or not timedelta() <= now - self._whole_at < WHOLE_AFTER
        with self._services.store.read() as connection:
            found = verify(connection, None if whole else self._known)
        if whole:
            self._whole_at = now
        self._known = found if found.broken is None else None
        if found.broken is not None:
            self._whole_at = None  # until it is mended, each look is a whole one
        return ChainState(now, found.rows, found.broken, found.fault or "")


def audited(noted: Noted) -> Audited:
    """An entry of the store as the page and the interface tell it."""
    entry = noted.entry
    return Audited(
        seq=noted.seq,
        at=noted.at,
        actor=entry.actor,
        origin=entry.origin,
        kind=entry.kind,
        subject=entry.subject,
        action_id=entry.action_id,
        reason=entry.reason,
        before=entry.before,
        after=entry.after,
        hash=noted.hash.hex(),
    )


def _wanted(asked: AuditAsked) -> dict[str, Any]:
    names = ("actor", "kind", "subject", "action_id", "since", "until", "before_seq")
    return {name: getattr(asked, name) for name in names}
