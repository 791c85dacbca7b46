"""The wall, left alone for days: updates without end, restarts, an outage, a sleep, and a viewer that never reads."""

import json
import socket
import statistics
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import sleep

from tests.soak.display import Display, Held, display
from tests.soak.shop_in_time import ServerProcess, ShopInTime, shop_in_time

MINUTE = timedelta(minutes=1)
MOST_GROWTH = 2**20
"""Bytes of heap per hour of display time."""
MOST_SERVER_GROWTH = 60.0
"""MiB that one life of the server may gain."""
WARM = 6.0
"""Hours of display time in which the browser's own caches and compiled code still fill; no slope is told before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and what happens meanwhile. ``sleep_seconds``: real time for which the browser stands still."""

    minutes: int = 72 * 60
    restarts: int = 10
    outages: int = 1
    sleep_seconds: float = 600.0
    orders_per_day: int = 4_200
    past_days: float = 2.0
    path: str = "/wall"


@dataclass
class Seen:
    """What was seen. ``held``: once an hour; ``server``: memory once an hour in each of the server's lives."""

    updates: int = 0
    lost: list[str] = field(default_factory=list)
    unrecovered: list[str] = field(default_factory=list)
    held: list[tuple[float, Held]] = field(default_factory=list)
    server: list[list[float]] = field(default_factory=lambda: [[]])

    def slope(self) -> float:
        """Growth of the heap in bytes per hour of display time, by least squares; 0 while the page is warming up."""
        late = [(hour, held.heap) for hour, held in self.held if hour >= WARM]
        return statistics.linear_regression(*zip(*late, strict=True)).slope if len(late) > 2 else 0.0

    def faults(self) -> list[str]:
        """What must not be, in words; empty when all is well."""
        nodes = [held.nodes for _, held in self.held[1:]]
        grown = [max(life) - life[0] for life in self.server if len(life) > 1]
        return [
            *(f"lost: {what}" for what in self.lost),
            *(f"not recovered from {what}" for what in self.unrecovered),
            *([f"heap grows by {self.slope():,.0f} bytes an hour"] if self.slope() > MOST_GROWTH else []),
            *([f"DOM nodes {min(nodes)} to {max(nodes)}"] if nodes and max(nodes) > 1.15 * min(nodes) else []),
            *(["more than one WebGL context"] if any(held.webgl > 1 for _, held in self.held) else []),
            *([f"the server grew by {max(grown):.0f} MiB"] if grown and max(grown) > MOST_SERVER_GROWTH else []),
        ]


def soak(folder: Path, plan: Plan, tell: Callable[[str], object]) -> Seen:
    """Run the plan; ``tell`` hears a line an hour."""
    seen = Seen()
    with shop_in_time(folder, plan.orders_per_day, plan.past_days) as shop:
        server = ServerProcess(shop)
        server.start()
        try:
            with display(server.address + plan.path) as wall, _never_reading(server, plan.path) as deaf:
                happenings = _happenings(plan, shop, server, wall, deaf)
                for minute in range(plan.minutes):
                    if minute % 60 == 0:
                        _look(shop, server, wall, minute / 60, seen, tell)
                    _update(shop, wall, seen)
                    if happening := happenings.get(minute):
                        name, act = happening
                        _survive(name, act, shop, wall, seen)
                        seen.server.append([])
                _look(shop, server, wall, plan.minutes / 60, seen, tell)
        finally:
            server.stop()
    return seen


def _update(shop: ShopInTime, wall: Display, seen: Seen) -> None:
    shop.advance(MINUTE)
    seen.updates += 1
    if not wall.shows(shop.now):
        seen.lost.append(f"update of {shop.now:%d %H:%M}")


def _look(
    shop: ShopInTime, server: ServerProcess, wall: Display, hour: float, seen: Seen, tell: Callable[[str], object]
) -> None:
    if not wall.agrees(server.counts()):
        seen.lost.append(f"numbers of {shop.now:%d %H:%M}")
    held, memory = wall.holds(), server.megabytes()
    seen.held.append((hour, held))
    seen.server[-1].append(memory)
    tell(
        f"{hour:5.1f} h  heap {held.heap / 2**20:6.2f} MiB  nodes {held.nodes:5d}  listeners {held.listeners:4d}  "
        f"WebGL {held.webgl}  server {memory:4.0f} MiB"
    )


def _survive(name: str, act: Callable[[], None], shop: ShopInTime, wall: Display, seen: Seen) -> None:
    act()
    shop.advance(MINUTE)
    if not wall.shows(shop.now, 120):
        seen.unrecovered.append(f"{name} at {shop.now:%d %H:%M}")


def _happenings(
    plan: Plan, shop: ShopInTime, server: ServerProcess, wall: Display, deaf: "_Deaf"
) -> dict[int, tuple[str, Callable[[], None]]]:
    """By minute, spread over the time: restarts of the server, half of them sudden, of the database, and a sleep."""

    def restart(number: int) -> Callable[[], None]:
        def act() -> None:
            server.stop(suddenly=number % 2 == 0)
            sleep(1)
            server.start()
            deaf.open()

        return act

    def sleeps() -> None:
        with wall.asleep():
            sleep(plan.sleep_seconds)

    acts: list[tuple[str, Callable[[], None]]] = [
        (f"restart {number + 1} of the server", restart(number)) for number in range(plan.restarts)
    ]
    for number in range(plan.outages):
        acts.insert(len(acts) // 2, (f"restart {number + 1} of the database", shop.database.restart))
    acts.append(("the sleep", sleeps))
    every = plan.minutes / (len(acts) + 1)
    return {round(every * (place + 1)): act for place, act in enumerate(acts)}


class _Deaf:
    """A viewer that subscribes and never reads a byte."""

    def __init__(self, server: ServerProcess, path: str) -> None:
        self._server, self._path = server, path
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect anew with the smallest buffer, ask for the page, and fall silent."""
        self.close()
        host, port = self._server.address.removeprefix("http://").split(":")
        mine = socket.socket()
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        mine.connect((host, int(port)))
        key = b64encode(b"0123456789abcdef").decode()
        mine.sendall(
            f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {self._server.address}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        mine.recv(16)
        told = json.dumps({"url": self._path, "lang": "en", "theme": "dark", "shape": ""}).encode()
        mine.sendall(bytes([0x81, 0x80 | len(told), 0, 0, 0, 0]) + told)
        self._socket = mine

    def close(self) -> None:
        """Go away."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@contextmanager
def _never_reading(server: ServerProcess, path: str) -> Iterator[_Deaf]:
    deaf = _Deaf(server, path)
    deaf.open()
    try:
        yield deaf
    finally:
        deaf.close()
