"""What one visit adds to the numbers of its node, in every slice that its order belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboard.slices import slice_keys
from dashboard.visits import Exit, OrderState, Visit


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that the rollups need of a visit. ``dwell_us`` are whole microseconds, so that sums stay exact."""

    node: str
    slices: tuple[str, ...]
    entered_at: datetime
    left_at: datetime | None
    due_at: datetime
    exit: Exit | None
    dwell_us: int | None
    measured: bool
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """A contribution that is added (``sign`` +1) or taken back (-1)."""

    sign: int
    contribution: Contribution


def changes(before: OrderState, after: OrderState) -> list[Change]:
    """What must be taken back and what must be added for the rollups to follow an order from one state to another."""
    old, new = dict(_contributions(before)), dict(_contributions(after))
    taken = [Change(-1, old[key]) for key in old if new.get(key) != old[key]]
    added = [Change(+1, new[key]) for key in new if old.get(key) != new[key]]
    return taken + added


def contribution(visit: Visit, state: OrderState) -> Contribution:
    """What ``visit`` adds while its order is in ``state``."""
    return _contribution(visit, tuple(slice_keys(state.facts.dimensions)), state.facts.amount or Decimal(0))


def _contributions(state: OrderState) -> Iterator[tuple[tuple[str, int], Contribution]]:
    slices = tuple(slice_keys(state.facts.dimensions))
    amount = state.facts.amount or Decimal(0)
    for visit in state.visits:
        yield (visit.node, visit.number), _contribution(visit, slices, amount)


def _contribution(visit: Visit, slices: tuple[str, ...], amount: Decimal) -> Contribution:
    dwell = None if visit.dwell_seconds is None else round(visit.dwell_seconds * 1e6)
    return Contribution(
        visit.node, slices, visit.entered_at, visit.left_at, visit.due_at, visit.exit, dwell, visit.measured, amount
    )
