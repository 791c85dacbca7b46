"""Every number of the demo shop, as read from its TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.lifeline_row import Row
from datasource.demo.cities import City, read_cities

Floats = NDArray[np.float64]
_FILE = Path(__file__).with_name("shop.toml")


@dataclass(frozen=True, slots=True)
class Delay:
    """A length of time that varies: gamma distributed, ``mean`` in seconds."""

    mean: float
    shape: float

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """``count`` lengths in seconds, none under one second: no two stamps of an order coincide."""
        return np.maximum(random.gamma(self.shape, self.mean / self.shape, count), 1.0)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where orders come from.

    ``amount``: median and sigma of a log-normal; ``outer``: the form of the channel's own ids.
    """

    key: str
    share: float
    amount: tuple[float, float]
    payment: Delay
    outer: str
    carriers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """``place``: longitude and latitude in degrees."""

    key: str
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Carrier:
    """``way``: seconds that a great distance takes; ``trucks``: seconds between two calls at a warehouse."""

    key: str
    handling: Delay
    way: float
    trucks: float
    waybill: str
    reports_late: float


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One station. ``shifts``: from which hour of the local day on, how many work in each room."""

    node: str
    crew: str
    wait: Delay
    work: Delay
    shifts: tuple[tuple[int, Mapping[str, int]], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that befalls a share of the orders and costs ``extra`` time."""

    share: float
    extra: Delay


@dataclass(frozen=True, slots=True)
class Schedule:
    """When it comes by itself, in seconds: so long before the shop opens the first time, so much later each next."""

    before_opening: float
    every: float


@dataclass(frozen=True, slots=True)
class IncidentPlan:
    """A kind of incident: what it does, to the orders of which node and place, and for how many seconds.

    ``nodes``: where it can happen, by default at the first; none where it happens at no node. ``takes``: of which
    dimensions a value may be named, ``source`` among them; ``where``: those that hold where nobody names any.
    ``share``: of the orders that match, or of the staff that is left; ``skew``: by how many seconds stamps are wrong.
    ``cured_by``: the errand that leads an order past it.
    """

    key: str
    effect: str
    nodes: tuple[str, ...]
    takes: tuple[str, ...]
    where: Mapping[str, str]
    exception: str | None
    share: float
    skew: float
    lasts: float
    schedule: Schedule | None
    cured_by: str | None = None

    @property
    def node(self) -> str | None:
        """The node where it happens by default."""
        return self.nodes[0] if self.nodes else None


@dataclass(frozen=True, slots=True)
class Errand:
    """What the outside does for an order that it is told of, at one of the nodes: it is done there soon.

    After ``first`` to ``first + within`` seconds; where in between, the request's id says.
    """

    nodes: frozenset[str]
    first: float
    within: float


@dataclass(frozen=True)
class Parameters:
    """The whole shop.

    ``hours`` and ``weekdays``: weights of the arrivals; ``courier_pace``: by hour of the local day.
    """

    orders_per_day: float
    currency: str
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    stray_share: float
    courier_pace: tuple[float, ...]
    receipt: Delay
    channels: tuple[Channel, ...]
    warehouses: tuple[Warehouse, ...]
    carriers: tuple[Carrier, ...]
    stations: tuple[StationPlan, ...]
    allocation_every: float
    allocation_work: Delay
    loading: Delay
    delivery: Delay
    closing: Delay
    faults: Mapping[str, Fault]
    incidents: tuple[IncidentPlan, ...]
    cities: tuple[City, ...]
    errands: Mapping[str, Errand]

    @cached_property
    def hour_shares(self) -> Floats:
        """The share of a day's orders in each of its hours."""
        weights = np.array(self.hours, dtype=np.float64)
        shares: Floats = weights / weights.sum()
        return shares

    def orders_expected(self, weekday: int) -> float:
        """How many orders come on a day; ``weekday`` counts from Monday = 0."""
        return self.orders_per_day * self.weekdays[weekday] * len(self.weekdays) / sum(self.weekdays)


def demo_parameters() -> Parameters:
    """The shop that comes with the product."""
    with _FILE.open("rb") as file:
        return read_parameters(tomllib.load(file))


def read_parameters(content: Mapping[str, Any]) -> Parameters:
    """Read the shop's table.

    Raises:
        LifelineError: a length of time or a share cannot be read.
        KeyError: a field is missing.
    """
    return Parameters(
        orders_per_day=float(content["orders_per_day"]),
        currency=content["currency"],
        hours=tuple(content["hours"]),
        weekdays=tuple(content["weekdays"]),
        stray_share=float(content["stray_share"]),
        courier_pace=tuple(content["courier_pace"]),
        receipt=_delay(content["receipt"]),
        channels=tuple(_channel(row) for row in content["channels"]),
        warehouses=tuple(Warehouse(row["key"], (row["place"][0], row["place"][1])) for row in content["warehouses"]),
        carriers=tuple(_carrier(row) for row in content["carriers"]),
        stations=tuple(_station(row) for row in content["stations"]),
        allocation_every=_seconds(content["allocation"], "every"),
        allocation_work=_delay(content["allocation"]["work"]),
        loading=_delay(content["loading"]),
        delivery=_delay(content["delivery"]),
        closing=_delay(content["closing"]),
        faults={key: Fault(row["share"], _delay(row["extra"])) for key, row in content["faults"].items()},
        incidents=tuple(_incident(row) for row in content["incidents"]),
        cities=read_cities(),
        errands={key: _errand(row) for key, row in content["errands"].items()},
    )


def _seconds(content: Mapping[str, Any], field: str) -> float:
    return Row("demo", content).duration(field).total_seconds()


def _delay(content: Mapping[str, Any]) -> Delay:
    return Delay(_seconds(content, "mean"), float(content["shape"]))


def _channel(row: Mapping[str, Any]) -> Channel:
    amount = (float(row["amount"]["median"]), float(row["amount"]["sigma"]))
    return Channel(row["key"], row["share"], amount, _delay(row["payment"]), row["outer"], row["carriers"])


def _carrier(row: Mapping[str, Any]) -> Carrier:
    times = _seconds(row, "way"), _seconds(row, "trucks")
    return Carrier(row["key"], _delay(row["handling"]), *times, row["waybill"], _seconds(row, "reports_late"))


def _station(row: Mapping[str, Any]) -> StationPlan:
    shifts = tuple(sorted((int(begins[:2]), dict(staff)) for begins, staff in row["shifts"].items()))
    return StationPlan(row["node"], row["crew"], _delay(row["wait"]), _delay(row["work"]), shifts)


def _errand(row: Mapping[str, Any]) -> Errand:
    return Errand(frozenset(row["nodes"]), _seconds(row, "first"), _seconds(row, "within"))


def _incident(content: Mapping[str, Any]) -> IncidentPlan:
    row = Row("demo.incidents", content)
    schedule = Schedule(_seconds(content, "before_opening"), _seconds(content, "every")) if row.has("every") else None
    return IncidentPlan(
        key=row.slug("key"),
        effect=row.text("effect"),
        nodes=tuple(row.texts("nodes")),
        takes=tuple(row.texts("takes")),
        where=dict(row.table("where")),
        exception=row.text("exception", "") or None,
        share=row.share("share", 1.0),
        skew=_seconds(content, "skew") if row.has("skew") else 0.0,
        lasts=_seconds(content, "lasts"),
        schedule=schedule,
        cured_by=row.text("cured_by", "") or None,
    )
