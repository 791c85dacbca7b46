"""Every shipped incident alone, in shops of several seeds with a fuller past: it shows where it must, and why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.snapshot import Status
from datasource.demo.shop import Opening
from datasource.embedded import DATABASE, start_embedded
from datasource.store import Store
from tests.conftest import copy_of
from tests.incident_shop import FED_BY_WMS, SIGNS, IncidentShop

SEEDS = (1, 2, 3)
OPENED = datetime(2026, 3, 4, 4, tzinfo=UTC)
PAST_DAYS = 8.0
HOUR = timedelta(hours=1)
PAST = "past"


def incidents(folder: Path, tell: Callable[[str], object]) -> list[str]:
    """What was wrong; ``tell`` hears a line for each incident."""
    server = start_embedded(folder / "data")
    found: list[str] = []
    try:
        for seed in SEEDS:
            opening = Opening(seed, OPENED, PAST_DAYS)
            with _past(server.url, opening) as past:
                for kind in (*SIGNS, "source-silent"):
                    faults = _befall(server.url, past, opening, kind)
                    tell(f"seed {seed}  {kind:20} {'; '.join(faults) or 'as it must be'}")
                    found += [f"{kind} with seed {seed}: {fault}" for fault in faults]
    finally:
        server.stop()
    return found


@contextmanager
def _past(url: str, opening: Opening) -> Iterator[str]:
    """The name of a database with the past of one shop."""
    with copy_of(url, DATABASE) as past:
        store = Store.open(past)
        store.migrate()
        IncidentShop(store, opening)
        store.close()
        yield past.rpartition("/")[2].partition("?")[0]


def _befall(url: str, past: str, opening: Opening, kind: str) -> list[str]:
    with copy_of(url, past) as copy:
        store = Store.open(copy)
        try:
            shop = IncidentShop(store, opening, filled=True)
            shop.start(kind)
            if kind not in SIGNS:
                return _silence(shop)
            sign = SIGNS[kind]
            shop.live(sign.hours * HOUR)
            return sign.faults(shop.look(sign.node))
        finally:
            store.close()


def _silence(shop: IncidentShop) -> list[str]:
    shop.live(HOUR / 2)
    nodes = shop.snapshot().nodes
    grey = {node.key: node.silence.source for node in nodes if node.status is Status.GREY and node.silence}
    behind = {"allocate"} & grey.keys()  # an empty node behind a silent one
    return [] if grey == dict.fromkeys(FED_BY_WMS | behind, "wms") else [f"grey are {grey}"]
