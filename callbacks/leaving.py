"""Who asks a page's callback and goes away before it answers: the callback may ask, and leave off."""

import asyncio
from collections.abc import Callable
from threading import Event

from flask import request as flask_request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GONE = "gone"


class Leaving:
    """ASGI around an app that works in threads: such an app never hears of it by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Once the request was read, watch whether its connection lasts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        gone, watching = Event(), list[asyncio.Task[None]]()
        scope.setdefault("state", {})[GONE] = gone

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not watching:
                watching.append(asyncio.create_task(watch()))
            return message

        try:
            await self.app(scope, heard, send)
        finally:
            for task in watching:
                task.cancel()


def waited_for_here() -> Callable[[], bool]:
    """Inside a callback of a page: what tells, from any thread, whether its answer is still waited for."""
    gone: Event | None = flask_request.environ.get("asgi.scope", {}).get("state", {}).get(GONE)
    return lambda: gone is None or not gone.is_set()
