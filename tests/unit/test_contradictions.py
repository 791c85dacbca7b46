"""Where a system's word and an order's visits do not fit."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.contradictions import contradictions
from dashboard.lifeline import Lifeline, Node, StatusKind
from dashboard.order_detail import Contradiction
from dashboard.visits import Exit, OrderState, SystemStatus, Visit

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
NODES = ("pay", "pick", "pack", "ship")
LIFELINE = Lifeline(
    name="four",
    time_zone="UTC",
    currency="CNY",
    nodes=tuple(Node(key, place, {"en": key}, "team", timedelta(hours=1)) for place, key in enumerate(NODES)),
    statuses={
        "packed": StatusKind("packed", {}, reached="pack"),
        "unpaid": StatusKind("unpaid", {}, before="pay"),
        "unknown_parcel": StatusKind("unknown_parcel", {}, before="ship"),
        "fine": StatusKind("fine", {}),
    },
)


def visit(node, way_out=Exit.NEXT, number=1):
    """One stay of an hour, or one that is not over."""
    return Visit(node, number, T, T + timedelta(hours=1) if way_out else None, T + timedelta(hours=1), way_out)


def found(status, *visits):
    """What is wrong with an order of which the system ``wms`` said this."""
    state = OrderState(visits=visits, statuses=(SystemStatus("wms", status, T),))
    return contradictions(state, LIFELINE)


CLAIM = (Contradiction("wms", "packed", "pack", claims=True),)
DENIAL = (Contradiction("wms", "unpaid", "pay", claims=False),)


@pytest.mark.parametrize(
    ("status", "visits", "expected"),
    [
        ("packed", [visit("pay"), visit("pick"), visit("pack", None)], CLAIM),
        ("packed", [visit("pay"), visit("pick", None)], CLAIM),
        ("packed", [visit("pay"), visit("pack", Exit.CANCELLED)], CLAIM),
        ("packed", [], CLAIM),
        ("packed", [visit("pay"), visit("pack"), visit("ship", None)], ()),
        ("unpaid", [visit("pay"), visit("pick", None)], DENIAL),
        ("unpaid", [visit("pay", None)], ()),
        ("unpaid", [visit("pay", Exit.CANCELLED)], ()),
        ("unpaid", [], ()),
        ("fine", [visit("pay")], ()),
        ("never heard of", [visit("pay")], ()),
    ],
)
def test_a_word_contradicts_when_it_claims_what_is_not_or_denies_what_is(status, visits, expected):
    """``reached`` a node that was not left, ``before`` a node that was; nothing else."""
    assert found(status, *visits) == expected


def test_a_skipped_node_counts_as_left_once_a_later_one_is():
    """The order went from picking to shipping: "packed" is no false claim, "unpaid" is a false denial."""
    assert found("packed", visit("pick"), visit("ship")) == ()
    assert found("unpaid", visit("pick"), visit("ship")) == DENIAL


def test_a_node_that_the_order_went_back_to_may_be_claimed_and_denied():
    """Packed, sent back, being packed again: both words were or are true."""
    stays = [visit("pack"), visit("ship", Exit.RETURNED), visit("pack", None, number=2)]
    assert found("packed", *stays) == ()
    back = [visit("pay"), visit("pack", Exit.RETURNED), visit("pay", None, number=2)]
    assert found("unpaid", *back) == ()


def test_every_system_is_asked():
    """Each system's last word is judged on its own, in the order of the systems."""
    state = OrderState(
        visits=(visit("pay"),), statuses=(SystemStatus("erp", "unpaid", T), SystemStatus("wms", "packed", T))
    )
    assert contradictions(state, LIFELINE) == (
        Contradiction("erp", "unpaid", "pay", claims=False),
        Contradiction("wms", "packed", "pack", claims=True),
    )
