"""What the audit's page and interface read: entries, and how far the chain of their hashes holds."""

from collections.abc import Iterator
from typing import Any

from callbacks.services import Services
from dashboard.audited import AuditAsked, Audited, ChainState, kinds_of
from datasource.audit import Noted, entries

PAGE = 50
BLOCK = 500


class AuditReads:
    """Those of one process. Threads may share it."""

    def __init__(self, services: Services) -> None:
        self._services = services

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

    def chain(self) -> ChainState | None:
        """How far the chain was last found to hold; ``None`` until it was followed once."""
        return self._services.chain.last


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
    names = ("actor", "subject", "action_id", "since", "until", "before_seq")
    kinds = kinds_of(asked.kind) if asked.kind else ()
    return {"kinds": kinds, **{name: getattr(asked, name) for name in names}}
