"""Scripts and style sheets, compressed once and kept: plotly.js alone would cost a tenth of a second each time."""

import asyncio
import gzip
from collections.abc import MutableMapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIXES = ("/_dash-component-suites/", "/assets/")
KINDS = ("text/", "application/javascript", "application/json", "image/svg")
LEAST_BYTES = 1000
MOST_KEPT = 400


@dataclass(frozen=True, slots=True)
class _Kept:
    start: Message
    body: bytes


class KeptCompressed:
    """ASGI middleware for answers that never change under their address (Dash puts a fingerprint into it)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: MutableMapping[str, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, else ask, and keep what can be."""
        if not _concerns(scope):
            await self._app(scope, receive, send)
            return
        key = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._asked(scope, receive)
            if kept.start["status"] == 200 and len(self._kept) < MOST_KEPT:
                self._kept[key] = kept
        await send(kept.start)
        await send({"type": "http.response.body", "body": kept.body})

    async def _asked(self, scope: Scope, receive: Receive) -> _Kept:
        start: Message = {}
        chunks: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        # Conditional requests would be answered without a body.
        bare = [pair for pair in scope["headers"] if not pair[0].startswith(b"if-")]
        await self._app({**scope, "headers": bare}, receive, take)
        return await asyncio.to_thread(_compressed, start, b"".join(chunks))


def _concerns(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIXES):
        return False
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def _compressed(start: Message, body: bytes) -> _Kept:
    headers = MutableHeaders(raw=list(start["headers"]))
    if start["status"] == 200 and len(body) >= LEAST_BYTES and headers.get("content-type", "").startswith(KINDS):
        body = gzip.compress(body, 9, mtime=0)
        headers["content-encoding"] = "gzip"
        headers.add_vary_header("Accept-Encoding")
    headers["content-length"] = str(len(body))
    return _Kept({**start, "headers": headers.raw}, body)
