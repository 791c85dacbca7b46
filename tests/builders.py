"""Small words for test data, with defaults: ``left("pick", minutes(9))`` is an event nine minutes after noon."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dashboard.events import Event, Facts, Kind
from dashboard.visits import Exit, Visit

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""The origin of all times in tests: Monday 2 March 2026, noon in Shanghai."""


def seconds(n: float) -> datetime:
    """The instant ``n`` seconds after noon."""
    return NOON + timedelta(seconds=n)


def minutes(n: float) -> datetime:
    """The instant ``n`` minutes after noon."""
    return NOON + timedelta(minutes=n)


def hours(n: float) -> datetime:
    """The instant ``n`` hours after noon."""
    return NOON + timedelta(hours=n)


def days(n: float) -> datetime:
    """The instant ``n`` days after noon."""
    return NOON + timedelta(days=n)


def event(
    order: str = "A", node: str | None = "pick", at: datetime = NOON, kind: Kind = Kind.LEFT, **other: Any
) -> Event:
    """An event; unless ``event_id`` is given, equal calls are the same event."""
    event_id = other.pop("event_id", None) or f"{kind}:{node}:{at.isoformat()}"
    return Event(order_id=order, event_id=event_id, kind=kind, at=at, node=node, **other)


def left(node: str = "pick", at: datetime = NOON, order: str = "A", **other: Any) -> Event:
    """The order left the node."""
    return event(order, node, at, Kind.LEFT, **other)


def entered(node: str = "pick", at: datetime = NOON, order: str = "A", **other: Any) -> Event:
    """The order came to the node."""
    return event(order, node, at, Kind.ENTERED, **other)


def trouble(exception: str, node: str = "pick", at: datetime = NOON, order: str = "A", **other: Any) -> Event:
    """Something went wrong at the node."""
    return event(order, node, at, Kind.EXCEPTION, exception=exception, **other)


def cancelled(at: datetime = NOON, order: str = "A", **other: Any) -> Event:
    """The order was cancelled."""
    return event(order, None, at, Kind.CANCELLED, **other)


def status(says: str, at: datetime = NOON, order: str = "A", source: str = "erp", **other: Any) -> Event:
    """A system said something of the order."""
    return event(order, None, at, Kind.STATUS, status=says, source=source, event_id=f"{source}:{says}:{at}", **other)


def void(corrects: str, at: datetime = NOON, order: str = "A", **other: Any) -> Event:
    """Withdraws the event of that id."""
    return event(order, None, at, Kind.VOID, corrects=corrects, event_id=f"void:{corrects}", **other)


def facts(
    order: str = "A",
    at: datetime = NOON,
    created_at: datetime | None = None,
    amount: str | None = None,
    outer: str | None = None,
    currency: str | None = None,
    event_id: str | None = None,
    **dimensions: str,
) -> Event:
    """What is told of the order itself; keywords are dimensions: ``facts("A", channel="douyin", amount="99.00")``."""
    told = Facts(outer, created_at, None if amount is None else Decimal(amount), currency, dimensions)
    return event(order, None, at, Kind.FACTS, facts=told, event_id=event_id or f"facts:{at.isoformat()}")


def order_events(
    order: str = "A", at: datetime = NOON, *left_after: tuple[str, float], **dimensions: str
) -> list[Event]:
    """An order created at ``at``, its nodes left after so many minutes: ``order_events("A", NOON, ("place", 1))``."""
    told = facts(order, at, created_at=at, amount="100.00", currency="CNY", **dimensions)
    return [told, *(left(node, at + timedelta(minutes=after), order) for node, after in left_after)]


def visit(
    node: str = "pick",
    entered_at: datetime = NOON,
    left_at: datetime | None = None,
    allowance: timedelta = timedelta(hours=2),
    number: int = 1,
    **other: Any,
) -> Visit:
    """A visit on the 24x7 calendar: in progress unless ``left_at`` is given."""
    dwell = None if left_at is None else (left_at - entered_at).total_seconds()
    way_out = other.pop("exit", None if left_at is None else Exit.NEXT)
    return Visit(
        node, number, entered_at, left_at, other.pop("due_at", entered_at + allowance), way_out, dwell, **other
    )
