"""Bodies of requests: read whole before anybody answers, no larger and no slower than they may be."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

MOST = 1024 * 1024
MOST_OF_EVENTS = 16 * 1024 * 1024
SECONDS = 20.0
SECONDS_OF_EVENTS = 120.0

_LARGE = {"/api/v1/events": (MOST_OF_EVENTS, SECONDS_OF_EVENTS)}


class BodyRefused(Exception):  # noqa: N818 - what came of it
    """The body is too large (413), too slow (408), or its length is no number (400)."""

    def __init__(self, status: int, most: int) -> None:
        super().__init__(status)
        self.status, self.most = status, most


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises ``BodyRefused``."""
    most, seconds = _LARGE.get(scope["path"], (MOST, SECONDS))
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal():
        raise BodyRefused(400, most)
    if int(length) > most:
        raise BodyRefused(413, most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, most)
    except TimeoutError:
        raise BodyRefused(408, most) from None


def played_again(body: bytes, receive: Receive) -> Receive:
    """A channel that tells the body once, and then what the real one tells."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _read(receive: Receive, most: int) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise BodyRefused(413, most)
    return bytes(body)
