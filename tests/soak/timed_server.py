"""The product on a clock that another process moves: ``python -m tests.soak.timed_server URL PORT CLOCK_FILE``."""

import sys
from datetime import datetime
from pathlib import Path

from callbacks.commands.run import listen, serve
from callbacks.logs import configure
from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.settings import Settings
from datasource.store import Store
from layouts.texts import Texts
from tests.serving import ANYBODY


class FileClock:
    """The instant that stands in a file; whoever owns the file moves time for every process that reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The instant in the file."""
        return datetime.fromisoformat(self.path.read_text("ascii"))

    def set(self, instant: datetime) -> None:
        """Move time; a reader sees the old instant or the new one, never half of one."""
        fresh = self.path.with_suffix(".next")
        fresh.write_text(instant.isoformat(), "ascii")
        fresh.replace(self.path)


def main(url: str, port: str, clock: str) -> None:
    """Serve until told to stop."""
    configure("error", "json")
    store = Store.open(url)
    services = Services(store, FileClock(Path(clock)), Settings(port=int(port)), Metrics.fresh(), visitor=ANYBODY)
    serve(services, listen(Texts("en"), "127.0.0.1", int(port)), print)


if __name__ == "__main__":
    main(*sys.argv[1:])
