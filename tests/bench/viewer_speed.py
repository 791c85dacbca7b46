"""A thousand open pages on one process: what they cost it, and how late each hears of a change."""

import asyncio
import json
import re
from contextlib import suppress
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
PATIENCE = 15.0
GENERATION = re.compile(r'"generation":(\d+)')


@dataclass
class Heard:
    """Every change that was committed, and how long after it each viewer heard of it.

    ``changes``: the generation of the store that did not have it yet, and when it was committed. ``next``: for each
    viewer the first change that it has not heard of.
    """

    changes: list[tuple[int, float]] = field(default_factory=list)
    next: list[int] = field(default_factory=lambda: [0] * VIEWERS)
    delays: list[float] = field(default_factory=list)
    bytes: int = 0

    def by(self, viewer: int, message: str) -> None:
        """A viewer heard something, made with all changes that an older generation did not have."""
        self.bytes += len(message)
        made = GENERATION.search(message, 0, 400)
        while made and self.next[viewer] < len(self.changes):
            before, committed = self.changes[self.next[viewer]]
            if int(made[1]) <= before:
                break
            self.next[viewer] += 1
            self.delays.append(monotonic() - committed)

    def told(self) -> list[float]:
        """The delays; those who never heard have waited forever."""
        return self.delays + [float("inf")] * (len(self.changes) * VIEWERS - len(self.delays))


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
    for number in range(UPDATES):
        before = await asyncio.to_thread(_one_order, store, f"{len(pages)}-{number}")
        heard.changes.append((before, monotonic()))
        await asyncio.sleep(max(0.0, began + number + 1 - monotonic()))
    took = monotonic() - began
    cores = (server.cpu_seconds() - used) / took
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while min(heard.next) < UPDATES:
                await asyncio.sleep(0.1)
    for task in listening:
        task.cancel()
    await asyncio.gather(*(one.close() for one in sockets), return_exceptions=True)
    per_update = heard.bytes / VIEWERS / UPDATES / 1024
    delays = heard.told()
    late = sum(delay > 1 for delay in delays) / len(delays)
    whose = f"{VIEWERS:,} viewers of {len(pages)} page{'s' * (len(pages) > 1)}"
    return [
        Line(f"{whose}, one update a second: the server's processor", f"{cores:.2f} cores", "<= 0.5"),
        Line("from commit to the viewer, median", f"{percentile(delays, 0.5) * 1000:.0f} ms"),
        Line("from commit to the viewer, p95", f"{percentile(delays, 0.95) * 1000:.0f} ms", "<= 1,000 ms"),
        Line("not heard within a second", f"{late:.2%}"),
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
