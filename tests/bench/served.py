"""The product as its users run it: a process of its own on a store, so that what it costs can be told apart."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from datasource.store import Store

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-for-measuring-only"


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: where it answers, and its process."""

    address: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """What the process has used so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def served(store: Store) -> Iterator[Served]:
    """Serve the store as ``lifeline run`` does, to whoever is on this machine, for as long as the block lasts."""
    url = store.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "LIFELINE_API_TOKEN": TOKEN, "LIFELINE_LOG_LEVEL": "error"}  # noqa: TID251
    command = [sys.executable, "-m", "tests.bench.open_server", url]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield Served(_address(running.stdout), psutil.Process(running.pid))
    finally:
        running.terminate()
        running.wait(20)


def _address(told: Iterator[str]) -> str:
    for line in told:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found[0]
    raise RuntimeError("the server did not say where it answers")
