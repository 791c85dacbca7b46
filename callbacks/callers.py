"""Who asks: the caller behind a request or a socket, by what it shows; and who they are still, later on."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import Scope

from callbacks import cookies
from callbacks.services import Services
from callbacks.where import Where, where_from
from dashboard.permissions import SETTINGS_TOKEN, Caller, CallerKind, Permission
from datasource.credentials import fingerprint, note_use, standing
from datasource.errors import StoreError

STATIC_SCOPES = frozenset({Permission.READ, Permission.TELL})
"""What the one token of the settings may."""

Shown = tuple[CallerKind, bytes]
"""What somebody showed: of which kind, and its fingerprint."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who asks, as it was found: ``caller`` is ``None`` for nobody.

    ``shown``: what to look up again later; ``None`` where nothing can change. ``refused``: of which kind the thing was
    that is not valid (any more).
    """

    where: Where
    caller: Caller | None = None
    shown: Shown | None = None
    refused: CallerKind | None = None


class Callers:
    """Finds them. Threads may share it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings.identity

    async def standing(self, scope: Scope) -> Standing:
        """Who asks. A bearer token outranks a session, a session a kiosk; what is shown and wrong is nobody.

        Raises:
            StoreError: the store did not answer who it is.
        """
        headers, where = Headers(scope=scope), where_from(scope, self._settings)
        authorization = headers.get("authorization", "")
        if authorization:
            return await self._bearer(authorization, where)
        session = cookies.shown(headers.get("cookie", ""), cookies.SESSION, where.secure)
        found = await self._found(CallerKind.PERSON, session, where) if session else None
        if found is not None and found.caller is not None:
            return found
        if display := cookies.shown(headers.get("cookie", ""), cookies.KIOSK, where.secure):
            return await self._found(CallerKind.KIOSK, display, where)
        visitor = self._services.visitor
        if visitor is not None and where.local:
            return Standing(where, replace(visitor, origin=where.address))
        return found or Standing(where)

    def still(self, shown: Iterable[Shown]) -> Mapping[Shown, Caller]:
        """Who the bearers of these are now. Raises ``StoreError``."""
        by_kind: dict[CallerKind, set[bytes]] = defaultdict(set)
        for kind, token_hash in shown:
            by_kind[kind].add(token_hash)
        now, found = self._services.clock.now(), {}
        with self._services.store.begin() as connection:
            for kind, hashes in by_kind.items():
                told = standing(connection, kind, hashes, now)
                found.update({(kind, token_hash): caller for token_hash, caller in told.items()})
        return found

    async def _bearer(self, authorization: str, where: Where) -> Standing:
        scheme, _, told = authorization.partition(" ")
        token, expected = told.strip(), self._services.token or ""
        if scheme.lower() != "bearer" or not token:
            return Standing(where, refused=CallerKind.TOKEN)
        if secrets.compare_digest(token.encode(), expected.encode()) and expected:
            caller = Caller(f"token:{SETTINGS_TOKEN}", CallerKind.TOKEN, scopes=STATIC_SCOPES, origin=where.address)
            return Standing(where, caller)
        return await self._found(CallerKind.TOKEN, token, where)

    async def _found(self, kind: CallerKind, secret: str, where: Where) -> Standing:
        return await run_in_threadpool(self._look_up, kind, secret[:200], where)

    def _look_up(self, kind: CallerKind, secret: str, where: Where) -> Standing:
        shown = (kind, fingerprint(secret))
        caller = self.still([shown]).get(shown)
        if caller is None:
            return Standing(where, refused=kind)
        with suppress(StoreError), self._services.store.begin() as connection:
            note_use(connection, *shown, self._services.clock.now())
        return Standing(where, replace(caller, origin=where.address), shown)
