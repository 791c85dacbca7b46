"""A demo shop of the real size in simulated time, with a past and baselines, that incidents befall by order."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.explanation import Explanation
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Snapshot
from dashboard.sources import outranked, sources, usual_of
from datasource.baselines import renew_baselines
from datasource.demo.cities import demo_lifeline
from datasource.demo.commanding import Order, start_incident, stop_incidents
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.shop import DemoShop, Opening
from datasource.demo.telling import Teller
from datasource.diagnosis import explanations
from datasource.fold import fold
from datasource.incidents import note_incidents
from datasource.recording import record
from datasource.snapshots import snapshot
from datasource.store import Store

HOUR = timedelta(hours=1)
ORDERS_AT_ONCE = 3_000
FOLDED_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a node at an instant: the node, and what explains it, the greatest first."""

    node: NodeSnapshot
    explained: tuple[Explanation, ...]


class IncidentShop:
    """A store and the shop that lives in it; time is moved by hand. Nothing befalls it but what is ordered."""

    def __init__(self, store: Store, opening: Opening) -> None:
        self.store, self.now = store, opening.opened
        self.parameters = unscheduled(demo_parameters())
        self.lifeline = demo_lifeline()
        self.shop = DemoShop(opening, self.parameters)
        self.memory = DemoMemory(opening, opening.opened)
        self._teller = Teller(store, self.shop)
        self._fill()

    def start(self, kind: str, **place: str) -> None:
        """Order an incident, as the command line does."""
        with self.store.begin() as connection:
            start_incident(connection, Order(kind, place=place), self.parameters, self.lifeline, self.now)

    def stop(self, kind: str) -> None:
        """End it."""
        with self.store.begin() as connection:
            stop_incidents(connection, kind, self.now)

    def live(self, span: timedelta) -> None:
        """Let time pass, and sum up what happened."""
        end = self.now + span
        while self.now < end:
            self.now = min(self.now + HOUR, end)
            self.memory = self._teller.tell(self.memory, self.now, self.now)
        self._fold()

    def snapshot(self) -> Snapshot:
        """The lifeline as its page shows it."""
        with self.store.read() as connection:
            taken = snapshot(connection, self.lifeline, slice=Slice(), window=None, at=None, now=self.now)
        return taken

    def look(self, key: str) -> Look:
        """One node, and what explains it over the width that its numbers stand on."""
        node = next(node for node in self.snapshot().nodes if node.key == key)
        window = timedelta(seconds=node.window_used_seconds)
        with self.store.read() as connection:
            found = explanations(
                connection, self.lifeline, self.lifeline.node(key), Slice(), window, at=None, now=self.now
            )
        return Look(node, found)

    def _fill(self) -> None:
        self.store.install_lifeline(self.lifeline, self.now)
        with _rarely_collecting():
            for events in self.shop.backfill(ORDERS_AT_ONCE):
                with self.store.begin() as connection:
                    record(connection, events, self.lifeline, self.now)
        self._fold()
        with self.store.begin() as connection:
            renew_baselines(connection, self.lifeline, self.now)
            remember(connection, self.memory, self.now)

    def _fold(self) -> None:
        taken = FOLDED_AT_ONCE
        while taken == FOLDED_AT_ONCE:
            with self.store.begin() as connection:
                taken = fold(connection, self.now, self.lifeline, FOLDED_AT_ONCE).changes


def unscheduled(parameters: Parameters) -> Parameters:
    """The same shop, where no incident comes by itself."""
    return replace(parameters, incidents=tuple(replace(plan, schedule=None) for plan in parameters.incidents))


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
