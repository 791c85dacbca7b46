"""What befalls the whole shop for a while: a kind of incident is one record of the shop's table, its effect one rule.

The rule stands where the effect lives: in the flow of the orders, in the rooms, or in the reports.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

from simpy import Environment, Event

from dashboard.incidents import Incident
from datasource.demo.orders import Order
from datasource.demo.parameters import IncidentPlan


class Effect(StrEnum):
    """What an incident does."""

    HALT = "halt"  # orders stay at the node until it is over
    REFUND = "refund"  # orders are paid back while they wait at the node, and stay there until it is over
    UNDERSTAFFED = "understaffed"  # a share of the staff is at work
    EMPTY_ID = "empty_id"  # the channel's own order ids are empty
    SIGNED_EARLY = "signed_early"  # parcels are told as signed when they leave for the customer
    SKEWED = "skewed"  # time stamps come late, or lie before what they follow
    SILENT = "silent"  # a source tells nothing; all of it comes when it is over


@dataclass(slots=True, eq=False)
class Occurrence:
    """One that is going on since ``began`` (seconds since 1970); ``over`` happens at its end."""

    told: Incident
    plan: IncidentPlan
    began: float
    over: Event

    def hits(self, effect: Effect, node: str, order: Order) -> bool:
        """Whether it does this to the order at this node. Which orders are hit follows from their ids alone."""
        return (
            self.plan.effect == effect
            and self.told.node == node
            and self.told.place.items() <= order.dimensions.items()
            and self.plan.cured_by not in order.cures
            and lot(f"{self.told.incident_id} {order.order_id}") < self.plan.share
        )


Watcher = Callable[[Occurrence, bool], None]
"""Is called with each occurrence when it begins (true) and when it is over (false)."""


class Incidents:
    """Those that are going on: by schedule, and by what a person asked for.

    ``opening``: when the shop opened to its first viewer, in seconds since 1970. ``known`` holds all that began or
    will begin, by id.
    """

    def __init__(self, env: Environment, plans: Sequence[IncidentPlan], opening: float) -> None:
        self.env, self.going_on = env, list[Occurrence]()
        self.known: dict[str, Incident] = {}
        self._origin = float(env.now)
        self._plans = {plan.key: plan for plan in plans}
        self._noted: dict[str, Incident] = {}
        self._watchers: list[Watcher] = []
        for plan in plans:
            if plan.schedule:
                env.process(self._repeat(plan, opening - plan.schedule.before_opening, plan.schedule.every))

    def watch(self, watcher: Watcher) -> None:
        """Tell ``watcher`` of every beginning and end."""
        self._watchers.append(watcher)

    def hitting(self, effect: Effect, node: str, order: Order) -> Occurrence | None:
        """The occurrence that does this to the order at this node, if one does."""
        if not self.going_on:
            return None
        return next((one for one in self.going_on if one.hits(effect, node, order)), None)

    def learn(self, told: Iterable[Incident]) -> None:
        """Take up what is noted elsewhere: new ones begin and end at their instants, or now where these are past.

        Before the simulation moves, the past is taken as it is noted: so a shop that wakes up does all of it again.
        """
        for incident in told:
            self._noted[incident.incident_id] = incident
            known = self.known.get(incident.incident_id)
            if known is None and incident.kind in self._plans:
                self._take_up(incident)
            elif known is not None and known.ended_at is None and incident.ended_at is not None:
                self.env.process(self._end(incident.incident_id, incident.ended_at.timestamp()))

    def unnoted(self) -> list[Incident]:
        """Those that began, or ended, otherwise than it is noted."""
        now = instant_of(self.env.now)
        return [one for key, one in self.known.items() if one.began_at <= now and self._noted.get(key) != one]

    def note(self, incidents: Iterable[Incident]) -> None:
        """They are noted now as they are."""
        self._noted.update((incident.incident_id, incident) for incident in incidents)

    def _repeat(self, plan: IncidentPlan, first: float, every: float) -> Generator[Event, Any, None]:
        begins = first
        while True:
            if begins + plan.lasts > self.env.now:
                yield self.env.timeout(max(0.0, begins - self.env.now))
                incident = planned(plan, instant_of(begins))
                if incident.incident_id not in self.known:
                    self._begin(incident, begins)
            begins += every

    def _take_up(self, incident: Incident) -> None:
        began = incident.began_at.timestamp()
        if began < self.env.now and self.env.now > self._origin:
            began = self.env.now
            incident = replace(incident, began_at=instant_of(began))
        if incident.over_at is None or incident.over_at.timestamp() > max(began, self.env.now):
            self.known[incident.incident_id] = incident
            self.env.process(self._wait_for(incident, began))

    def _wait_for(self, incident: Incident, began: float) -> Generator[Event, Any, None]:
        yield self.env.timeout(max(0.0, began - self.env.now))
        self._begin(incident, began)

    def _begin(self, incident: Incident, began: float) -> None:
        occurrence = Occurrence(incident, self._plans[incident.kind], began, self.env.event())
        self.known[incident.incident_id] = incident
        self.going_on.append(occurrence)
        self._tell(occurrence, True)
        if incident.over_at:
            self.env.process(self._end(incident.incident_id, incident.over_at.timestamp()))

    def _end(self, incident_id: str, at: float) -> Generator[Event, Any, None]:
        yield self.env.timeout(max(0.0, at - self.env.now))
        for occurrence in [one for one in self.going_on if one.told.incident_id == incident_id]:
            self.going_on.remove(occurrence)
            ended = replace(occurrence.told, ended_at=instant_of(self.env.now))
            self.known[incident_id] = ended
            self._tell(occurrence, False)
            occurrence.over.succeed()

    def _tell(self, occurrence: Occurrence, begins: bool) -> None:
        for watcher in self._watchers:
            watcher(occurrence, begins)


def planned(plan: IncidentPlan, began_at: datetime) -> Incident:
    """The occurrence of a kind that begins at an instant, where and as long as its plan says."""
    until = began_at + timedelta(seconds=plan.lasts)
    return Incident(incident_id(plan.key, began_at), plan.key, plan.node, plan.where, began_at, until)


def incident_id(kind: str, began_at: datetime) -> str:
    """``printer-offline-20260225T040000Z``."""
    return f"{kind}-{began_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def lot(name: str) -> float:
    """A number in [0, 1) that is drawn by the name: the same in each life of the shop."""
    return crc32(name.encode()) / 2**32


def instant_of(seconds: float) -> datetime:
    """Seconds since 1970 as an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)
