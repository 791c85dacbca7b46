"""A receiver of messages on a real socket of this machine, which behaves as it is told, request after request."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What its body says."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """``behaviours`` are used up one by one; the last one stays. ``received`` grows with each request."""

    behaviours: list[Behaviour]
    received: list[Received] = field(default_factory=list)
    url: str = ""
    stopped: Event = field(default_factory=Event)
    lock: Any = field(default_factory=Lock)

    @property
    def ids(self) -> list[str]:
        """The delivery ids, in the order in which they came."""
        return [one.headers["lifeline-delivery"] for one in self.received]

    def next(self, received: Received) -> Behaviour:
        """Note a request, and how to answer it."""
        with self.lock:
            self.received.append(received)
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class Handler(BaseHTTPRequestHandler):
    """Reads a message and does as the receiver is told."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        """One message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.next(Received({name.lower(): value for name, value in self.headers.items()}, body))(self)

    def log_message(self, *args: object) -> None:
        """Be silent."""


def answers(status: int, **headers: str) -> Behaviour:
    """Answer at once: ``answers(429, Retry_After="30")``."""

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return behave


def stalls(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.receiver.stopped.wait(20)
    handler.close_connection = True


def drips(handler: Handler) -> None:
    """Send one byte of the answer now and then, for ever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not handler.receiver.stopped.wait(0.05):
        handler.wfile.write(b"x")
    handler.close_connection = True


def closes(handler: Handler) -> None:
    """Break off in the middle of the answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def floods(handler: Handler) -> None:
    """Take it, and answer with more than anybody would read."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    try:
        for _ in range(1000):
            handler.wfile.write(b"x" * 1_000_000)
    except OSError:
        handler.receiver.received.append(Received({"lifeline-delivery": "let go"}, b""))
    handler.close_connection = True


def babbles(handler: Handler) -> None:
    """What is no HTTP."""
    handler.wfile.write(b"hello there, this is no protocol\r\n\r\n")
    handler.close_connection = True


@contextmanager
def receiving(*behaviours: Behaviour) -> Iterator[Receiver]:
    """A receiver on a free port, for as long as the block lasts."""
    receiver = Receiver(list(behaviours))
    handler = type("OneHandler", (Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
