"""A thousand open pages on one process: what they cost it, and how late each hears of a change."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil
from websockets.asyncio.client import ClientConnection, connect

from dashboard.clock import WallClock
from dashboard.events import Event, Facts, Kind
from datasource.folding import generation
from datasource.recording import record
from datasource.store import Store
from tests.bench.measure import Line, percentile
from tests.bench.served import Served, served
from tests.bench.store_speed import filled_store

VIEWERS = 1_000
UPDATES = 40
OPENED_AT_ONCE = 50
GENERATION = re.compile(r'"generation":(\d+)')


@dataclass
class Heard:
    """When the newest change was committed, and how long after it each viewer heard of it.

    ``before``: the generation of the store that did not have it yet.
    """

    before: int = 0
    committed: float = 0.0
    waiting: set[int] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)
    bytes: int = 0

    def by(self, viewer: int, message: str) -> None:
        """A viewer heard something; what counts is the first message that was made with the change."""
        self.bytes += len(message)
        made = GENERATION.search(message, 0, 400)
        if viewer in self.waiting and made and int(made[1]) > self.before:
            self.waiting.discard(viewer)
            self.delays.append(monotonic() - self.committed)


def live_viewers(folder: Path) -> list[Line]:
    """Events come once a second; all viewers look at the lifeline page, then at that and every node's page."""
    with filled_store(folder, "bench_viewers", 100_000) as store:
        pages = ["/", *(f"/node/{node.key}" for node in store.lifeline())]
        return [line for shown in (["/"], pages) for line in _lines(store, shown)]


def _lines(store: Store, pages: list[str]) -> list[Line]:
    with served(store) as server:
        return asyncio.run(_measured(store, server, pages))


async def _measured(store: Store, server: Served, pages: list[str]) -> list[Line]:
    heard = Heard()
    sockets: list[ClientConnection] = []
    for first in range(0, VIEWERS, OPENED_AT_ONCE):
        chosen = [pages[number % len(pages)] for number in range(first, first + OPENED_AT_ONCE)]
        sockets += await asyncio.gather(*(_open(server.address, page) for page in chosen))
    listening = [asyncio.create_task(_listen(number, one, heard)) for number, one in enumerate(sockets)]
    await asyncio.sleep(5)
    memory, used, began = server.process.memory_info().rss, server.cpu_seconds(), monotonic()
    heard.bytes = 0
    lost = 0
    for number in range(UPDATES):
        heard.before = await asyncio.to_thread(_one_order, store, f"{len(pages)}-{number}")
        heard.committed, heard.waiting = monotonic(), set(range(VIEWERS))
        await asyncio.sleep(max(0.0, began + number + 1 - monotonic()))
        lost += len(heard.waiting)
    took = monotonic() - began
    cores = (server.cpu_seconds() - used) / took
    for task in listening:
        task.cancel()
    await asyncio.gather(*(one.close() for one in sockets), return_exceptions=True)
    per_update = heard.bytes / VIEWERS / UPDATES / 1024
    whose = f"{VIEWERS:,} viewers of {len(pages)} page{'s' * (len(pages) > 1)}"
    return [
        Line(f"{whose}, one update a second: the server's processor", f"{cores:.2f} cores", "<= 0.5"),
        Line("from commit to the viewer, median", f"{percentile(heard.delays, 0.5) * 1000:.0f} ms"),
        Line("from commit to the viewer, p95", f"{percentile(heard.delays, 0.95) * 1000:.0f} ms", "<= 1,000 ms"),
        Line("not heard before the next update", f"{lost / VIEWERS / UPDATES:.2%}"),
        Line("sent to each viewer per update", f"{per_update:.1f} KiB"),
        Line("memory of the server", f"{memory / 2**20:.0f} MiB, then {_rss(server.process):.0f} MiB"),
    ]


def _rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


async def _open(address: str, page: str) -> ClientConnection:
    socket = await connect(address.replace("http", "ws") + "/live", origin=address, compression=None)  # type: ignore[arg-type]
    await socket.send(json.dumps({"url": page, "lang": "en", "theme": "light", "shape": ""}))
    return socket


async def _listen(number: int, socket: ClientConnection, heard: Heard) -> None:
    async for message in socket:
        heard.by(number, message if isinstance(message, str) else message.decode())


def _one_order(store: Store, key: str) -> int:
    """Commit one more order; the generation of the store before it."""
    now = WallClock().now()
    event = Event(f"V{key}", "placed", Kind.LEFT, now, "place", source="channel", facts=Facts(created_at=now))
    with store.begin() as connection:
        before = generation(connection)
        record(connection, [event], store.lifeline(), now)
    return before
