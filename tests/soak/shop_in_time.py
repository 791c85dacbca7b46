"""A shop whose days pass as quickly as wanted, and the server that shows it, which may be killed and started."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx
import psutil

from datasource.baselines import renew_baselines
from datasource.demo.cities import demo_lifeline
from datasource.demo.parameters import demo_parameters
from datasource.demo.shop import DemoShop, Opening
from datasource.embedded import EmbeddedServer, start_embedded
from datasource.errors import StoreError
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.soak.timed_server import FileClock

ROOT = Path(__file__).parents[2]
OPENED = datetime(2026, 3, 2, 1, tzinfo=UTC)
ORDERS_AT_ONCE = 2_000
PATIENCE = 60.0


class ShopInTime:
    """The store, the clock, and the shop that fills one by the other."""

    def __init__(self, database: EmbeddedServer, folder: Path, orders_per_day: int, past_days: float) -> None:
        self.database = database
        self.store = Store.open(database.url)
        self.clock = FileClock(folder / "clock")
        self.clock.set(OPENED)
        self.now = OPENED
        parameters = replace(demo_parameters(), orders_per_day=orders_per_day)
        self.shop = DemoShop(Opening(20260225, OPENED, past_days), parameters)
        self._fill()

    def advance(self, step: timedelta) -> None:
        """Let time pass, and record what happened meanwhile; waits while the database is away."""
        self.now += step
        events, lifeline = self.shop.advance(self.now), demo_lifeline()
        deadline = monotonic() + PATIENCE
        while True:
            try:
                with self.store.begin() as connection:
                    record(connection, events, lifeline, self.now)
                    for source in lifeline.systems:
                        hear(connection, source, self.now, self.now)
                break
            except StoreError:
                if monotonic() > deadline:
                    raise
                sleep(0.3)
        self.clock.set(self.now)

    def _fill(self) -> None:
        lifeline = demo_lifeline()
        self.store.migrate()
        self.store.install_lifeline(lifeline, OPENED)
        for events in self.shop.backfill(ORDERS_AT_ONCE):
            with self.store.begin() as connection:
                record(connection, events, lifeline, OPENED)
        while True:
            with self.store.begin() as connection:
                if not fold(connection, OPENED, lifeline).changes:
                    break
        with self.store.begin() as connection:
            renew_baselines(connection, lifeline, OPENED)


@contextmanager
def shop_in_time(folder: Path, orders_per_day: int, past_days: float) -> Iterator[ShopInTime]:
    """A shop on a database server of its own."""
    database = start_embedded(folder / "data")
    try:
        shop = ShopInTime(database, folder, orders_per_day, past_days)
        try:
            yield shop
        finally:
            shop.store.close()
    finally:
        database.stop()


class ServerProcess:
    """The server as a process on one port, for as many lives as it takes."""

    def __init__(self, shop: ShopInTime) -> None:
        self._shop = shop
        self._port = _free_port()
        self._running: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        shop = self._shop
        arguments = [shop.database.url, str(self._port), str(shop.clock.path)]
        command = [sys.executable, "-m", "tests.soak.timed_server", *arguments]
        self._running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = monotonic() + PATIENCE
        while not self._answers():
            if monotonic() > deadline:
                raise TimeoutError("the server does not come up")
            sleep(0.1)

    def stop(self, *, suddenly: bool = False) -> None:
        """End it, politely or without a word."""
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL if suddenly else signal.SIGTERM)
            self._running.wait(30)
            self._running = None

    def megabytes(self) -> float:
        """The memory that it holds now."""
        assert self._running is not None
        return float(psutil.Process(self._running.pid).memory_info().rss) / 2**20

    def counts(self) -> dict[str, int]:
        """In progress by node, as the API says it."""
        nodes = httpx.get(f"{self.address}/api/v1/lifeline", timeout=30).raise_for_status().json()["nodes"]
        return {node["key"]: node["in_progress"] for node in nodes}

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
