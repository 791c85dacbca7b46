"""The live sockets: who may open one, what it may say, and one sender for each, so that a slow one delays no other."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from callbacks.access import Access
from callbacks.callers import Callers, Shown, Standing
from callbacks.gate import caller_of, standing_of
from callbacks.hub import Hub, HubFull, Key, Viewer
from callbacks.pages.address import LONGEST
from dashboard.doors import may_see
from dashboard.permissions import Caller, CallerKind
from dashboard.rights import rights_of
from dashboard.whole_text import is_whole
from datasource.errors import StoreError

MOST_BYTES = 8192
MESSAGES_PER_MINUTE = 120

POLICY, TOO_BIG, TRY_LATER = 1008, 1009, 1013
SIGNED_OUT, SWITCHED_OFF = 4401, 4403
"""Who opened it is not signed in (any more); the display that opened it was revoked. ``assets/live.js`` knows both."""

LOOK_SECONDS = 1.0
"""So often everybody with an open socket is looked up again."""


class MessageError(ValueError):
    """A message that no client of ours sends."""


class Live:
    """The endpoint of ``/live``."""

    def __init__(self, hub: Hub, access: Access, callers: Callers) -> None:
        self._hub, self._access, self._callers = hub, access, callers
        self._open: dict[WebSocket, Standing] = {}

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket until either side goes."""
        if not self._access.may_open_socket(socket.headers):
            await socket.close(POLICY)
            return
        standing, caller = standing_of(socket), caller_of(socket)
        if caller is None:
            await socket.accept()
            await self._close(socket, _farewell(standing))
            return
        viewer = Viewer()
        try:
            self._hub.enter(viewer)
        except HubFull:
            await socket.accept()
            await socket.close(TRY_LATER)
            return
        await socket.accept()
        self._open[socket] = standing
        sender = asyncio.create_task(self._send(socket, viewer))
        try:
            await self._listen(socket, viewer, caller)
        except WebSocketDisconnect:
            pass
        except (MessageError, HubFull) as error:
            await self._close(socket, TRY_LATER if isinstance(error, HubFull) else POLICY)
        finally:
            self._open.pop(socket, None)
            self._hub.leave(viewer)
            sender.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await sender

    async def watch(self) -> None:
        """Close the sockets of whoever was signed out, revoked, or became another; at work as long as the server."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found = {socket: one for socket, one in self._open.items() if one.shown is not None}
            if not found:
                continue
            try:
                still = await run_in_threadpool(self._callers.still, {one.shown for one in found.values() if one.shown})
            except StoreError:
                continue  # nothing of the store can be shown to anybody meanwhile
            gone = [(socket, one) for socket, one in found.items() if not _is_same(one, still)]
            await asyncio.gather(*(self._close(socket, _farewell(one)) for socket, one in gone))

    async def _listen(self, socket: WebSocket, viewer: Viewer, caller: Caller) -> None:
        loop = asyncio.get_running_loop()
        allowance, since = float(MESSAGES_PER_MINUTE), loop.time()
        while True:
            text = await socket.receive_text()
            now = loop.time()
            allowance = min(MESSAGES_PER_MINUTE, allowance + (now - since) * MESSAGES_PER_MINUTE / 60) - 1
            since = now
            if allowance < 0:
                raise MessageError("too many messages")
            self._hear(viewer, text, caller)

    def _hear(self, viewer: Viewer, text: str, caller: Caller) -> None:
        key, shape = subscription(text)
        if not may_see(caller, key[0]):
            raise MessageError("not a page of this caller")
        self._hub.subscribe(viewer, key._replace(rights=rights_of(caller)), shape)

    async def _send(self, socket: WebSocket, viewer: Viewer) -> None:
        while socket.application_state is WebSocketState.CONNECTED:
            await viewer.wake.wait()
            viewer.wake.clear()
            while (message := self._hub.owed_to(viewer)) is not None:
                await socket.send_text(message.decode())

    @staticmethod
    async def _close(socket: WebSocket, code: int) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


def _farewell(standing: Standing) -> int:
    """The code that tells a page where to go."""
    kinds = {standing.refused, standing.shown[0] if standing.shown else None}
    return SWITCHED_OFF if CallerKind.KIOSK in kinds else SIGNED_OUT


def _is_same(standing: Standing, still: Mapping[Shown, Caller]) -> bool:
    now, before = still.get(standing.shown) if standing.shown else None, standing.caller
    return now is not None and before is not None and replace(now, origin=before.origin) == before


def subscription(message: str) -> tuple[Key, str]:
    """The page and shape that a message subscribes to: ``{"url", "lang", "theme", "shape"}``.

    Raises:
        MessageError: it is anything else.
    """
    if len(message) > MOST_BYTES:
        raise MessageError("too long")
    try:
        told: Any = json.loads(message)
    except (ValueError, RecursionError):
        raise MessageError("not JSON") from None
    names = ("url", "lang", "theme", "shape")
    if not isinstance(told, dict) or not all(
        isinstance(told.get(name), str) and is_whole(told[name]) for name in names
    ):
        raise MessageError("not a subscription")
    url = told["url"]
    if not url.startswith("/") or url.startswith("//") or len(url) > LONGEST or len(told["shape"]) > 64:
        raise MessageError("not a page of this server")
    return Key(url, told["lang"][:8], told["theme"][:8]), told["shape"]
