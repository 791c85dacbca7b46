"""A real server on a free port of this machine, with everything that runs behind it, for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from threading import enumerate as enumerate_threads
from time import monotonic, sleep

from callbacks.acting import Acting
from callbacks.commands.run import listen
from callbacks.keeper import Keeper
from callbacks.logs import configure
from callbacks.metrics import Metrics
from callbacks.replaying import Replaying
from callbacks.server import build
from callbacks.services import Services
from callbacks.serving import server_on
from dashboard.clock import Clock
from dashboard.permissions import Caller, CallerKind, Permission, Role
from dashboard.settings import Settings
from datasource.demo.progress import DemoProgress
from datasource.store import Store
from layouts.texts import Texts

TOKEN = "a-token-for-tests-only"
ANYBODY = Caller(
    "visitor", CallerKind.VISITOR, Role.OPERATOR, extra=frozenset({Permission.INCIDENTS, Permission.REPLAY})
)
"""Who the tests are taken for where identity is not what they are about: an operator of every team."""

AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def serving(
    store: Store,
    clock: Clock,
    *,
    token: str | None = TOKEN,
    keep: bool = True,
    demo: DemoProgress | None = None,
    replay: Replaying | None = None,
    visitor: Caller | None = ANYBODY,
    settings: Settings | None = None,
) -> Iterator[str]:
    """The address of the server. ``keep``: whether the fold and the other background work run, or the replay.

    ``visitor``: who anybody on this machine is taken for; ``None``: they sign in.
    """
    configure("error", "console")
    services = Services(store, clock, settings or Settings(port=0), Metrics.fresh(), token, demo, replay, visitor)
    listener = listen(Texts("en"), "127.0.0.1", 0)
    acting = Acting(services)
    server = server_on(build(services, acting))
    keeper = replay or Keeper(services, acting)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    if keep:
        keeper.start()
    try:
        _wait(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        keeper.stop()
        acting.close()
        listener.close()
        for builder in (one for one in enumerate_threads() if one.name.startswith("hub")):
            builder.join(10)  # a page that is still being built holds a connection of the store


def _wait(ready, seconds: float = 15.0) -> None:
    deadline = monotonic() + seconds
    while not ready():
        if monotonic() > deadline:
            raise TimeoutError
        sleep(0.01)
