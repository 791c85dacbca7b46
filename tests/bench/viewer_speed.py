"""A thousand open pages on one process: what they cost it, and how late each hears of a change."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil
from websockets.asyncio.client import ClientConnection, connect

from dashboard.clock import WallClock
from dashboard.events import Event, Facts, Kind
from datasource.recording import record
from datasource.store import Store
from tests.bench.measure import Line, percentile
from tests.bench.served import Served, served
from tests.bench.store_speed import filled_store

VIEWERS = 1_000
UPDATES = 40
OPENED_AT_ONCE = 50


@dataclass
class Heard:
    """When the newest change was committed, and how long after it each viewer heard of it."""

    order: int = 0
    committed: float = 0.0
    waiting: set[int] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)
    bytes: int = 0

    def by(self, viewer: int, message: str) -> None:
        """A viewer heard something; the first message about the page after a commit is the one that counts."""
        self.bytes += len(message)
        if viewer in self.waiting and '"props"' in message:
            self.waiting.discard(viewer)
            self.delays.append(monotonic() - self.committed)


def live_viewers(folder: Path) -> list[Line]:
    """Events come once a second; every viewer looks at the lifeline page."""
    with filled_store(folder, "bench_viewers", 100_000) as store, served(store) as server:
        return asyncio.run(_measured(store, server))


async def _measured(store: Store, server: Served) -> list[Line]:
    heard = Heard()
    sockets: list[ClientConnection] = []
    for first in range(0, VIEWERS, OPENED_AT_ONCE):
        sockets += await asyncio.gather(*(_open(server.address) for _ in range(first, first + OPENED_AT_ONCE)))
    listening = [asyncio.create_task(_listen(number, one, heard)) for number, one in enumerate(sockets)]
    await asyncio.sleep(5)
    memory, used, began = server.process.memory_info().rss, server.cpu_seconds(), monotonic()
    heard.bytes = 0
    lost = 0
    for number in range(UPDATES):
        await asyncio.to_thread(_one_order, store, number)
        heard.committed, heard.waiting = monotonic(), set(range(VIEWERS))
        await asyncio.sleep(max(0.0, began + number + 1 - monotonic()))
        lost += len(heard.waiting)
    took = monotonic() - began
    cores = (server.cpu_seconds() - used) / took
    for task in listening:
        task.cancel()
    await asyncio.gather(*(one.close() for one in sockets), return_exceptions=True)
    per_update = heard.bytes / VIEWERS / UPDATES / 1024
    return [
        Line(f"{VIEWERS:,} viewers, one update a second: the server's processor", f"{cores:.2f} cores", "<= 0.5"),
        Line("from commit to the viewer, median", f"{percentile(heard.delays, 0.5) * 1000:.0f} ms"),
        Line("from commit to the viewer, p95", f"{percentile(heard.delays, 0.95) * 1000:.0f} ms", "<= 1,000 ms"),
        Line("not heard before the next update", f"{lost / VIEWERS / UPDATES:.2%}"),
        Line("sent to each viewer per update", f"{per_update:.1f} KiB"),
        Line("memory of the server", f"{memory / 2**20:.0f} MiB, then {_rss(server.process):.0f} MiB"),
    ]


def _rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


async def _open(address: str) -> ClientConnection:
    socket = await connect(address.replace("http", "ws") + "/live", origin=address, compression=None)  # type: ignore[arg-type]
    await socket.send(json.dumps({"url": "/", "lang": "en", "theme": "light", "shape": ""}))
    return socket


async def _listen(number: int, socket: ClientConnection, heard: Heard) -> None:
    async for message in socket:
        heard.by(number, message if isinstance(message, str) else message.decode())


def _one_order(store: Store, number: int) -> None:
    now = WallClock().now()
    event = Event(f"V{number}", "placed", Kind.LEFT, now, "place", source="channel", facts=Facts(created_at=now))
    with store.begin() as connection:
        record(connection, [event], store.lifeline(), now)
