"""The list of orders: its columns, its rows as words, and what it asks of the server."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.order_detail import OrderPage, OrderRow
from dashboard.slices import Slice
from layouts.orders_grid import columns, export_address, orders_grid, orders_panel
from layouts.orders_rows import grid_filters, grid_query, grid_rows
from tests.builders import NOON, hours
from tests.looks import context, red_node, text_of, with_class


def row(**changes):
    """An order 2 h 12 min over the 4 h of the carrier pickup."""
    known = {
        "order_id": "A-1",
        "outer_order_id": "6921",
        "dimensions": {"channel": "douyin", "warehouse": "HZ1"},
        "amount": Decimal("1288.00"),
        "currency": "CNY",
        "visit": 2,
        "entered_at": hours(-6.2),
        "left_at": None,
        "due_at": hours(-2.2),
        "exit": None,
        "elapsed_seconds": 22_320.0,
        "overdue_seconds": 7_920.0,
        "exception": "label_printer_offline",
        "operator": None,
    }
    return OrderRow(**{**known, **changes})


def shown(lang="en", **changes):
    """The row as the grid shows it, with plain spaces."""
    cells = grid_rows(context(lang), OrderPage((row(**changes),), 1, None))[0]
    return {name: text.replace("\N{NO-BREAK SPACE}", " ") for name, text in cells.items()}


def test_columns_are_named_as_the_api_names_them():
    """The order, its dimensions whatever they are, then what it costs to wait."""
    fields = [column["field"] for column in columns(context())]
    assert fields == [
        "order_id",
        "marks",
        "outer_order_id",
        *("channel", "warehouse", "carrier", "region"),
        *("elapsed", "overdue", "amount", "exception", "operator"),
    ]


def test_a_tall_screen_shows_more_of_many_rows():
    """Few rows are as high as they are; of many, as many as the screen has room for, and never under twelve."""
    frames = [
        with_class(
            orders_panel(context(), context().lifeline.node("pickup"), red_node(overdue=count), "overdue"),
            "orders-frame",
        )[0]
        for count in (2, 10, 900)
    ]
    heights = [frame.style["height"] for frame in frames]
    assert heights[:2] == ["15.65rem", "31.4rem"]
    assert heights[2].startswith("clamp(36.65rem, 100vh - ")


def test_until_rows_come_it_is_said_that_they_load():
    """Never a blank area."""
    panel = orders_panel(context("zh"), context().lifeline.node("pickup"), red_node(), "overdue")
    assert [text_of(words) for words in with_class(panel, "grid-loading")] == ["正在加载订单…"]


def test_a_row_is_words():
    """Labels, spans and money as a person reads them; what is absent is a dash or nothing."""
    cells = shown()
    assert cells["channel"] == "Douyin" and cells["warehouse"] == "Hangzhou 1" and cells["carrier"] == "–"
    assert cells["elapsed"] == "6 h 12 min" and cells["overdue"] == "2 h 12 min" and cells["amount"] == "¥1,288.00"
    assert cells["exception"] == "Label printer offline" and cells["operator"] == ""
    assert shown("zh")["channel"] == "抖音"


def test_a_row_links_to_its_order_and_has_an_id_of_its_own():
    """Two visits of one order are two rows; an id with a slash stays one path."""
    cells = shown(order_id="A 1?x")
    assert cells["_href"] == "/order/A%201%3Fx" and cells["_id"] == "A 1?x:2"


def test_an_order_in_time_is_not_overdue():
    """No lateness: an empty cell, not ``0``."""
    assert shown(overdue_seconds=None)["overdue"] == ""


def test_the_grid_asks_for_a_block_sorted_and_filtered():
    """AG Grid's request in the store's words."""
    request = {
        "startRow": 100,
        "endRow": 200,
        "sortModel": [{"colId": "amount", "sort": "desc"}],
        "filterModel": {"operator": {"filterType": "text", "type": "contains", "filter": "shift"}},
    }
    asked = grid_query(context(), request)
    assert (asked.start, asked.end, asked.sort) == (100, 200, "-amount")
    assert asked.filters == request["filterModel"]


def test_the_first_request_has_the_lists_own_order():
    """Nothing sorted, nothing filtered: overdue first is the store's default."""
    asked = grid_query(context(), {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}})
    assert asked.sort is None and asked.filters == {}


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [(0, 10_000_000, 0, 100), (-5, 5, 0, 5), (300, 200, 300, 301), (10**30, 10**30 + 100, 10**9, 10**9 + 100)],
)
def test_a_request_takes_no_more_than_a_block(first: int, last: int, start: int, end: int):
    """Whatever it asks for: our grid asks for a block at a time, from the first row on."""
    asked = grid_query(context(), {"startRow": first, "endRow": last})
    assert (asked.start, asked.end) == (start, end)


def test_what_a_person_types_is_looked_up_among_the_labels():
    """``Hang`` is the label of HZ1; ``s`` of two carriers; a text that no label holds stays as it is."""
    view = context()
    assert grid_filters(view, {"warehouse": contains("hang")})["warehouse"]["filter"] == "HZ1"
    both = grid_filters(view, {"warehouse": contains("zh")})["warehouse"]
    assert (
        both["operator"] == "OR"
        and {part["filter"] for part in both["conditions"]} == {"HZ1", "SZ2"}
        and {part["type"] for part in both["conditions"]} == {"equals"}
    )
    assert grid_filters(view, {"region": contains("Shen")})["region"] == contains("Shen")
    assert (
        grid_filters(context("zh"), {"exception": contains("打印机")})["exception"]["filter"] == "label_printer_offline"
    )


def contains(text):
    """AG Grid's condition for a typed text."""
    return {"filterType": "text", "type": "contains", "filter": text}


def test_the_export_asks_for_the_same_list():
    """State, window, slice, instant, sort and filters travel with the link."""
    view = context(slice=Slice.parse("channel=douyin"), window=timedelta(hours=4), at=NOON)
    link = export_address(view, view.lifeline.node("pickup"), "left", "-amount", {"operator": contains("b")})
    asked = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == "/api/v1/nodes/pickup/orders.csv"
    assert asked["state"] == ["left"] and asked["window"] == ["4h"] and asked["slice"] == ["channel=douyin"]
    assert (
        asked["sort"] == ["-amount"]
        and '"filter":"b"' in asked["filters"][0]
        and asked["at"] == ["2026-03-02T04:00:00Z"]
    )


def test_the_grid_runs_no_code_from_data():
    """Texts of orders are texts: no markdown, no HTML, and one request at a time, as its answers carry no name."""
    grid = orders_grid(context())
    assert not getattr(grid, "dangerously_allow_code", False)
    assert grid.dashGridOptions["maxConcurrentDatasourceRequests"] == 1
    assert all(column.get("cellRenderer") in (None, "OrderLink") for column in grid.columnDefs)
