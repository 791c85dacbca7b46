"""The product with its door open, to measure pages and not signing in: ``python -m tests.bench.open_server URL``."""

import sys
from functools import partial

from callbacks.commands.run import listen, serve
from callbacks.logs import configure
from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.clock import WallClock
from dashboard.settings import read_settings
from datasource.store import Store
from layouts.texts import Texts
from tests.serving import ANYBODY


def main(url: str) -> None:
    """Serve until told to stop."""
    settings = read_settings()
    configure(settings.log_level, settings.log_format)
    services = Services(Store.open(url), WallClock(), settings, Metrics.fresh(), settings.api_token, visitor=ANYBODY)
    serve(services, listen(Texts("en"), "127.0.0.1", 0), partial(print, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
