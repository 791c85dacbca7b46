"""Each action's plan, worked out by hand: what it changes, what it tells the outside, and when it does not apply."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dashboard.acting import (
    Ask,
    FundFlow,
    HoldChange,
    MarkChange,
    Message,
    OrderSubject,
    Refusal,
    RowSubject,
    StockHold,
)
from dashboard.actions import CATALOGUE, kind_of, may_act
from dashboard.actions.effects import inverse_of, undoing
from dashboard.events import Facts, Kind
from dashboard.permissions import Caller, CallerKind, Permission, Role
from dashboard.visits import Exit, OrderState
from layouts.texts import Texts
from tests.builders import hours, minutes, visit

MILK, TEA = StockHold("MILK", 2, "locked"), StockHold("TEA", 1, "shipped")
REFUND = FundFlow("f2", "refund", Decimal("-100.00"), "CNY")


def order(node: str | None = "pick", *holds: StockHold, flows=(), marks=None, cancelled_at=None) -> OrderSubject:
    """An order that has waited at the node since a minute after noon; ``None``: one that is over."""
    stays = [visit("place", left_at=minutes(1))]
    if node:
        stays.append(visit(node, minutes(1), exit=Exit.CANCELLED if cancelled_at else None))
    facts = Facts(dimensions={"warehouse": "HZ1", "carrier": "zto"})
    return OrderSubject("A", 7, OrderState(facts, cancelled_at, tuple(stays)), marks or {}, holds, flows)


def ask(**params: str) -> Ask:
    """Li asks, an hour after noon."""
    return Ask(params, "li", hours(1), "u1")


def plan(key: str, subject, **params: str):
    """What the action would change."""
    return kind_of(key).plan(subject, ask(**params))


def refusal(key: str, subject, **params: str) -> tuple[str, dict[str, str]]:
    """Why the action does not apply."""
    with pytest.raises(Refusal) as caught:
        plan(key, subject, **params)
    return caught.value.text, dict(caught.value.values)


def test_retry_dispatch_makes_a_pick_list_of_what_is_locked():
    """Number and lines go to the warehouse's system; shipped stock is not picked again."""
    change = plan("retry_dispatch", order("pick", MILK, TEA))
    told = {"order_id": "A", "number": "PL-u1", "warehouse": "HZ1", "lines": [{"sku": "MILK", "quantity": 2}]}
    assert change.messages == (Message("wms", "pick_list.created", told),)
    assert change.marks == (MarkChange("pick_list", "", {"number": "PL-u1", "by": "li"}),)
    assert (change.events, change.holds) == ((), ())
    assert inverse_of(order("pick", MILK, TEA), change)["messages"] == [["wms", "pick_list.cancelled", told]]


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (order("pickup"), ("elsewhere", {"node": "pickup"})),
        (order("pay"), ("elsewhere", {"node": "pay"})),
        (order("pick", cancelled_at=minutes(5)), ("cancelled", {})),
        (order(None), ("over", {})),
        (order("pick", marks={("hold", ""): {"by": "wang"}}), ("on_hold", {"by": "wang"})),
        (order("pick", marks={("pick_list", ""): {"number": "PL-u0"}}), ("pick_list", {"number": "PL-u0"})),
    ],
)
def test_retry_dispatch_needs_an_order_that_waits_to_ship(subject: OrderSubject, why):
    """Elsewhere, over, held, or with a pick list already: refused, and said why."""
    assert refusal("retry_dispatch", subject) == why


def test_a_label_comes_from_another_provider():
    """The carrier is asked for a new label; the same provider twice is refused."""
    change = plan("switch_label_provider", order("pickup"), provider="backup")
    assert change.marks == (MarkChange("label_provider", "", {"provider": "backup", "by": "li"}),)
    assert [(one.target, one.kind, one.body["provider"]) for one in change.messages] == [
        ("carrier", "label.requested", "backup")
    ]
    again = order("pickup", marks={("label_provider", ""): {"provider": "backup"}})
    assert refusal("switch_label_provider", again, provider="backup") == ("provider", {"provider": "backup"})


def test_passing_review_leaves_it_with_the_invoice():
    """One event of our own, now, with the invoice as its document."""
    (event,) = plan("pass_review", order("review"), invoice_title="Acme", tax_number="91").events
    assert (event.kind, event.node, event.at, event.operator) == (Kind.LEFT, "review", hours(1), "li")
    assert (event.source, event.document) == ("lifeline", "Acme 91")
    assert refusal("pass_review", order("pick"), invoice_title="Acme", tax_number="91")[0] == "elsewhere"


def test_an_order_ahead_of_the_clock_leaves_when_it_came():
    """No stay ends before it began, though a source's clock be wrong."""
    early = replace(order("sign"), state=OrderState(visits=(visit("sign", hours(2)),)))
    (event,) = plan("confirm_delivery", early).events
    assert event.at == hours(2)


def test_delivery_is_confirmed_or_rejected():
    """Confirmed: it leaves the node. Rejected: a mark, and the carrier is told why."""
    (event,) = plan("confirm_delivery", order("sign")).events
    assert (event.kind, event.node) == (Kind.LEFT, "sign")
    change = plan("reject_delivery", order("sign"), why="not at home")
    assert change.events == ()
    assert change.messages[0].kind == "delivery.rejected"
    assert change.marks[0].value["state"] == "rejected"
    rejected = order("sign", marks={("delivery", ""): {"state": "rejected"}})
    assert refusal("reject_delivery", rejected, why="again")[0] == "rejected"


def test_a_hold_is_set_once_and_lifted_once():
    """Hold and release answer each other."""
    (mark,) = plan("hold", order("pick")).marks
    assert (mark.kind, mark.key, mark.value["by"]) == ("hold", "", "li")
    held = order("pick", marks={("hold", ""): {"by": "li"}})
    assert refusal("hold", held)[0] == "held"
    assert plan("release_hold", held).marks == (MarkChange("hold", "", None),)
    assert refusal("release_hold", order("pick"))[0] == "not_held"
    assert refusal("hold", order(None))[0] == "over"


@pytest.mark.parametrize("key", ["retry_dispatch", "switch_label_provider", "pass_review", "confirm_delivery"])
def test_a_held_order_does_not_move(key: str):
    """Whatever would move it is refused; a note, a ticket, an assignment and a cancellation are not."""
    node = {"switch_label_provider": "pickup", "pass_review": "review", "confirm_delivery": "sign"}.get(key, "pick")
    params = {"provider": "backup", "invoice_title": "a", "tax_number": "b"}
    held = order(node, marks={("hold", ""): {"by": "li"}})
    assert refusal(key, held, **params) == ("on_hold", {"by": "li"})
    for free in ("note", "assign", "open_ticket", "release_hold"):
        assert plan(free, held, text="x", to="wang", title="y").marks
    assert plan("cancel_order", order("pick", marks={("hold", ""): {"by": "li"}})).events


def test_notes_pile_up_and_an_assignment_is_one():
    """Each note has a key of its own; assigning to the same person again is refused."""
    assert plan("note", order(), text="rang").marks[0].key == "u1"
    assert plan("assign", order(), to="wang").marks[0].value["to"] == "wang"
    assert refusal("assign", order(marks={("assignee", ""): {"to": "wang"}}), to="wang") == ("assigned", {"to": "wang"})


def test_a_ticket_is_opened_and_closed():
    """One open ticket at a time; closing keeps what it was about."""
    (mark,) = plan("open_ticket", order(), title="where?").marks
    assert (mark.key, mark.value["state"]) == ("T-u1", "open")
    opened = order(marks={("ticket", "T-u1"): dict(mark.value)})
    assert refusal("open_ticket", opened, title="again") == ("ticket_open", {"number": "T-u1"})
    (closed,) = plan("close_ticket", opened).marks
    assert (closed.key, closed.value["state"], closed.value["title"]) == ("T-u1", "closed", "where?")
    assert refusal("close_ticket", order())[0] == "no_ticket"


def test_a_settlement_is_frozen_once():
    """And unfrozen once."""
    assert plan("freeze_settlement", order()).marks[0].value["state"] == "frozen"
    frozen = order(marks={("settlement", ""): {"state": "frozen"}})
    assert refusal("freeze_settlement", frozen)[0] == "frozen"
    assert plan("unfreeze_settlement", frozen).marks == (MarkChange("settlement", "", None),)
    assert refusal("unfreeze_settlement", order())[0] == "not_frozen"


@pytest.mark.parametrize(
    "subject", [order("pick", MILK, TEA, flows=(REFUND,)), order("pick", MILK, TEA, cancelled_at=minutes(9))]
)
def test_refunded_stock_is_released(subject: OrderSubject):
    """What is locked for a refunded or a cancelled order goes back; what has shipped does not."""
    assert plan("release_stock", subject).holds == (HoldChange("MILK", "released"),)


def test_stock_of_a_living_order_is_not_released():
    """Nor twice, nor where there is none."""
    assert refusal("release_stock", order("pick", MILK))[0] == "not_refunded"
    gone = StockHold("MILK", 2, "released")
    assert refusal("release_stock", order("pick", gone, flows=(REFUND,)))[0] == "released"
    assert refusal("release_stock", order("pick", flows=(REFUND,)))[0] == "no_stock"


def test_cancelling_frees_the_stock_and_cannot_be_undone():
    """One event, the locked stock back, the warehouse told; not once it has shipped."""
    change = plan("cancel_order", order("pick", MILK, TEA), why="changed their mind")
    assert [event.kind for event in change.events] == [Kind.CANCELLED]
    assert change.holds == (HoldChange("MILK", "released"),)
    assert [(one.target, one.kind) for one in change.messages] == [("wms", "order.cancelled")]
    assert not kind_of("cancel_order").undoable
    assert refusal("cancel_order", order("transit")) == ("shipped", {"node": "transit"})
    assert refusal("cancel_order", order("pick", cancelled_at=minutes(9)))[0] == "cancelled"


@pytest.mark.parametrize(
    ("key", "column", "before", "after", "again"),
    [
        ("suspend_intake", "intake", "open", "suspended", "suspended"),
        ("resume_intake", "intake", "suspended", "open", "not_suspended"),
        ("freeze_outlet", "frozen", False, True, "frozen"),
        ("unfreeze_outlet", "frozen", True, False, "not_frozen"),
    ],
)
def test_rows_of_stock_and_outlets(key, column, before, after, again):
    """One column changes; doing it twice is refused; the inverse is what stood there."""
    subject = RowSubject("X", 1, {column: before})
    change = plan(key, subject)
    assert change.row == {column: after}
    assert refusal(key, RowSubject("X", 2, {column: after}))[0] == again
    assert undoing(subject, inverse_of(subject, change), "u2", "wang", hours(2)).row == {column: before}


def test_undoing_withdraws_events_and_restores_the_rest():
    """The opposite of a cancellation, were it undoable: a void of its event, the stock locked again."""
    before = order("pick", MILK)
    back = undoing(before, inverse_of(before, plan("cancel_order", before)), "u2", "wang", hours(2))
    assert [(event.kind, event.corrects, event.operator) for event in back.events] == [
        (Kind.VOID, "lifeline:u1:cancelled", "wang")
    ]
    assert back.holds == (HoldChange("MILK", "locked"),)


def test_every_inverse_is_an_action_and_every_action_has_a_name():
    """No dead ends, and nothing without words in either language."""
    keys = {kind.key for kind in CATALOGUE}
    assert len(keys) == len(CATALOGUE) == 19
    assert {kind.inverse for kind in CATALOGUE} - {None} <= keys
    for texts in (Texts("en"), Texts("zh")):
        for kind in CATALOGUE:
            assert texts(f"acting.kind.{kind.key}")
            assert all(texts(f"acting.param.{one.key}") for one in kind.params)
            assert all(texts(f"acting.choice.{choice}") for one in kind.params for choice in one.choices)


@pytest.mark.parametrize(
    ("role", "team", "key", "allowed"),
    [
        (Role.ADMIN, None, "freeze_settlement", True),
        (Role.VIEWER, None, "note", False),
        (Role.FINANCE, None, "freeze_settlement", True),
        (Role.FINANCE, None, "retry_dispatch", False),
        (Role.OPERATOR, "warehouse", "retry_dispatch", True),
        (Role.OPERATOR, "finance", "retry_dispatch", False),
        (Role.OPERATOR, "finance", "pass_review", True),
        (Role.OPERATOR, "warehouse", "pass_review", False),
        (Role.OPERATOR, "warehouse", "hold", True),
        (Role.OPERATOR, None, "confirm_delivery", True),
    ],
)
def test_who_may(role: Role, team: str | None, key: str, allowed: bool):
    """By role, and an operator by team."""
    assert may_act(Caller("x", CallerKind.PERSON, role, team), kind_of(key)) is allowed


def test_kiosks_and_strangers_may_not_act():
    """A token may by its scope."""
    token = Caller("token:wms", CallerKind.TOKEN, scopes=frozenset({Permission.ACT}))
    assert may_act(token, kind_of("note"))
    assert not may_act(replace(token, scopes=frozenset({Permission.READ})), kind_of("note"))
    assert not may_act(Caller("kiosk:hall", CallerKind.KIOSK), kind_of("note"))
    assert not may_act(None, kind_of("note"))
