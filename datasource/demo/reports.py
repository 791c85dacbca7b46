"""What the shop's systems report: the events, held until somebody collects them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from simpy import Environment

from dashboard.events import Event, Facts, Kind
from datasource.demo.orders import Order


class Said(TypedDict, total=False):
    """What may be told besides."""

    operator: str
    exception: str
    document: str
    status: str
    facts: Facts


class Reports:
    """Events by order. ``heard`` are the orders with news, by the first of it; those that are ``over`` get no more."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.heard: dict[str, Order] = {}

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
        order.news.append(Event(order.order_id, event_id, kind, at, node, source=source, **said))
        if order.order_id not in self.heard:
            self.heard[order.order_id] = order

    def collect(self, *, only_over: bool = False) -> Iterator[list[Event]]:
        """Hand on the news, order by order; with ``only_over`` of those orders alone that will have no more."""
        told = [order for order in self.heard.values() if order.over or not only_over]
        for order in told:
            del self.heard[order.order_id]
            news, order.news = order.news, []
            yield news


def instant(seconds: float) -> datetime:
    """Seconds since 1970 as an aware instant, to the millisecond that systems report."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
