"""What an outside system reports of an order: one event, and the facts it carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What happened."""

    ENTERED = "entered"  # the order came to the node
    LEFT = "left"  # the node's own time stamp: the order is done there
    FINISHED = "finished"  # the order is known to have left the node, at a time that nobody recorded
    CANCELLED = "cancelled"  # the order was cancelled
    ABANDONED = "abandoned"  # the order is known to be cancelled, at a time that nobody recorded
    EXCEPTION = "exception"  # something went wrong at the node; the order stays
    STATUS = "status"  # what a system says of the order; moves nothing
    FACTS = "facts"  # only the order's own facts
    VOID = "void"  # withdraws the event that it corrects


@dataclass(frozen=True, slots=True)
class Facts:
    """What an event tells of the order itself; ``None`` and absent dimensions leave what was known."""

    outer_order_id: str | None = None
    created_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One report. ``(order_id, event_id)`` identifies it; all instants are aware.

    ``node`` is needed by ``entered``, ``left``, ``finished`` and ``exception``. ``corrects`` names an earlier
    event of the order whose place this one takes (with ``void``: which is withdrawn).
    """

    order_id: str
    event_id: str
    kind: Kind
    at: datetime
    node: str | None = None
    operator: str | None = None
    source: str | None = None
    exception: str | None = None
    document: str | None = None
    status: str | None = None
    corrects: str | None = None
    facts: Facts | None = None


OWN = "lifeline"
"""The source of what people do here. It is no outside system: nobody waits to hear it, and it feeds no node."""

OWN_IDS = f"{OWN}:"
"""How the ids of these events begin. No outside system may tell, correct or withdraw one: it would speak for others."""


def is_own_source(source: str) -> bool:
    """Whether a source that an outside system names is ours, however it is written."""
    return source.strip().casefold() == OWN


NODE_KINDS = frozenset({Kind.ENTERED, Kind.LEFT, Kind.FINISHED, Kind.EXCEPTION})
