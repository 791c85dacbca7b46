"""What the shop's systems report: the events, held until somebody collects them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from simpy import Environment

from dashboard.events import Event, Facts, Kind
from datasource.demo.incidents import Effect, Occurrence
from datasource.demo.orders import Order

SOURCE = "source"
"""Names the source system in the place of an incident."""


class Said(TypedDict, total=False):
    """What may be told besides."""

    operator: str
    exception: str
    document: str
    status: str
    facts: Facts


class Reports:
    """Events by order. ``heard`` are the orders with news, by the first of it; those that are ``over`` get no more.

    What a silent source tells is ``withheld`` until it speaks again.
    """

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.heard: dict[str, Order] = {}
        self.withheld: dict[str, list[tuple[Order, Event]]] = {}

    def feel(self, occurrence: Occurrence, begins: bool) -> None:
        """A source falls silent, or tells all that it did not."""
        if occurrence.plan.effect != Effect.SILENT:
            return
        source = occurrence.told.place[SOURCE]
        if begins:
            self.withheld.setdefault(source, [])
            return
        for order, event in self.withheld.pop(source, []):
            self._hand_on(order, event)

    def tell(
        self,
        order: Order,
        event_id: str,
        kind: Kind,
        node: str | None,
        source: str,
        ago: float = 0.0,
        **said: Unpack[Said],
    ) -> None:
        """Report what happened to the order now, or ``ago`` seconds before."""
        at = instant(self.env.now - ago)
        event = Event(order.order_id, event_id, kind, at, node, source=source, **said)
        if source in self.withheld:
            self.withheld[source].append((order, event))
        else:
            self._hand_on(order, event)

    def _hand_on(self, order: Order, event: Event) -> None:
        order.news.append(event)
        if order.order_id not in self.heard:
            self.heard[order.order_id] = order

    def collect(self, *, only_over: bool = False) -> Iterator[list[Event]]:
        """Hand on the news, order by order; with ``only_over`` of those orders alone that will have no more."""
        waiting = {id(order) for held in self.withheld.values() for order, _ in held} if only_over else set[int]()
        told = [order for order in self.heard.values() if not only_over or (order.over and id(order) not in waiting)]
        for order in told:
            del self.heard[order.order_id]
            news, order.news = order.news, []
            yield news


def instant(seconds: float) -> datetime:
    """Seconds since 1970 as an aware instant, to the millisecond that systems report."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
