"""The orders of one local day, drawn in one go: who buys what, how long each step takes, and what goes wrong.

All of it depends on the seed and the day alone: an order is the same whenever and in whatever pieces it is simulated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import exp
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from simpy import Process

from dashboard.events import Event
from datasource.demo.cities import kilometres
from datasource.demo.parameters import Delay, Floats, Parameters

Numbers = NDArray[np.int64]
_FAR_KM = 1200.0
_LONGEST_RECEIPT = 40.0
_NUMBERS_A_DAY = 1_000_000
_NONE: Mapping[str, float] = MappingProxyType({})
_NO_CURES = frozenset[str]()
_STRIDE = 611_953  # coprime to a million: the numbers of a day look random and never repeat


class Times(NamedTuple):
    """How long each step takes an order, in seconds.

    ``delivery``: seconds of a courier at pace 1; ``luck``: a number in [0, 1).
    """

    receipt: float
    payment: float
    review_wait: float
    review_work: float
    again_wait: float
    again_work: float
    quality_wait: float
    quality_work: float
    allocation: float
    pick_wait: float
    pick_work: float
    pack_wait: float
    pack_work: float
    dispatch_wait: float
    dispatch_work: float
    loading: float
    transit: float
    delivery: float
    closing: float
    luck: float


@dataclass(slots=True, eq=False)
class Order:
    """One order on its way.

    ``created``: the channel's instant in seconds since 1970; ``faults``: what goes wrong and the seconds that it
    costs; ``news``: the events that were not handed on yet. ``step``: how far it is, and ``node`` where that is;
    ``cures``: what was done for it against incidents; ``hurried``: by what it is led on just now; ``held``: a person
    holds it; ``life``: the process that leads it.
    """

    order_id: str
    outer_order_id: str
    created: float
    amount: Decimal
    dimensions: Mapping[str, str]
    waybill: str
    invoice: str
    times: Times
    faults: Mapping[str, float]
    news: list[Event] = field(default_factory=list)
    over: bool = False
    step: int = 0
    node: str = "place"
    cures: frozenset[str] = _NO_CURES
    hurried: str | None = None
    held: bool = False
    life: Process | None = None


def orders_of_day(seed: int, day: date, parameters: Parameters, zone: ZoneInfo) -> Iterator[Order]:
    """The orders that are created on a local day, by time."""
    draws = _Draws(np.random.default_rng([seed, day.toordinal()]), parameters, day)
    midnight = datetime.combine(day, time(), zone).timestamp()
    faults = draws.faults()
    rows = zip(*(column.tolist() for column in draws.columns()), strict=True)
    for place, (at, cents, outer, channel, city, warehouse, carrier, *times) in enumerate(rows):
        number = (draws.first_number + place * _STRIDE) % _NUMBERS_A_DAY
        yield Order(
            order_id=f"DB{day:%Y%m%d}-{number:06d}",
            outer_order_id=parameters.channels[channel].outer.format(outer, day=day),
            created=midnight + at,
            amount=Decimal(cents).scaleb(-2),
            dimensions={
                "channel": parameters.channels[channel].key,
                "region": parameters.cities[city].adcode,
                "warehouse": parameters.warehouses[warehouse].key,
                "carrier": parameters.carriers[carrier].key,
            },
            waybill=parameters.carriers[carrier].waybill.format(outer % 10**11),
            invoice=f"INV{day:%y%m%d}{number:06d}",
            times=Times._make(times),
            faults=faults.get(place, _NONE),
        )


class _Draws:
    """The columns of a day, one entry for each order."""

    def __init__(self, random: np.random.Generator, parameters: Parameters, day: date) -> None:
        self.random, self.shop = random, parameters
        self.count = int(random.poisson(parameters.orders_expected(day.weekday())))
        self.first_number = int(random.integers(_NUMBERS_A_DAY))
        hour = random.choice(len(parameters.hours), self.count, p=parameters.hour_shares)
        self.at = np.sort((hour + random.random(self.count)) * 3600.0)
        self.channel = self._choose([channel.share for channel in parameters.channels], self.count)
        self.city = self._choose([city.population for city in parameters.cities], self.count)
        self.warehouse = self._warehouses()
        self.carrier = self._carriers()

    def columns(self) -> list[NDArray[Any]]:
        """Instant in the day, cents, a large number, then four choices by position, then ``Times``."""
        outer = self.random.integers(10**11, 10**12, self.count)
        return [self.at, self._cents(), outer, self.channel, self.city, self.warehouse, self.carrier, *self._times()]

    def faults(self) -> dict[int, Mapping[str, float]]:
        """What goes wrong, by the order's place in the day."""
        found: dict[int, dict[str, float]] = {}
        for name, fault in self.shop.faults.items():
            places = np.flatnonzero(self.random.random(self.count) < fault.share)
            for place, extra in zip(places.tolist(), fault.extra.draw(self.random, len(places)).tolist(), strict=True):
                found.setdefault(place, {})[name] = extra
        return dict(found)

    def _choose(self, weights: list[float], count: int) -> Numbers:
        chances = np.array(weights, dtype=np.float64)
        return self.random.choice(len(weights), count, p=chances / chances.sum())

    def _warehouses(self) -> Numbers:
        nearest = np.array([min(range(len(row)), key=row.__getitem__) for row in _distances(self.shop)])
        stray = self.random.random(self.count) < self.shop.stray_share
        anywhere = self.random.integers(len(self.shop.warehouses), size=self.count)
        return np.where(stray, anywhere, nearest[self.city])

    def _carriers(self) -> Numbers:
        keys = [carrier.key for carrier in self.shop.carriers]
        chosen = np.zeros(self.count, dtype=np.int64)
        for place, channel in enumerate(self.shop.channels):
            mine = np.flatnonzero(self.channel == place)
            chosen[mine] = self._choose([channel.carriers.get(key, 0.0) for key in keys], len(mine))
        return chosen

    def _cents(self) -> Numbers:
        median = np.array([channel.amount[0] for channel in self.shop.channels])[self.channel]
        sigma = np.array([channel.amount[1] for channel in self.shop.channels])[self.channel]
        return np.round(median * np.exp(sigma * self.random.standard_normal(self.count)) * 10).astype(np.int64) * 10

    def _times(self) -> list[Floats]:
        shop, draw = self.shop, self._draw
        payment = np.choose(self.channel, [draw(channel.payment) for channel in shop.channels])
        stations = {plan.node: (draw(plan.wait), draw(plan.work)) for plan in shop.stations}
        again = stations["review"][0][::-1], stations["review"][1][::-1]
        handling = np.choose(self.carrier, [draw(carrier.handling) for carrier in shop.carriers])
        return [
            np.minimum(draw(shop.receipt), _LONGEST_RECEIPT),
            payment,
            *stations["review"],
            *again,
            *stations["quality"],
            draw(shop.allocation_work),
            *stations["pick"],
            *stations["pack"],
            *stations["dispatch"],
            draw(shop.loading),
            handling + self._ways(),
            draw(shop.delivery),
            draw(shop.closing),
            self.random.random(self.count),
        ]

    def _draw(self, delay: Delay) -> Floats:
        return delay.draw(self.random, self.count)

    def _ways(self) -> Floats:
        far = np.array([[1 - exp(-distance / _FAR_KM) for distance in row] for row in _distances(self.shop)])
        longest = np.array([carrier.way for carrier in self.shop.carriers])
        ways: Floats = far[self.city, self.warehouse] * longest[self.carrier]
        return ways


def _distances(shop: Parameters) -> list[list[float]]:
    return [[kilometres(city.place, warehouse.place) for warehouse in shop.warehouses] for city in shop.cities]
