"""What befalls the whole shop for a while: an incident is one record of the shop's table, its effect one rule here."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simpy import Environment, Event

from datasource.demo.parameters import IncidentPlan

HALT = "halt"


@dataclass(frozen=True, slots=True, eq=False)
class Incident:
    """One occurrence that is going on since ``began`` (seconds since 1970); ``over`` happens at its end."""

    plan: IncidentPlan
    began: float
    over: Event

    def hits(self, effect: str, node: str, dimensions: Mapping[str, str]) -> bool:
        """Whether it does this to an order with these dimensions at this node."""
        plan = self.plan
        return plan.effect == effect and plan.node == node and plan.where.items() <= dimensions.items()


class Incidents:
    """Those that are going on now, by schedule.

    ``opening``: when the shop opened to its first viewer, in seconds since 1970.
    """

    def __init__(self, env: Environment, plans: Sequence[IncidentPlan], opening: float) -> None:
        self.env = env
        self.going_on: list[Incident] = []
        for plan in plans:
            env.process(self._repeat(plan, opening - plan.before_opening))

    def halting(self, node: str, dimensions: Mapping[str, str]) -> Incident | None:
        """The incident that stops the orders with these dimensions at this node, if one does."""
        if not self.going_on:
            return None
        return next((incident for incident in self.going_on if incident.hits(HALT, node, dimensions)), None)

    def _repeat(self, plan: IncidentPlan, first: float) -> Generator[Event, Any, None]:
        begins = first
        while True:
            if begins + plan.lasts > self.env.now:
                yield self.env.timeout(max(0.0, begins - self.env.now))
                yield from self._occur(plan, begins)
            begins += plan.every

    def _occur(self, plan: IncidentPlan, began: float) -> Generator[Event, Any, None]:
        incident = Incident(plan, began, self.env.event())
        self.going_on.append(incident)
        yield self.env.timeout(began + plan.lasts - self.env.now)
        self.going_on.remove(incident)
        incident.over.succeed()
