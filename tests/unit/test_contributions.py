"""What the rollups are told when an order changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dashboard.contributions import Change, changes, dwell_us
from dashboard.events import Facts
from dashboard.visits import Exit, OrderState, Visit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTS = Facts(amount=Decimal("12.50"), dimensions={"warehouse": "HZ1"})
OPEN = Visit("pick", 1, NOON, None, NOON + timedelta(hours=2), None)
DONE = replace(OPEN, left_at=NOON + timedelta(minutes=3), exit=Exit.NEXT, dwell_seconds=180.0)


def signs(found: list[Change]) -> list[tuple[int, str, Exit | None]]:
    """Sign, node and exit of each visit that changes."""
    return [(change.sign, visit.node, visit.exit) for change in found for visit in change.visits]


def test_the_same_state_changes_nothing():
    """No rows for the fold."""
    state = OrderState(FACTS, visits=(OPEN,))
    assert changes(state, state) == []


def test_leaving_takes_the_open_visit_back_and_adds_the_closed_one():
    """The visit that did not change is not mentioned."""
    before = OrderState(FACTS, visits=(DONE, replace(OPEN, node="pack")))
    after = OrderState(FACTS, visits=(DONE, replace(DONE, node="pack"), replace(OPEN, node="dispatch")))
    assert signs(changes(before, after)) == [(-1, "pack", None), (1, "pack", Exit.NEXT), (1, "dispatch", None)]


def test_a_moved_order_moves_all_its_visits():
    """Another warehouse: every visit leaves the old slices and joins the new ones."""
    before = OrderState(FACTS, visits=(DONE,))
    after = OrderState(replace(FACTS, dimensions={"warehouse": "SZ2"}), visits=(DONE,))
    taken, added = changes(before, after)
    assert (taken.sign, taken.slices) == (-1, ("all", "warehouse=HZ1"))
    assert (added.sign, added.slices) == (1, ("all", "warehouse=SZ2"))


def test_who_dealt_with_a_visit_is_not_counted():
    """Another operator, document or note changes no number: nothing to take back, nothing to add."""
    before, after = (OrderState(FACTS, visits=(replace(DONE, operator=name),)) for name in ("Li", "Wang"))
    assert changes(before, after) == []


def test_another_amount_counts_every_visit_anew():
    """The money of what is overdue follows the order's amount, so each visit is taken back with the old one."""
    before = OrderState(FACTS, visits=(DONE, replace(OPEN, node="pack")))
    after = replace(before, facts=replace(FACTS, amount=Decimal(9)))
    assert [(change.sign, change.amount, len(change.visits)) for change in changes(before, after)] == [
        (-1, Decimal("12.50"), 2),
        (1, Decimal(9), 2),
    ]


def test_money_and_dwell_are_exact():
    """Decimal money; dwell in whole microseconds: 0.1 + 0.2 s does not drift."""
    visit = replace(DONE, dwell_seconds=0.1 + 0.2)
    assert changes(OrderState(), OrderState(FACTS, visits=(visit,)))[0].amount == Decimal("12.50")
    assert (dwell_us(visit), dwell_us(OPEN)) == (300_000, None)
    assert changes(OrderState(), OrderState(Facts(), visits=(OPEN,)))[0].amount == 0
