"""The demo's outside world: a warehouse system and carriers that listen here, as real ones would elsewhere."""

import secrets
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Thread
from typing import ClassVar

from callbacks.logs import log
from dashboard.clock import Clock
from dashboard.signatures import HEADER
from dashboard.webhooks import TARGETS, Webhooks
from datasource.demo.wms import Refused, read_delivery, take
from datasource.errors import StoreError
from datasource.store import Store

LOOPBACK = "127.0.0.1"
MOST_BYTES = 256 * 1024
TIMEOUT_SECONDS = 10.0


class DemoOutside:
    """Listens from ``start`` to ``stop``, on a free port of the loopback address only."""

    def __init__(self, store: Store, clock: Clock, secret: str) -> None:
        handler = type("Bound", (_Handler,), {"store": store, "clock": clock, "secret": secret})
        self._server = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="demo-outside", daemon=True)

    def url(self, target: str) -> str:
        """Where it takes the messages to a target."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/{target}"

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(TIMEOUT_SECONDS)


def told_to_demo(webhooks: Webhooks, secret: str, outside: DemoOutside) -> Webhooks:
    """The webhooks of a demo: what is not set goes to the demo's own systems."""
    urls = {target: outside.url(target) for target in TARGETS} | dict(webhooks.urls)
    allowed = webhooks.allowed
    return Webhooks(urls, secret, replace(allowed, networks=(*allowed.networks, ip_network(LOOPBACK))))


def demo_secret(webhooks: Webhooks) -> str:
    """The secret that was set, or one for the life of this process: both ends are in it."""
    return webhooks.secret or secrets.token_urlsafe(32)


class _Handler(BaseHTTPRequestHandler):
    """Answers one message: 200 with what it did, or why not."""

    store: ClassVar[Store]
    clock: ClassVar[Clock]
    secret: ClassVar[str]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "lifeline-demo", ""
    timeout = TIMEOUT_SECONDS

    def do_POST(self) -> None:
        """Take a message."""
        try:
            self._take()
        except Refused as refused:
            self._answer(refused.status, str(refused))
        except StoreError:
            self._answer(503, "later")
        except Exception as error:  # noqa: BLE001 - the sender tries again
            log("demo_outside").error("demo_outside_failed", error=type(error).__name__, exc_info=True)
            self._answer(500, "broken")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the server uses
        """Nothing: the sender logs."""

    def _take(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            raise Refused(413, "too large")
        body, now = self.rfile.read(int(length)), self.clock.now()
        if self.path.strip("/") not in TARGETS:
            raise Refused(404, "nobody")
        delivery = read_delivery(self.secret, self.headers.get(HEADER), body, now)
        with self.store.begin() as connection:
            acts = take(connection, delivery, now)
        self._answer(200, "taken" if acts else "known")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
