"""The gate: every request and socket passes it, and the one table of doors says what it takes.

It finds out who asks, reads the body (no larger and no slower than it may be), and asks the table: for the way in, for
the callback that a page calls, and for every page that such a call names. Whoever passes is found by ``caller_of``.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import request as flask_request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from callbacks.access import Access
from callbacks.bodies import BodyRefused, played_again, read_body
from callbacks.broken_text import PATH, broken_in_address, broken_in_json
from callbacks.callers import Callers, Standing
from callbacks.calls import Call, Calls, NoCall
from callbacks.logs import log
from callbacks.refusals import refusal
from callbacks.services import Services
from callbacks.signing import Signer
from callbacks.where import Where, where_from
from dashboard.doors import CALL, SOCKET, Door, door_of, may_pass, may_see, may_see_all
from dashboard.permissions import Caller, CallerKind, Permission
from datasource.errors import StoreError

CALLBACKS = "/_dash-update-component"
LAYOUT = "/_dash-layout"
EVENTS = "/api/v1/events"
METRICS = "/metrics"
POLICY = 1008

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Refused(Exception):  # noqa: N818 - what came of it
    """A request does not pass. ``text``: another than the usual one of the status; ``field``: which one is wrong."""

    def __init__(self, status: int, text: str = "", field: str | None = None) -> None:
        super().__init__(status)
        self.status, self.text, self.field = status, text, field


class Gate:
    """ASGI middleware before everything that answers."""

    def __init__(
        self, app: ASGIApp, callers: Callers, access: Access, services: Services, signer: Signer, calls: Calls
    ) -> None:
        self._app, self._callers, self._access, self._signer, self._calls = app, callers, access, signer, calls
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
        try:
            found = await self._standing(scope, door_of(scope["method"], scope["path"]))
        except StoreError:
            await refusal(scope, 503, None)(scope, receive, send)
            return
        try:
            self._check_head(scope, found)
            if scope["method"] not in _WITHOUT_BODY:
                body = await read_body(scope, receive)
                self._check_body(scope, body, found.caller)
                receive = played_again(body, receive)
        except BodyRefused as error:
            await refusal(scope, error.status, found, most=error.most // 1024 // 1024)(scope, receive, send)
            return
        except Refused as error:
            self._tell(scope, error.status, found)
            await refusal(scope, error.status, found, error.text, error.field)(scope, receive, send)
            return
        self._note(scope, found)
        await self._app(scope, receive, send)

    def _check_head(self, scope: Scope, found: Standing) -> None:
        """Raises ``Refused`` for whoever may not come in, and for an address that no text can be."""
        door = door_of(scope["method"], scope["path"])
        status = self._refused(scope, door, found)
        if status == 401 and not self._has_token and _is_telling(door):
            raise Refused(403, "no_token")
        if status:
            raise Refused(status)
        if field := broken_in_address(scope["path"], scope["query_string"].decode("latin-1")):
            raise Refused(404 if field == PATH else 422, "text", field)

    def _check_body(self, scope: Scope, body: bytes, caller: Caller | None) -> None:
        """Raises ``Refused`` for a body that no text can be, and for a page's call that may not be."""
        if scope["path"] == EVENTS:  # each event is judged by itself
            return
        if field := broken_in_json(body):
            raise Refused(422, "text", field)
        if scope["path"] == CALLBACKS:
            self._check_call(Headers(scope=scope).get("content-type", ""), body, caller)

    def _check_call(self, content_type: str, body: bytes, caller: Caller | None) -> None:
        try:
            call = Call.read(content_type, body)
        except NoCall:
            raise Refused(400, "call") from None
        if not may_pass(caller, door_of(CALL, call.output)):
            raise Refused(403)
        if not self._calls.fits(call):
            raise Refused(400, "call")
        if not may_see_all(caller, call.pages()):
            raise Refused(403)

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
        return 0 if scope["method"] in _WITHOUT_BODY or self._is_meant(headers, found) else 403

    def _is_meant(self, headers: Headers, found: Standing) -> bool:
        """Whether a request that changes something comes from a page of this server, or carries its own token.

        Browsers send cookies along whoever asks, so with one the page's origin must be told.
        """
        caller, secure = found.caller, found.where.secure
        if caller is not None and caller.kind is CallerKind.TOKEN:
            return True
        by_cookie = caller is not None and caller.kind is not CallerKind.VISITOR
        judge = self._access.may_open_socket if by_cookie else self._access.may_call_back
        return judge(headers, secure=secure)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        door, secure = door_of(SOCKET, scope["path"]), where_from(scope, self._settings).secure
        if door is None or not self._access.may_open_socket(Headers(scope=scope), secure=secure):
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


def _url(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return str(scope["path"]) + (f"?{query}" if query else "")


def _referred(headers: Headers) -> str:
    """The page that asks for its layout: the referrer names it, under whichever name of this server."""
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return ""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "") if parts.netloc else ""


def _why(caller: Caller | None, door: Door | None) -> int:
    """The status of whoever may not pass; a visitor who may not tell is asked for a token."""
    if caller is None or (_is_telling(door) and caller.kind is CallerKind.VISITOR):
        return 401
    return 404 if door is None else 403


def _is_telling(door: Door | None) -> bool:
    return door is not None and door.needs is Permission.TELL
