"""What people stopped in the demo shop: SKUs that nobody can order, and outlets that get no parcels."""

from collections.abc import Generator
from typing import Any

from simpy import Environment, Event

from datasource.demo.goods import lines_of, outlets
from datasource.demo.orders import Order
from datasource.demo.requests import Wish

_WORKED_OFF_WITHIN = 1500.0  # seconds in which what waited for an outlet is labelled once it is open again
_LABEL = "label"


class Stops:
    """``suspended``: SKUs; ``frozen``: outlets, each with the event that it is open again."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.suspended: set[str] = set()
        self.frozen: dict[str, Event] = {}
        self._at = {(one.carrier, one.region): one.outlet for one in outlets()}

    def hear(self, wish: Wish, subject: str) -> None:
        """One is stopped, or goes on; hearing it twice changes nothing."""
        if wish is Wish.SUSPENDED:
            self.suspended.add(subject)
        elif wish is Wish.RESUMED:
            self.suspended.discard(subject)
        elif wish is Wish.FROZEN:
            self.frozen.setdefault(subject, self.env.event())
        elif opened := self.frozen.pop(subject, None):
            opened.succeed()

    def takes_in(self, order: Order) -> bool:
        """Whether everything in the order can be bought."""
        return not self.suspended or self.suspended.isdisjoint(lines_of(order.order_id))

    def outlet_of(self, order: Order) -> str | None:
        """The outlet that delivers the order, where the shop knows it."""
        return self._at.get((order.dimensions["carrier"], order.dimensions["region"]))

    def unlabelled(self, order: Order) -> Generator[Event, Any, None]:
        """Wait while the order's outlet is frozen and no other provider labels it."""
        while _LABEL not in order.cures and (opened := self.frozen.get(self.outlet_of(order) or "")):
            yield opened
            yield self.env.timeout(_WORKED_OFF_WITHIN * order.times.luck)
