"""What an order's visits add to the numbers of their nodes, in every slice that the order belongs to."""

from dataclasses import dataclass
from decimal import Decimal

from dashboard.slices import slice_keys
from dashboard.visits import OrderState, Visit

Key = tuple[str, int]
"""Node and number of a visit."""


@dataclass(frozen=True, slots=True)
class Change:
    """Visits of one order that the rollups are to add (``sign`` +1) or to take back (-1).

    They count in ``slices``, and each with the whole ``amount`` of the order: both as the order said when they were
    counted, so that one that moves is taken back from where it was.
    """

    sign: int
    slices: tuple[str, ...]
    amount: Decimal
    visits: tuple[Visit, ...]


def changes(before: OrderState, after: OrderState) -> list[Change]:
    """What must be taken back, and then added, for the rollups to follow an order from one state to another."""
    old, new = _counted(before), _counted(after)
    moved = (old.slices, old.amount) != (new.slices, new.amount)
    if not moved and before.visits and after.visits:
        told, kept = _by_key(old), _by_key(new)
        old = _only(old, {key for key, visit in told.items() if key not in kept or _differ(visit, kept[key])})
        new = _only(new, {key for key, visit in kept.items() if key not in told or _differ(visit, told[key])})
    return [Change(sign, it.slices, it.amount, it.visits) for sign, it in ((-1, old), (+1, new)) if it.visits]


def dwell_us(visit: Visit) -> int | None:
    """The visit's dwell in whole microseconds, so that sums stay exact."""
    return None if visit.dwell_seconds is None else round(visit.dwell_seconds * 1e6)


def _counted(state: OrderState) -> Change:
    """All visits of the order, added."""
    facts = state.facts
    return Change(+1, tuple(slice_keys(facts.dimensions)), facts.amount or Decimal(0), state.visits)


def _by_key(change: Change) -> dict[Key, Visit]:
    return {(visit.node, visit.number): visit for visit in change.visits}


def _only(change: Change, keys: set[Key]) -> Change:
    kept = tuple(visit for visit in change.visits if (visit.node, visit.number) in keys)
    return Change(change.sign, change.slices, change.amount, kept)


def _differ(one: Visit, other: Visit) -> bool:
    """Whether the rollups count them differently; who dealt with the order is none of their business."""
    return _counts(one) != _counts(other)


def _counts(visit: Visit) -> tuple[object, ...]:
    return visit.entered_at, visit.left_at, visit.due_at, visit.exit, dwell_us(visit), visit.measured
