"""Scripts and style sheets, compressed once and kept: plotly.js alone would cost a tenth of a second each time."""

import asyncio
import gzip
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIXES = ("/_dash-component-suites/", "/assets/")
KINDS = ("text/", "application/javascript", "application/json", "image/svg")
LEAST_BYTES = 1000
MOST_KEPT = 400

ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=9),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
"""The smallest first. Browsers take Brotli over https and from their own machine only."""


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
        encoding = _encoding(scope)
        if encoding is None:
            await self._app(scope, receive, send)
            return
        key = f"{encoding} {scope['path']}?{scope['query_string'].decode('latin-1')}"
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._asked(scope, receive, encoding)
            if kept.start["status"] == 200 and len(self._kept) < MOST_KEPT:
                self._kept[key] = kept
        await send(kept.start)
        await send({"type": "http.response.body", "body": kept.body})

    async def _asked(self, scope: Scope, receive: Receive, encoding: str) -> _Kept:
        start: Message = {}
        chunks: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        # Conditional requests would be answered without a body, and what is compressed below must come plain.
        bare = [pair for pair in scope["headers"] if not pair[0].startswith((b"if-", b"accept-encoding"))]
        await self._app({**scope, "headers": bare}, receive, take)
        return await asyncio.to_thread(_compressed, start, b"".join(chunks), encoding)


def _encoding(scope: Scope) -> str | None:
    """The best encoding that the browser takes; ``None`` where nothing is kept."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIXES):
        return None
    taken = {part.partition(";")[0].strip() for part in Headers(scope=scope).get("accept-encoding", "").split(",")}
    return next((name for name in ENCODINGS if name in taken), None)


def _compressed(start: Message, body: bytes, encoding: str) -> _Kept:
    headers = MutableHeaders(raw=list(start["headers"]))
    if start["status"] == 200 and len(body) >= LEAST_BYTES and headers.get("content-type", "").startswith(KINDS):
        body = ENCODINGS[encoding](body)
        headers["content-encoding"] = encoding
        headers.add_vary_header("Accept-Encoding")
    headers["content-length"] = str(len(body))
    return _Kept({**start, "headers": headers.raw}, body)
