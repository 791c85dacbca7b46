"""A node's list of orders: which rows, in which order, block by block."""

import base64
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.slices import Slice
from dashboard.visits import Exit
from dashboard.windows import HOUR
from datasource.node_orders import export_rows, node_orders
from datasource.order_fields import OrderQueryError
from tests.builders import cancelled, facts, left, minutes, trouble
from tests.contract.told_store import tell

NOW = minutes(0) + timedelta(seconds=20)


@pytest.fixture
def shop(store, lifeline):
    """Orders O1 to O6 at ``place`` (15 s) since -1 to -6 minutes, all but O4 late by now; L1 to L3 went on."""
    told = []
    for n in range(1, 7):
        at = minutes(-n) if n != 4 else NOW - timedelta(seconds=10)
        channel = {"channel": "jd" if n % 2 else "tmall", "warehouse": "HZ1"}
        told.append(facts(f"O{n}", at, created_at=at, amount=f"{n * 10}.50", outer=f"x{n % 3}", **channel))
    told.append(trouble("stock_short", "place", minutes(-2), "O3", operator="li"))
    for n in range(1, 4):
        told += [facts(f"L{n}", minutes(-30), created_at=minutes(-30)), left("place", minutes(-30 + n), f"L{n}")]
    told += [facts("C", minutes(-20), created_at=minutes(-20)), cancelled(minutes(-19), "C")]
    tell(store, lifeline, told, NOW)
    return store


def page(shop, lifeline, **asked):
    """A page of ``place``, in progress unless told otherwise."""
    with shop.begin() as connection:
        return node_orders(connection, lifeline, "place", **{"state": "in_progress", "at": NOW, **asked})


def ids(found):
    """The order ids of a page."""
    return [row.order_id for row in found.rows]


def test_the_most_overdue_come_first_unless_told_otherwise(shop, lifeline):
    """Six wait, five of them overdue; O4 came last and is not late."""
    found = page(shop, lifeline)
    assert (ids(found), found.total, found.cursor) == (["O6", "O5", "O3", "O2", "O1", "O4"], 6, None)
    late, fine = found.rows[0], found.rows[-1]
    assert (late.elapsed_seconds, late.overdue_seconds, late.amount) == (380, 365, Decimal("60.50"))
    assert (fine.elapsed_seconds, fine.overdue_seconds, fine.exit) == (10, None, None)
    assert ids(page(shop, lifeline, state="overdue")) == ["O6", "O5", "O3", "O2", "O1"]


def test_the_left_are_those_that_went_on_in_the_window(shop, lifeline):
    """Three went on half an hour ago, after one to three minutes; the cancelled one did not go on."""
    found = page(shop, lifeline, state="left")
    assert [(row.order_id, row.elapsed_seconds, row.overdue_seconds) for row in found.rows] == [
        ("L3", 180, 165),
        ("L2", 120, 105),
        ("L1", 60, 45),
    ]
    assert found.rows[0].exit is Exit.NEXT
    assert page(shop, lifeline, state="left", window=timedelta(minutes=28)).total == 2


def test_the_cancelled_have_a_list_of_their_own(shop, lifeline):
    """C was cancelled after a minute: 45 seconds late."""
    (row,) = page(shop, lifeline, state="cancelled").rows
    assert (row.order_id, row.exit, row.elapsed_seconds, row.overdue_seconds) == ("C", Exit.CANCELLED, 60, 45)


def test_the_past_is_listed_as_it_was_known(shop, lifeline):
    """At -28:30 L2 and L3 were still there, L1 had gone; at -3 O3's trouble was not known yet."""
    at = minutes(-28.5)
    found = page(shop, lifeline, at=at)
    assert ids(found) == ["L2", "L3"]
    assert {(row.left_at, row.exit) for row in found.rows} == {(None, None)}
    assert found.rows[0].elapsed_seconds == 90
    assert [row.exception for row in page(shop, lifeline, at=minutes(-3)).rows] == [None] * 3
    assert ids(page(shop, lifeline, at=at, state="left", window=HOUR)) == ["L1"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("amount", "123456"),
        ("-amount", "654321"),
        ("order_id", "123456"),
        ("-order_id", "654321"),
        ("elapsed", "412356"),
        ("-elapsed_seconds", "653214"),
        ("overdue", "412356"),
        ("entered", "653214"),
        ("-entered_at", "412356"),
        ("channel", "135246"),
        ("-channel", "642531"),
        ("outer_order_id", "361425"),
        ("exception", "124563"),
        ("operator", "124563"),
    ],
)
def test_every_column_sorts_both_ways_and_pages_without_gaps(shop, lifeline, sort, expected):
    """The whole list, and the same list by blocks of two: by cursor and by offset."""
    assert "".join(key[1] for key in ids(page(shop, lifeline, sort=sort))) == expected
    by_cursor, cursor = [], None
    for _ in range(3):
        block = page(shop, lifeline, sort=sort, limit=2, cursor=cursor)
        by_cursor += ids(block)
        cursor = block.cursor
    assert "".join(key[1] for key in by_cursor) == expected
    by_offset = [key for skip in (0, 2, 4) for key in ids(page(shop, lifeline, sort=sort, limit=2, offset=skip))]
    assert by_offset == by_cursor


@pytest.mark.parametrize(("node", "state"), [("pick", "in_progress"), ("review", "in_progress"), ("pick", "left")])
def test_nobody_goes_on_in_another_list_than_his_own(shop, lifeline, node, state):
    """A cursor of one node's list says nothing of another node's, nor one of the overdue of all that are there."""
    first = page(shop, lifeline, limit=2)
    with pytest.raises(OrderQueryError, match="does not belong to this list"), shop.begin() as connection:
        node_orders(connection, lifeline, node, at=NOW, state=state, cursor=first.cursor)


@pytest.mark.parametrize("sort", ["elapsed", "-elapsed", "overdue", "-amount", "left", "-outer_order_id", "region"])
def test_what_went_on_sorts_and_pages_too(shop, lifeline, sort):
    """Amounts, outer ids and dimensions that nobody told sort as well."""
    whole = ids(page(shop, lifeline, state="left", sort=sort))
    first = page(shop, lifeline, state="left", sort=sort, limit=2)
    assert ids(first) + ids(page(shop, lifeline, state="left", sort=sort, limit=2, cursor=first.cursor)) == whole
    assert sorted(whole) == ["L1", "L2", "L3"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": {"filterType": "text", "type": "contains", "filter": "o2"}}, "2"),
        ({"order_id": {"type": "notContains", "filter": "O2"}}, "13456"),
        ({"outer_order_id": {"type": "equals", "filter": "X1"}}, "14"),
        ({"outer_order_id": {"type": "notEqual", "filter": "x1"}}, "2356"),
        ({"channel": {"type": "startsWith", "filter": "J"}}, "135"),
        ({"channel": {"type": "endsWith", "filter": "mall"}}, "246"),
        ({"exception": {"type": "notBlank"}}, "3"),
        ({"exception": {"type": "blank"}}, "12456"),
        ({"carrier": {"type": "blank"}}, "123456"),
        ({"amount": {"filterType": "number", "type": "inRange", "filter": 20.5, "filterTo": 40.5}}, "234"),
        ({"amount": {"type": "greaterThan", "filter": 50.5}}, "6"),
        ({"elapsed": {"type": "greaterThanOrEqual", "filter": 320}}, "56"),
        ({"elapsed": {"type": "lessThan", "filter": 80}}, "4"),
        ({"overdue": {"type": "inRange", "filter": 100, "filterTo": 200}}, "23"),
        ({"channel": {"type": "equals", "filter": "jd"}, "amount": {"type": "lessThan", "filter": 40}}, "13"),
        (
            {
                "order_id": {
                    "operator": "OR",
                    "conditions": [{"type": "equals", "filter": "O1"}, {"type": "equals", "filter": "O6"}],
                }
            },
            "16",
        ),
        ({"order_id": {"type": "contains", "filter": "%"}}, ""),
        ({"order_id": {"type": "contains", "filter": "'; DROP TABLE orders; --"}}, ""),
    ],
)
def test_filters_of_the_grid_choose_rows(shop, lifeline, filters, expected):
    """Texts without regard to case, numbers and seconds by size, both joined; signs of SQL are only letters."""
    found = page(shop, lifeline, filters=filters)
    assert "".join(sorted(key[1] for key in ids(found))) == expected
    assert found.total == len(expected)


def test_a_slice_chooses_orders(shop, lifeline):
    """One dimension, or two at once."""
    assert page(shop, lifeline, slice=Slice.parse("channel=jd")).total == 3
    assert page(shop, lifeline, slice=Slice.parse("channel=jd,warehouse=HZ1")).total == 3
    assert page(shop, lifeline, slice=Slice.parse("channel=jd,warehouse=SZ2")).total == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "lost"},
        {"sort": "password"},
        {"sort": "amount; DROP TABLE orders"},
        {"cursor": "no cursor"},
        {"cursor": base64.urlsafe_b64encode(json.dumps(["-overdue", "yesterday", "O1", 1]).encode()).decode()},
        {"cursor": base64.urlsafe_b64encode(json.dumps(["-amount", "1", "O1", 1]).encode()).decode()},
        {"cursor": base64.urlsafe_b64encode(json.dumps(["-overdue", "2026-03-02", "O1", 1]).encode()).decode()},
        {"cursor": base64.urlsafe_b64encode(json.dumps({"a": 1}).encode()).decode()},
        {"filters": {"password": {"type": "equals", "filter": "x"}}},
        {"filters": {"order_id": {"type": "resembles", "filter": "x"}}},
        {"filters": {"order_id": {"type": "equals", "filter": 7}}},
        {"filters": {"amount": {"type": "equals", "filter": "much"}}},
        {"filters": {"elapsed": {"type": "lessThan", "filter": 1e300}}},
        {"filters": {"elapsed": {"type": "lessThan", "filter": "nan"}}},
        {"filters": {"amount": {"operator": "XOR", "conditions": []}}},
        {"filters": {"amount": "5"}},
        {"filters": {"order_id": {"operator": "OR", "conditions": [{"type": "contains", "filter": "1"}] * 11}}},
        {"filters": {"order_id": {"operator": "OR", "conditions": [{"operator": "OR", "conditions": []}]}}},
    ],
)
def test_what_is_not_understood_is_refused(shop, lifeline, asked):
    """One error, before anything is read; a cursor is good for its own sorting only."""
    with pytest.raises(OrderQueryError):
        page(shop, lifeline, **asked)


def test_a_node_that_is_not_there_is_a_key_error(shop, lifeline):
    """The caller's 404."""
    with pytest.raises(KeyError), shop.begin() as connection:
        node_orders(connection, lifeline, "nowhere", state="left", at=NOW)


def test_an_export_is_the_whole_list_as_plain_values(shop, lifeline):
    """Every row, sorted and filtered as asked, dimensions as columns, on a cursor of the server."""
    asked = {"state": "in_progress", "at": NOW, "sort": "order_id"}
    with shop.begin() as connection:
        rows = list(export_rows(connection, lifeline, "place", **asked))
    assert [row["order_id"] for row in rows] == ["O1", "O2", "O3", "O4", "O5", "O6"]
    assert (rows[2]["channel"], rows[2]["region"], rows[2]["exception"]) == ("jd", None, "stock_short")
    assert (rows[2]["elapsed_seconds"], rows[2]["amount"]) == (200, Decimal("30.50"))
    with shop.begin() as connection, pytest.raises(OrderQueryError):
        export_rows(connection, lifeline, "place", **{**asked, "sort": "password"})
