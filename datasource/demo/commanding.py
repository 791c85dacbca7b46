"""What a person may order of the demo shop: that an incident begins, and that it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboard.incidents import Incident
from dashboard.lifeline import Lifeline
from datasource.demo.incidents import incident_id
from datasource.demo.memory import hold, recall
from datasource.demo.parameters import IncidentPlan, Parameters
from datasource.demo.reports import SOURCE
from datasource.incidents import incidents_between, note_incidents

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)


class IncidentRefused(ValueError):  # noqa: N818 - it says what happened
    """What was ordered cannot be. ``text``: one of the catalogue's ``incidents.refused``; ``values`` fill it."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(f"{text}: {values}")
        self.text, self.values = text, {name: value[:300] for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Order:
    """An incident to begin. What is not named is as the shop's table has it."""

    kind: str
    node: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    lasts: timedelta | None = None


def start_incident(
    connection: Connection, order: Order, parameters: Parameters, lifeline: Lifeline, now: datetime
) -> Incident:
    """Note an incident that begins now; the shop takes it up at its next step, and again whenever it wakes up.

    Raises:
        IncidentRefused: there is no demo shop here, or no such kind, node or place; or it is going on already.
    """
    began_at = _now(connection, now)
    wanted = _checked(order, parameters, lifeline, began_at)
    lately = incidents_between(connection, began_at - timedelta(seconds=2))
    for other in lately:
        same = (other.kind, other.node, dict(other.place)) == (wanted.kind, wanted.node, dict(wanted.place))
        if same and (other.over_at is None or other.over_at > began_at):
            raise IncidentRefused("already", id=other.incident_id)
    if any(other.incident_id == wanted.incident_id for other in lately):
        wanted = replace(wanted, incident_id=f"{wanted.incident_id}-{len(lately) + 1}")
    note_incidents(connection, [wanted], now)
    return wanted


def stop_incidents(connection: Connection, named: str, now: datetime) -> tuple[Incident, ...]:
    """End what goes on under an id, or every incident of a kind.

    Raises:
        IncidentRefused: there is no demo shop here, or nothing of that name goes on.
    """
    ends_at = _now(connection, now)
    going_on = [one for one in incidents_between(connection, ends_at) if one.going_on(ends_at)]
    stopped = tuple(replace(one, ended_at=ends_at) for one in going_on if named in {one.incident_id, one.kind})
    if not stopped:
        raise IncidentRefused("none", name=named, known=_listed(one.incident_id for one in going_on))
    note_incidents(connection, stopped, now)
    return stopped


def _now(connection: Connection, now: datetime) -> datetime:
    """The instant from which an order holds: nothing that was told already is changed by it."""
    hold(connection)
    memory = recall(connection)
    if memory is None:
        raise IncidentRefused("no_demo")
    return max(now, memory.told_until or memory.opening.opened)


def _checked(order: Order, parameters: Parameters, lifeline: Lifeline, began_at: datetime) -> Incident:
    plan = next((plan for plan in parameters.incidents if plan.key == order.kind), None)
    if plan is None:
        raise IncidentRefused("kind", kind=order.kind, known=_listed(plan.key for plan in parameters.incidents))
    if order.node is not None and order.node not in plan.nodes:
        text = "node" if plan.nodes else "no_node"
        raise IncidentRefused(text, kind=plan.key, node=order.node, known=_listed(plan.nodes))
    known = _known_values(parameters, lifeline)
    for dimension, value in order.place.items():
        _check_place(plan, dimension, value, known)
    lasts = order.lasts or timedelta(seconds=plan.lasts)
    if not SHORTEST <= lasts <= LONGEST:
        raise IncidentRefused("lasts")
    place = {**plan.where, **order.place}
    name = incident_id(plan.key, began_at)
    return Incident(name, plan.key, order.node or plan.node, place, began_at, began_at + lasts)


def _check_place(plan: IncidentPlan, dimension: str, value: str, known: Mapping[str, tuple[str, ...]]) -> None:
    if dimension not in plan.takes:
        raise IncidentRefused("place", kind=plan.key, dimension=dimension)
    if value not in known[dimension]:
        raise IncidentRefused("value", dimension=dimension, value=value, known=_listed(known[dimension]))


def _known_values(parameters: Parameters, lifeline: Lifeline) -> Mapping[str, tuple[str, ...]]:
    return {
        "channel": tuple(channel.key for channel in parameters.channels),
        "warehouse": tuple(warehouse.key for warehouse in parameters.warehouses),
        "carrier": tuple(carrier.key for carrier in parameters.carriers),
        SOURCE: tuple(lifeline.systems),
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "–"
