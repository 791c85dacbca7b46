"""An order as a pure function of the set of its events: its facts, its visits, and what each system last said of it.

The order in which events arrive does not matter, nor does hearing one twice: only the set counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dashboard.corrections import effective
from dashboard.events import NODE_KINDS, Event, Facts, Kind
from dashboard.lifeline import Lifeline, Node
from dashboard.outer_ids import OUTER_ID_MISSING, made_up_outer_id

OUT_OF_ORDER = "out_of_order"
MISSING_TIME = "missing_time"
CANCELLED_UNDATED = "cancelled_undated"


class Exit(StrEnum):
    """How a visit ended. Only ``next`` is a completion; the others are censored."""

    NEXT = "next"
    CANCELLED = "cancelled"
    RETURNED = "returned"  # sent back for rework before the node was done


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of one order at one node; ``number`` counts the order's stays there from 1.

    In progress while ``exit`` is ``None``. A visit that ended at an unknown time has an ``exit`` and no ``left_at``.
    ``dwell_seconds`` run on the node's calendar. ``measured`` is false where the time stamps contradict each other
    or one is missing: such a visit is shown and counted, and kept out of every duration.
    """

    node: str
    number: int
    entered_at: datetime
    left_at: datetime | None
    due_at: datetime
    exit: Exit | None
    dwell_seconds: float | None = None
    exception: str | None = None
    measured: bool = True
    operator: str | None = None
    source: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """What one system last said of the order."""

    system: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything that the events of one order say."""

    facts: Facts = field(default_factory=Facts)
    cancelled_at: datetime | None = None
    visits: tuple[Visit, ...] = ()
    statuses: tuple[SystemStatus, ...] = ()


@dataclass(slots=True)
class _Round:
    """One pass along the lifeline; rework begins the next."""

    began: datetime | None
    entered: dict[str, Event] = field(default_factory=dict)
    left: dict[str, Event] = field(default_factory=dict)
    finished: dict[str, Event] = field(default_factory=dict)
    troubled: dict[str, Event] = field(default_factory=dict)
    furthest: int = -1
    last_left: datetime | None = None

    def done(self, node: str) -> bool:
        return node in self.left or node in self.finished

    def begins_rework(self, event: Event, node: Node) -> bool:
        if event.kind is Kind.LEFT:
            return node.key in self.left
        return event.kind is Kind.ENTERED and (self.done(node.key) or node.position < self.furthest)

    def add(self, event: Event, node: Node) -> None:
        if event.exception:
            self.troubled[node.key] = event
        if event.kind is Kind.EXCEPTION:
            return
        if event.kind is Kind.ENTERED:
            self.entered.setdefault(node.key, event)
            return
        (self.left if event.kind is Kind.LEFT else self.finished).setdefault(node.key, event)
        self.furthest = max(self.furthest, node.position)
        if event.kind is Kind.LEFT:
            self.last_left = event.at


def derive(events: Iterable[Event], lifeline: Lifeline) -> OrderState:
    """The state of the order whose events these are.

    Events at nodes that the lifeline does not have are left aside (they stay in the store).
    """
    told = effective(events)
    facts = _facts(told)
    cancellation = next((event for event in told if event.kind in (Kind.CANCELLED, Kind.ABANDONED)), None)
    stays = _Stays(lifeline)
    rounds = _rounds(told, facts.created_at, lifeline)
    for number, this in enumerate(rounds):
        following = rounds[number + 1] if number + 1 < len(rounds) else None
        stays.walk(this, following, cancellation)
    dated = cancellation.at if cancellation and cancellation.kind is Kind.CANCELLED else None
    state = OrderState(facts, dated, tuple(stays.visits), _statuses(told))
    return _named(state, told[0].at, lifeline) if facts.outer_order_id == "" else state


def _named(state: OrderState, at: datetime, lifeline: Lifeline) -> OrderState:
    """The state of an order that came with an empty outer id: it gets one, and its first visit is marked."""
    facts = replace(state.facts, outer_order_id=made_up_outer_id(state.facts, at, lifeline))
    first, *others = state.visits or (None,)
    marked = () if first is None else (replace(first, exception=first.exception or OUTER_ID_MISSING), *others)
    return replace(state, facts=facts, visits=marked)


def _rounds(events: Sequence[Event], created_at: datetime | None, lifeline: Lifeline) -> list[_Round]:
    rounds = [_Round(created_at)]
    for event in events:
        if event.kind not in NODE_KINDS or event.node not in lifeline:
            continue
        node = lifeline.node(event.node or "")
        this = rounds[-1]
        if this.begins_rework(event, node):
            this = _Round(event.at if event.kind is Kind.ENTERED else this.last_left)
            rounds.append(this)
        this.add(event, node)
    return rounds


class _Stays:
    """Collects the visits of one order, round after round."""

    def __init__(self, lifeline: Lifeline) -> None:
        self.lifeline = lifeline
        self.visits: list[Visit] = []
        self._numbers: dict[str, int] = {}

    def walk(self, this: _Round, following: _Round | None, cancellation: Event | None) -> None:
        """Add the visits of one round; the last may still be open, sent back for rework, or cancelled."""
        arrived = this.began
        touched = [node for node in self.lifeline if this.done(node.key) or node.key in this.entered]
        for node in touched:
            stamp = this.left.get(node.key)
            explicit = this.entered.get(node.key)
            entered_at = explicit.at if explicit else arrived or (stamp or this.finished[node.key]).at
            if stamp:
                self._add(node, entered_at, stamp.at, Exit.NEXT, this)
            elif node.key in this.finished or node is not touched[-1]:
                self._add(node, entered_at, None, Exit.NEXT, this, MISSING_TIME)
            else:
                self._wait(node, entered_at, this, following, cancellation, implied=False)
                return
            arrived = stamp.at if stamp else entered_at
        waiting = self.lifeline.next_after(touched[-1].position) if touched else self.lifeline.next_after(-1)
        if waiting and arrived:
            self._wait(waiting, arrived, this, following, cancellation, implied=True)

    def _wait(
        self,
        node: Node,
        at: datetime,
        this: _Round,
        following: _Round | None,
        cancelled: Event | None,
        *,
        implied: bool,
    ) -> None:
        if following:
            returned_at = following.began or at
            if not implied or returned_at > at:
                self._add(node, at, returned_at, Exit.RETURNED, this)
        elif cancelled:
            dated = cancelled.kind is Kind.CANCELLED
            if cancelled.exception:
                this.troubled.setdefault(node.key, cancelled)
            left_at = cancelled.at if dated else None
            self._add(node, at, left_at, Exit.CANCELLED, this, None if dated else CANCELLED_UNDATED)
        else:
            self._add(node, at, None, None, this)

    def _add(
        self,
        node: Node,
        entered_at: datetime,
        left_at: datetime | None,
        way_out: Exit | None,
        this: _Round,
        mark: str | None = None,
    ) -> None:
        calendar = self.lifeline.calendar(node)
        if left_at and left_at < entered_at:
            mark = OUT_OF_ORDER
        trouble = this.troubled.get(node.key)
        teller = this.left.get(node.key) or trouble or this.entered.get(node.key)
        number = self._numbers[node.key] = self._numbers.get(node.key, 0) + 1
        self.visits.append(
            Visit(
                node.key,
                number,
                entered_at,
                left_at,
                calendar.after(entered_at, node.allowance.total_seconds()),
                way_out,
                calendar.between(entered_at, left_at) if left_at and mark is None else None,
                mark or (trouble.exception if trouble else None),
                mark is None,
                teller.operator if teller else None,
                teller.source if teller else None,
                teller.document if teller else None,
            )
        )


def _facts(events: Sequence[Event]) -> Facts:
    known = Facts()
    dimensions: dict[str, str] = {}
    for told in (event.facts for event in events if event.facts):
        dimensions.update(told.dimensions)
        known = Facts(
            known.outer_order_id if told.outer_order_id is None else told.outer_order_id or known.outer_order_id or "",
            told.created_at or known.created_at,
            known.amount if told.amount is None else told.amount,
            told.currency or known.currency,
        )
    return Facts(known.outer_order_id, known.created_at, known.amount, known.currency, dimensions)


def _statuses(events: Sequence[Event]) -> tuple[SystemStatus, ...]:
    latest = {
        event.source: SystemStatus(event.source, event.status, event.at)
        for event in events
        if event.source and event.status
    }
    return tuple(latest[system] for system in sorted(latest))
