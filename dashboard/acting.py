"""The words of acting: what an action looks at, what it changes, and what comes of it. All of it is pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dashboard.events import Event
from dashboard.permissions import Role
from dashboard.visits import OrderState, Visit

Values = Mapping[str, Any]
"""What JSON can say: texts, whole numbers, booleans, ``None``, lists and such mappings; money and instants as texts."""


class Outcome(StrEnum):
    """What came of an action for one subject."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"  # its condition does not hold (any more); nothing was changed
    FAILED = "failed"  # something broke; nothing was changed
    CANCELLED = "cancelled"  # the action was stopped before its turn


class ActionStatus(StrEnum):
    """How far an action is."""

    RUNNING = "running"
    DONE = "done"  # every subject
    PARTIAL = "partial"  # some subjects
    FAILED = "failed"  # none
    CANCELLED = "cancelled"  # stopped; what was done until then stays


@dataclass(frozen=True, slots=True)
class StockHold:
    """Stock locked for an order. ``state``: ``locked``, ``shipped`` or ``released``."""

    sku: str
    quantity: int
    state: str


@dataclass(frozen=True, slots=True)
class FundFlow:
    """One movement of money of an order; what the shop receives is positive."""

    flow_id: str
    fee_type: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class OrderSubject:
    """One order as an action sees it, under its lock. ``marks``: by kind and key, what people set on it.

    ``available``: of each SKU that is held for it, the pieces that may be sold; these are shared, and not locked.
    """

    order_id: str
    version: int
    state: OrderState
    marks: Mapping[tuple[str, str], Values] = field(default_factory=dict)
    holds: tuple[StockHold, ...] = ()
    flows: tuple[FundFlow, ...] = ()
    available: Mapping[str, int] = field(default_factory=dict)

    @property
    def here(self) -> Visit | None:
        """The stay in progress; ``None`` when the order is over or was placed nowhere."""
        return next((visit for visit in reversed(self.state.visits) if visit.exit is None), None)

    def mark(self, kind: str, key: str = "") -> Values | None:
        """What people set, ``None`` where nothing is set."""
        return self.marks.get((kind, key))


@dataclass(frozen=True, slots=True)
class RowSubject:
    """A SKU or a carrier's outlet as an action sees it: its columns by name."""

    key: str
    version: int
    row: Values


Subject = OrderSubject | RowSubject


@dataclass(frozen=True, slots=True)
class MarkChange:
    """A mark to set; ``value=None`` takes it away."""

    kind: str
    key: str
    value: Values | None


@dataclass(frozen=True, slots=True)
class HoldChange:
    """A stock hold that changes its state. Pieces that are no longer locked may be sold again, and the other way."""

    sku: str
    state: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something that an outside system is to be told. ``target``: ``wms``, ``carrier`` or ``chat``."""

    target: str
    kind: str
    body: Values


@dataclass(frozen=True, slots=True)
class Change:
    """What an action does to one subject. Undoing it does the opposite, last part first."""

    events: tuple[Event, ...] = ()
    marks: tuple[MarkChange, ...] = ()
    holds: tuple[HoldChange, ...] = ()
    row: Values = field(default_factory=dict)  # columns of a SKU or an outlet
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What an action is given: its parameters, who asks, when, and a word that is unique to action and subject."""

    params: Values
    actor: str
    at: datetime
    unique: str


class Refusal(Exception):  # noqa: N818 - it says what happened
    """The action does not apply. ``text``: a key under ``acting.refused``; ``values`` fill it."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing to fill in. ``kind``: ``text``, ``choice``, ``team``, ``person``; ``choices`` are keys of texts."""

    key: str
    kind: str
    required: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 500


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One action: who may, on what, with which parameters, what it does, and what undoes it.

    ``subject``: ``order``, ``sku`` or ``outlet``. ``roles`` and ``teams``: an operator needs to be of one of ``teams``
    (empty: of any); an admin always may. ``nodes``: where its button stands first, keys of nodes. ``undoable``: false
    for what cannot be taken back; the page says so before the click. ``inverse``: the kind that does the opposite, for
    whoever looks for it by name. ``plan`` raises ``Refusal`` where it does not apply.
    """

    key: str
    subject: str
    roles: frozenset[Role]
    plan: Callable[[Any, Ask], Change]
    teams: frozenset[str] = frozenset()
    params: tuple[Parameter, ...] = ()
    nodes: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    undoable: bool = True
    inverse: str | None = None
    tells: tuple[str, ...] = ()
