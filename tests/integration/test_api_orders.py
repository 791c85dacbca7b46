"""The orders at a node and single orders, and the list as a file that a spreadsheet cannot execute."""

import csv
import io

import httpx
import pytest

from callbacks.http.csv_export import cell
from tests.builders import NOON


def ids(answer: httpx.Response) -> list[str]:
    """The orders of a page."""
    return [row["order_id"] for row in answer.json()["orders"]]


def test_the_orders_in_each_state(api: httpx.Client):
    """A and C are at the review, both overdue, A for longer; B left it within the hour."""
    for state, expected in (("in_progress", ["A", "C"]), ("overdue", ["A", "C"]), ("left", ["B"])):
        answer = api.get("/api/v1/nodes/review/orders", params={"state": state, "window": "1h"})
        assert (ids(answer), answer.json()["total"]) == (expected, len(expected))


def test_a_row_tells_everything_of_the_stay(api: httpx.Client):
    """A: 239 minutes at the review by four o'clock, 119 of them too many; money as decimal text."""
    row = api.get("/api/v1/nodes/review/orders?state=overdue").json()["orders"][0]
    assert (row["order_id"], row["outer_order_id"], row["amount"], row["currency"]) == ("A", "TB-1", "199.90", "CNY")
    assert (row["elapsed_seconds"], row["overdue_seconds"]) == (239 * 60, 119 * 60)
    assert (row["exception"], row["dimensions"]) == ("invoice_incomplete", {"channel": "douyin", "warehouse": "HZ1"})
    assert (row["due_at"], row["left_at"], row["exit"]) == ("2026-03-02T06:01:00Z", None, None)


def test_the_cursor_walks_through_the_list_once(api: httpx.Client):
    """One row at a time, in the order asked for, until there is no cursor."""
    seen, cursor = [], ""
    while cursor is not None:
        params = {"limit": 1, "sort": "order_id", "cursor": cursor}
        answer = api.get("/api/v1/nodes/review/orders", params=params)
        seen += ids(answer)
        cursor = answer.json()["cursor"]
    assert seen == ["A", "C"]


def test_the_list_is_sorted_and_filtered_here(api: httpx.Client):
    """The smallest amount first; only what holds the text; only the slice."""
    assert ids(api.get("/api/v1/nodes/review/orders?sort=amount")) == ["C", "A"]
    assert ids(api.get("/api/v1/nodes/review/orders?outer_order_id=tb-3")) == ["C"]
    assert ids(api.get("/api/v1/nodes/review/orders?exception=invoice")) == ["A"]
    assert ids(api.get("/api/v1/nodes/review/orders?slice=warehouse=HZ1")) == ["A"]


def test_an_instant_of_the_past(api: httpx.Client):
    """At half past one B was still there."""
    assert ids(api.get("/api/v1/nodes/review/orders?sort=order_id&at=2026-03-02T13:30:00%2B08:00")) == ["A", "B"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("review/orders?state=lost", 422),
        ("review/orders?limit=0", 422),
        ("review/orders?limit=1001", 422),
        ("review/orders?sort=colour", 422),
        ("review/orders?cursor=nonsense", 422),
        ("review/orders?window=soon", 422),
        ("moon/orders", 404),
        ("moon/orders.csv", 404),
        ("review/orders.csv?sort=colour", 422),
    ],
)
def test_what_cannot_be_asked_is_a_problem(api: httpx.Client, query: str, status: int):
    """Problem details with the right status, also for the file, before its first byte."""
    answer = api.get(f"/api/v1/nodes/{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_order_whole(api: httpx.Client):
    """A: done at two nodes, stuck at the third; the payment's word for it, and the events behind."""
    order = api.get("/api/v1/orders/A").json()
    assert [(visit["node"], visit["exit"], visit["overdue"]) for visit in order["visits"]] == [
        ("place", "next", False),
        ("pay", "next", False),
        ("review", None, True),
    ]
    assert order["statuses"] == [{"system": "erp", "status": "paid", "at": "2026-03-02T05:00:00Z"}]
    assert (order["amount"], order["outer_order_id"], len(order["events"])) == ("199.90", "TB-1", 5)


def test_an_order_that_does_not_exist(api: httpx.Client):
    """404, also for ids that no file system or database would like."""
    for order_id in ("Z", "%00", "a/b/c", "..%2f..%2fetc%2fpasswd", "'; --", "x" * 500):
        assert api.get(f"/api/v1/orders/{order_id}").status_code == 404


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(api: httpx.Client):
    """A byte order mark, a header, text that begins like a formula behind an apostrophe, negative money a number."""
    answer = api.get("/api/v1/nodes/review/orders.csv?state=left&window=4h")
    assert answer.content.startswith(b"\xef\xbb\xbforder_id,outer_order_id,channel")
    assert 'filename="review-left-20260302T0800Z.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["order_id"], row["outer_order_id"]) for row in rows] == [("B", "'=HYPERLINK(1)")]
    assert rows[0]["left_at"] == "2026-03-02 15:30:00+08:00"
    rows = list(csv.DictReader(io.StringIO(api.get("/api/v1/nodes/review/orders.csv").content.decode("utf-8-sig"))))
    assert {row["order_id"]: row["amount"] for row in rows} == {"A": "199.90", "C": "-12.50"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－1"])
def test_a_text_that_would_be_a_formula_is_made_harmless(text: str):
    """Whatever a spreadsheet takes for the beginning of a formula, full-width signs too."""
    assert cell(text, NOON.tzinfo) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [("x;=1+1", "x;'=1+1"), ("x; +1", "x; '+1"), ("x|@A1", "x|'@A1"), (";－1", ";'－1"), ("=1;=2", "'=1;'=2")],
)
def test_nor_does_one_begin_behind_another_separator(text: str, harmless: str):
    """Where lists are separated by semicolons, a spreadsheet begins a cell behind each, even within a cell of ours."""
    assert cell(text, NOON.tzinfo) == harmless


def test_numbers_and_plain_texts_stay_as_they_are():
    """An apostrophe before an amount would break every sum."""
    assert [cell(value, NOON.tzinfo) for value in (-12.5, 3, None, "DB-1", "10-2=8", "a; b")] == [
        -12.5,
        3,
        "",
        "DB-1",
        "10-2=8",
        "a; b",
    ]
