"""A demo shop of the real size in simulated time, with a past and baselines, that incidents befall by order."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Flask

from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.explanation import Explanation, Pairs
from dashboard.settings import Settings
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from datasource.baselines import renew_baselines
from datasource.demo.cities import demo_lifeline
from datasource.demo.commanding import Order, start_incident, stop_incidents
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.shop import DemoShop, Opening
from datasource.demo.telling import Teller
from datasource.diagnosis import explanations
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store

HOUR = timedelta(hours=1)
ORDERS_AT_ONCE = 3_000
FOLDED_AT_ONCE = 25_000


RED = frozenset({Status.RED, Status.DEEP_RED})
CALM = frozenset({Status.GREEN, Status.AMBER})


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a node at an instant: the node, and what explains it, the greatest first."""

    node: NodeSnapshot
    explained: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """How an incident shows ``hours`` after it began: where, in which colours, by which exception and explanation.

    ``explained``: the first explanation names something of it and nothing else; empty: nothing stands out. ``None``:
    whatever there is, the node is calm and nobody asks.
    """

    node: str
    hours: float
    colours: frozenset[Status]
    exception: str | None
    explained: frozenset[tuple[str, str]] | None

    def faults(self, look: Look) -> list[str]:
        """What is not so, in words."""
        node, first = look.node, look.explained[0].pairs if look.explained else ()
        return [
            *([] if node.status in self.colours else [f"{node.key} is {node.status}"]),
            *([] if self.exception in {None, node.top_exception} else [f"the exception is {node.top_exception}"]),
            *([] if self._fits(first) else [f"the explanation is {first}"]),
        ]

    def _fits(self, first: Pairs) -> bool:
        return self.explained is None or (bool(first) == bool(self.explained) and set(first) <= self.explained)


SIGNS = {
    "printer-offline": Sign(
        "pickup",
        2,
        RED,
        "label_printer_offline",
        frozenset({("exception", "label_printer_offline"), ("warehouse", "HZ1")}),
    ),
    "wms-push-lost": Sign("quality", 2, RED, None, frozenset({("warehouse", "HZ1")})),
    "empty-outer-id": Sign("place", 1, CALM, "outer_id_missing", None),
    "review-understaffed": Sign("review", 3.5, RED, None, frozenset()),
    "duplicate-batch": Sign(
        "quality", 2, RED, "duplicate_batch", frozenset({("exception", "duplicate_batch"), ("warehouse", "HZ1")})
    ),
    "signed-early": Sign("sign", 2, CALM, "signed_early", None),
    "stamps-off": Sign("dispatch", 2, CALM, "out_of_order", None),
    "refund-bypass": Sign(
        "pick", 2, RED, "refund_bypass", frozenset({("exception", "refund_bypass"), ("channel", "douyin")})
    ),
}
"""How each kind shows; but for the silent source, which is seen by its nodes' silence."""

FED_BY_WMS = {"quality", "pick", "pack", "dispatch"}


class IncidentShop:
    """A store and the shop that lives in it; time is moved by hand. Nothing befalls it but what is ordered.

    ``filled``: the store is a copy of one that holds the past already.
    """

    def __init__(self, store: Store, opening: Opening, *, filled: bool = False) -> None:
        self.store, self.clock = store, FixedClock(opening.opened)
        self.parameters = unscheduled(demo_parameters())
        self.lifeline = demo_lifeline()
        self.shop = DemoShop(opening, self.parameters)
        self.memory = DemoMemory(opening, opening.opened)
        self._teller = Teller(store, self.shop)
        services = Services(store, self.clock, Settings(), Metrics.fresh())
        self._reads = Reads(services, cache_for(Flask("incidents"), None))
        with _rarely_collecting():
            if filled:
                self.shop.advance(opening.opened)
            else:
                self._fill()

    @property
    def now(self) -> datetime:
        """Where time stands."""
        return self.clock.instant

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
            self.clock.instant = min(self.now + HOUR, end)
            self.memory = self._teller.tell(self.memory, self.now, self.now)
        self._fold()

    def snapshot(self) -> Snapshot:
        """The lifeline as its page shows it."""
        return self._reads.snapshot(Slice(), None, None)

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
