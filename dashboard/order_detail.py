"""What the pages show of single orders: a row in a node's list, and one order whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboard.events import Event
from dashboard.visits import Exit, OrderState


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One visit in a node's list. ``elapsed_seconds``: dwell, or age at the asked instant, on the node's clock.

    ``overdue_seconds`` is wall time past ``due_at``, ``None`` where the visit is not late.
    """

    order_id: str
    outer_order_id: str | None
    dimensions: Mapping[str, str]
    amount: Decimal | None
    currency: str | None
    visit: int
    entered_at: datetime
    left_at: datetime | None
    due_at: datetime
    exit: Exit | None
    elapsed_seconds: float | None
    overdue_seconds: float | None
    exception: str | None
    operator: str | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A block of a node's list. ``total`` counts all that match; ``cursor`` asks for the next block."""

    rows: tuple[OrderRow, ...]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A system's word that does not fit the order's visits: it claims (``reached``) or denies (``before``) a node."""

    system: str
    status: str
    node: str
    claims: bool


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order: its state, the events behind it, and what does not fit."""

    order_id: str
    state: OrderState
    events: tuple[Event, ...]
    contradictions: tuple[Contradiction, ...]
