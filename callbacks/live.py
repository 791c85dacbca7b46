"""The live sockets: who may open one, what it may say, and one sender for each, so that a slow one delays no other."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from callbacks.access import Access
from callbacks.hub import Hub, HubFull, Key, Viewer
from callbacks.pages.address import LONGEST
from dashboard.rights import NO_RIGHTS, Rights

MOST_BYTES = 8192
MESSAGES_PER_MINUTE = 120

POLICY, TOO_BIG, TRY_LATER = 1008, 1009, 1013


class MessageError(ValueError):
    """A message that no client of ours sends."""


class Live:
    """The endpoint of ``/live``. ``rights``: what whoever opened a socket may do."""

    def __init__(self, hub: Hub, access: Access, rights: Callable[[WebSocket], Rights] | None = None) -> None:
        self._hub, self._access = hub, access
        self._rights = rights or (lambda _: NO_RIGHTS)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket until either side goes."""
        if not self._access.may_open_socket(socket.headers):
            await socket.close(POLICY)
            return
        viewer = Viewer()
        try:
            self._hub.enter(viewer)
        except HubFull:
            await socket.accept()
            await socket.close(TRY_LATER)
            return
        await socket.accept()
        sender = asyncio.create_task(self._send(socket, viewer))
        try:
            await self._listen(socket, viewer, self._rights(socket))
        except WebSocketDisconnect:
            pass
        except (MessageError, HubFull) as error:
            await self._close(socket, TRY_LATER if isinstance(error, HubFull) else POLICY)
        finally:
            self._hub.leave(viewer)
            sender.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await sender

    async def _listen(self, socket: WebSocket, viewer: Viewer, rights: Rights) -> None:
        loop = asyncio.get_running_loop()
        allowance, since = float(MESSAGES_PER_MINUTE), loop.time()
        while True:
            text = await socket.receive_text()
            now = loop.time()
            allowance = min(MESSAGES_PER_MINUTE, allowance + (now - since) * MESSAGES_PER_MINUTE / 60) - 1
            since = now
            if allowance < 0:
                raise MessageError("too many messages")
            self._hear(viewer, text, rights)

    def _hear(self, viewer: Viewer, text: str, rights: Rights) -> None:
        key, shape = subscription(text)
        self._hub.subscribe(viewer, key._replace(rights=rights), shape)

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


def subscription(text: str) -> tuple[Key, str]:
    """The page and shape that a message subscribes to: ``{"url", "lang", "theme", "shape"}``.

    Raises:
        MessageError: it is anything else.
    """
    if len(text) > MOST_BYTES:
        raise MessageError("too long")
    try:
        told: Any = json.loads(text)
    except ValueError:
        raise MessageError("not JSON") from None
    names = ("url", "lang", "theme", "shape")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in names):
        raise MessageError("not a subscription")
    url = told["url"]
    if not url.startswith("/") or url.startswith("//") or len(url) > LONGEST or len(told["shape"]) > 64:
        raise MessageError("not a page of this server")
    return Key(url, told["lang"][:8], told["theme"][:8]), told["shape"]
