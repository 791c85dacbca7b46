"""The demo shop: a past that is made in one go, and a present that goes on from it without a seam."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simpy import Environment

from dashboard.events import Event
from datasource.demo.flow import Flow
from datasource.demo.incidents import Incidents
from datasource.demo.lives import Lives
from datasource.demo.orders import orders_of_day
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.reports import Reports
from datasource.demo.stations import Rooms
from datasource.demo.timetables import Pace

TIME_ZONE = "Asia/Shanghai"
_STRIDE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the whole life of a shop follows from: the same opening, the same events.

    ``opened`` is the instant of the first look; the shop's past begins ``days`` before it.
    """

    seed: int
    opened: datetime
    days: float = 14.0

    @property
    def began(self) -> datetime:
        """The instant of the first order at the earliest."""
        return self.opened - timedelta(days=self.days)


class DemoShop:
    """A simulated distributor. It stands at ``now`` and moves forward only; events come out in the pieces asked for.

    ``since``: where the simulation begins with an empty shop, if not at the shop's own beginning.
    """

    def __init__(
        self, opening: Opening, parameters: Parameters | None = None, *, since: datetime | None = None
    ) -> None:
        self.opening = opening
        self.parameters = parameters or demo_parameters()
        self.zone = ZoneInfo(TIME_ZONE)
        began = max(opening.began, since or opening.began)
        self.env = Environment(began.timestamp())
        self.reports = Reports(self.env)
        self.incidents = Incidents(self.env, self.parameters.incidents, opening.opened.timestamp())
        self.flow = self._build(began)
        self.lives = Lives(self.env, self.flow, dict(self.parameters.errands))
        self.env.process(self._customers(began))

    @property
    def now(self) -> float:
        """Where the simulation stands, in seconds since 1970."""
        return float(self.env.now)

    @property
    def silent(self) -> frozenset[str]:
        """The sources that tell nothing now."""
        return frozenset(self.reports.withheld)

    def backfill(self, orders: int = 5000) -> Iterator[list[Event]]:
        """Everything up to ``opening.opened``, in batches of at most so many orders, each order in one batch only.

        An order comes with its whole history; the orders that are done come while the simulation still runs.
        """
        told: list[list[Event]] = []
        for until in self.steps(self.opening.opened):
            self._run(until)
            told.extend(self.reports.collect(only_over=until < self.opening.opened))
            while len(told) >= orders or (told and until == self.opening.opened):
                yield [event for order in told[:orders] for event in order]
                del told[:orders]

    def advance(self, until: datetime) -> list[Event]:
        """What was reported since the last call, up to ``until``; nothing if the shop is past it already."""
        self._run(until)
        return [event for order in self.reports.collect() for event in order]

    def steps(self, until: datetime) -> Iterator[datetime]:
        """Instants from where the shop stands to ``until``, which is the last, a few hours apart."""
        at = datetime.fromtimestamp(self.now, until.tzinfo) + _STRIDE
        while at < until:
            yield at
            at += _STRIDE
        yield until

    def _run(self, until: datetime) -> None:
        if until.timestamp() > self.now:
            self.env.run(until.timestamp())

    def _build(self, began: datetime) -> Flow:
        shop, offset = self.parameters, began.astimezone(self.zone).utcoffset()
        rooms = Rooms(self.env, shop.stations, self.zone)
        for watcher in (rooms.feel, self.reports.feel):
            self.incidents.watch(watcher)
        return Flow(
            self.env,
            shop,
            self.reports,
            rooms,
            self.incidents,
            Pace(shop.courier_pace, offset.total_seconds() if offset else 0.0),
        )

    def _customers(self, began: datetime) -> Generator[Any, Any, None]:
        day: date = began.astimezone(self.zone).date()
        while True:
            for order in orders_of_day(self.opening.seed, day, self.parameters, self.zone):
                if order.created >= began.timestamp():
                    yield self.env.timeout(order.created - self.now)
                    self.lives.begin(order)
            day += timedelta(days=1)
