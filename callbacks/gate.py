"""The gate: every request and socket passes it, and the one table of doors says what it takes.

It finds out who asks, reads the body (no larger and no slower than it may be), and asks the table: for the way in, for
the callback that a page calls, and for every page that such a call names. Whoever passes is found by ``caller_of``.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import request as flask_request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from callbacks.access import Access
from callbacks.bodies import BodyRefused, played_again, read_body
from callbacks.callers import Callers, Standing
from callbacks.logs import log
from callbacks.refusals import refusal
from callbacks.services import Services
from callbacks.signing import Signer
from callbacks.where import Where
from dashboard.doors import CALL, SOCKET, Door, door_of, may_pass, may_see, may_see_all
from dashboard.permissions import Caller, CallerKind, Permission
from datasource.errors import StoreError
from layouts import ids

CALLBACKS = "/_dash-update-component"
LAYOUT = "/_dash-layout"
METRICS = "/metrics"
SHOWN = "shown"
POLICY = 1008

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """ASGI middleware before everything that answers."""

    def __init__(self, app: ASGIApp, callers: Callers, access: Access, services: Services, signer: Signer) -> None:
        self._app, self._callers, self._access, self._signer = app, callers, access, signer
        self._settings, self._has_token = services.settings.identity, services.token is not None
        self._log = log("gate")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = door_of(scope["method"], scope["path"])
        try:
            found = await self._standing(scope, door)
        except StoreError:
            await refusal(scope, 503, None)(scope, receive, send)
            return
        status = self._refused(scope, door, found)
        if status == 401 and not self._has_token and _is_telling(door):
            await refusal(scope, 403, found, "no_token")(scope, receive, send)
            return
        if status:
            self._tell(scope, status, found)
            await refusal(scope, status, found)(scope, receive, send)
            return
        if scope["method"] not in _WITHOUT_BODY:
            try:
                body = await read_body(scope, receive)
            except BodyRefused as error:
                await refusal(scope, error.status, found, most=error.most // 1024 // 1024)(scope, receive, send)
                return
            if scope["path"] == CALLBACKS and not may_call(found.caller, body):
                self._tell(scope, 403, found)
                await refusal(scope, 401 if found.caller is None else 403, found)(scope, receive, send)
                return
            receive = played_again(body, receive)
        self._note(scope, found)
        await self._app(scope, receive, send)

    def _tell(self, scope: Scope, status: int, found: Standing) -> None:
        """One line for whoever watches; nothing of a name, a secret or what was asked for."""
        if status == 403:
            kind, first = found.caller and found.caller.kind.value, scope["path"].split("/")[1][:40]
            self._log.warning("refused", status=status, caller=kind, method=scope["method"], path=f"/{first}")

    def _note(self, scope: Scope, found: Standing) -> None:
        state = scope.setdefault("state", {})
        state.update(caller=found.caller, standing=found)
        if found.shown is not None and found.shown[0] is CallerKind.PERSON:
            state["sign_out"] = self._signer.token("logout", found.shown[1].hex())

    async def _standing(self, scope: Scope, door: Door | None) -> Standing:
        """Who asks; the store is not asked where it does not matter."""
        if door is not None and door.needs is None and not scope["path"].startswith(("/login", "/logout", "/kiosk")):
            return Standing(Where("", self._settings.https, local=False))
        return await self._callers.standing(scope)

    def _refused(self, scope: Scope, door: Door | None, found: Standing) -> int:
        """The status of a refusal, 0 for none."""
        headers, caller, path = Headers(scope=scope), found.caller, scope["path"]
        if path == METRICS and self._settings.metrics_open and scope["method"] in _WITHOUT_BODY:
            return 0
        if not may_pass(caller, door):
            return _why(caller, door)
        if door is not None and door.page and not may_see(caller, _url(scope)):
            return 403
        if path == LAYOUT and (referred := _referred(headers)) and not may_see(caller, referred):
            return 403
        return 0 if scope["method"] in _WITHOUT_BODY or self._is_meant(headers, caller) else 403

    def _is_meant(self, headers: Headers, caller: Caller | None) -> bool:
        """Whether a request that changes something comes from a page of this server, or carries its own token.

        Browsers send cookies along whoever asks, so with one the page's origin must be told.
        """
        if caller is not None and caller.kind is CallerKind.TOKEN:
            return True
        by_cookie = caller is not None and caller.kind is not CallerKind.VISITOR
        return self._access.may_open_socket(headers) if by_cookie else self._access.may_call_back(headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = door_of(SOCKET, scope["path"])
        if door is None or not self._access.may_open_socket(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": POLICY})
            return
        try:
            found = await self._callers.standing(scope)
        except StoreError:
            await send({"type": "websocket.close", "code": POLICY})
            return
        caller = found.caller if may_pass(found.caller, door) else None
        scope.setdefault("state", {}).update(caller=caller, standing=found)
        await self._app(scope, receive, send)


def caller_of(request: HTTPConnection) -> Caller | None:
    """Who asks, of a request or socket that passed the gate; ``None`` where anybody may."""
    caller: Caller | None = request.scope.get("state", {}).get("caller")
    return caller


def standing_of(request: HTTPConnection) -> Standing:
    """All that the gate found out about who asks."""
    found: Standing = request.scope["state"]["standing"]
    return found


def caller_here() -> Caller | None:
    """Who asks, inside a callback of a page."""
    scope: Mapping[str, Any] = flask_request.environ.get("asgi.scope", {})
    caller: Caller | None = scope.get("state", {}).get("caller")
    return caller


def sign_out_token_here() -> str:
    """What the form that signs out must hold, inside a callback of a page; empty where nobody is signed in."""
    scope: Mapping[str, Any] = flask_request.environ.get("asgi.scope", {})
    return str(scope.get("state", {}).get("sign_out", ""))


def may_call(caller: Caller | None, body: bytes) -> bool:
    """Whether the caller may call the callback that a body names, of the pages that it names."""
    try:
        told: Any = json.loads(body)
        output = str(told["output"]).partition("@")[0]
        if caller is not None and caller.kind is CallerKind.KIOSK and not _says_where(told, output):
            return False
        return may_pass(caller, door_of(CALL, output)) and may_see_all(caller, _named(told))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def _parts(told: Mapping[str, Any]) -> dict[tuple[Any, Any], Any]:
    values = [one for one in (*told.get("inputs", ()), *(told.get("state") or ())) if isinstance(one, dict)]
    return {(one.get("id"), one.get("property")): one.get("value") for one in values if isinstance(one.get("id"), str)}


def _says_where(told: Mapping[str, Any], output: str) -> bool:
    """Whether a call names its page by the names that are looked at; the callback itself goes by place, not by name."""
    asked = (ids.LOCATION, "pathname") if output.startswith("..page.children") else (SHOWN, "data")
    return asked in _parts(told)


def _named(told: Mapping[str, Any]) -> Iterator[str]:
    """Every page that a call names: the one it goes to, the one it is on."""
    parts = _parts(told)
    if (ids.LOCATION, "pathname") in parts:
        yield str(parts[ids.LOCATION, "pathname"] or "/") + str(parts.get((ids.LOCATION, "search")) or "")
    shown = parts.get((SHOWN, "data"))
    if isinstance(shown, dict) and shown.get("url"):
        yield str(shown["url"])


def _url(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return str(scope["path"]) + (f"?{query}" if query else "")


def _referred(headers: Headers) -> str:
    """The page that asks for its layout: the referrer names it; empty where it names none of ours."""
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return ""
    # The page itself is found without the usual port; so it is here, or another page could be named by writing it.
    if parts.netloc.removesuffix(":80") != headers.get("host", "").removesuffix(":80"):
        return ""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _why(caller: Caller | None, door: Door | None) -> int:
    """The status of whoever may not pass; a visitor who may not tell is asked for a token."""
    if caller is None or (_is_telling(door) and caller.kind is CallerKind.VISITOR):
        return 401
    return 404 if door is None else 403


def _is_telling(door: Door | None) -> bool:
    return door is not None and door.needs is Permission.TELL
