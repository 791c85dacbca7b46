"""What the rollups are told when an order changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dashboard.contributions import Change, changes
from dashboard.events import Facts
from dashboard.visits import Exit, OrderState, Visit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTS = Facts(amount=Decimal("12.50"), dimensions={"warehouse": "HZ1"})
OPEN = Visit("pick", 1, NOON, None, NOON + timedelta(hours=2), None)
DONE = replace(OPEN, left_at=NOON + timedelta(minutes=3), exit=Exit.NEXT, dwell_seconds=180.0)


def signs(found: list[Change]) -> list[tuple[int, str, Exit | None]]:
    """Sign, node and exit of each change."""
    return [(change.sign, change.contribution.node, change.contribution.exit) for change in found]


def test_the_same_state_changes_nothing():
    """No rows for the fold."""
    state = OrderState(FACTS, visits=(OPEN,))
    assert changes(state, state) == []


def test_leaving_takes_the_open_visit_back_and_adds_the_closed_one():
    """One row each; the visit that did not change is not mentioned."""
    before = OrderState(FACTS, visits=(DONE, replace(OPEN, node="pack")))
    after = OrderState(FACTS, visits=(DONE, replace(DONE, node="pack"), replace(OPEN, node="dispatch")))
    assert signs(changes(before, after)) == [(-1, "pack", None), (1, "pack", Exit.NEXT), (1, "dispatch", None)]


def test_a_moved_order_moves_all_its_visits():
    """Another warehouse: every visit leaves the old slices and joins the new ones."""
    before = OrderState(FACTS, visits=(DONE,))
    after = OrderState(replace(FACTS, dimensions={"warehouse": "SZ2"}), visits=(DONE,))
    taken, added = changes(before, after)
    assert (taken.sign, taken.contribution.slices) == (-1, ("all", "warehouse=HZ1"))
    assert (added.sign, added.contribution.slices) == (1, ("all", "warehouse=SZ2"))


def test_money_and_dwell_are_exact():
    """Decimal money; dwell in whole microseconds: 0.1 + 0.2 s does not drift."""
    visit = replace(DONE, dwell_seconds=0.1 + 0.2)
    change = changes(OrderState(), OrderState(FACTS, visits=(visit,)))[0].contribution
    assert (change.amount, change.dwell_us) == (Decimal("12.50"), 300_000)
    assert changes(OrderState(), OrderState(Facts(), visits=(OPEN,)))[0].contribution.amount == 0
