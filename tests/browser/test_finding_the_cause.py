"""What a person does with a red node: find why, follow the cause to its orders, and come back with every filter."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboard.clock import WallClock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.conftest import violations, visit
from tests.builders import facts, left, trouble
from tests.serving import serving

BEFORE = ("place", "pay", "review", "quality", "allocate", "pick", "pack", "dispatch")
PRINTER, ELSEWHERE = 30, 40


def pickup_shop() -> list[Event]:
    """Seventy orders left the warehouses five hours ago; the carrier took those of Shenzhen after an hour to four.

    Thirty wait at Hangzhou, where the label printer is offline, an hour past the four that are allowed.
    """
    began = WallClock().now() - timedelta(hours=5)
    told: list[Event] = []
    for number in range(PRINTER + ELSEWHERE):
        order, stuck = f"DB-{number:03d}", number < PRINTER
        place, channel = "HZ1" if stuck else "SZ2", "jd" if number % 2 else "douyin"
        told.append(facts(order, began, began, "120.50", f"TB{number:05d}", "CNY", channel=channel, warehouse=place))
        told += [left(node, began, order, source="wms") for node in BEFORE]
        if stuck:
            told.append(trouble("label_printer_offline", "pickup", began + timedelta(hours=1), order, source="wms"))
        else:
            told.append(left("pickup", began + timedelta(minutes=60 + 4 * (number - PRINTER)), order, source="carrier"))
    return told


@pytest.fixture
def server(store: Store, lifeline: Lifeline) -> Iterator[str]:
    """The address of a living server over that shop."""
    now = WallClock().now()
    with store.begin() as connection:
        record(connection, pickup_shop(), lifeline, now)
        for source in ("wms", "carrier"):
            hear(connection, source, now, now)
    with store.begin() as connection:
        fold(connection, now, lifeline)
    with serving(store, WallClock()) as address:
        yield address


def test_find_why_pickup_is_red(page: Page, server: str):
    """From the red node to the first explanation: the printer, where, how many late, their money; for all, says axe."""
    visit(page, server)
    node = page.locator("#live\\:chain-node\\:pickup")
    expect(node).to_have_class("chain-node is-red")
    node.locator("a").click()
    page.wait_for_url("**/node/pickup")
    first = page.locator(".why-row").first
    expect(first).to_contain_text("Label printer offline at Hangzhou 1")
    expect(first).to_contain_text("30 of 30")
    expect(first).to_contain_text("¥3,615")
    expect(page.locator(".why-row")).to_have_count(1)
    expect(page.locator("#live\\:spectrum-key")).to_contain_text("30 still here, late")
    expect(page.locator("#live\\:holders")).to_contain_text("It is the turn of Logistics.")
    assert violations(page) == []


def test_follow_an_explanation_to_its_orders_and_back_without_losing_a_filter(page: Page, server: str):
    """Window and choice of orders stay through the explanation, an order, the way back, and each filter dropped."""
    visit(page, f"{server}/node/pickup?window=6h&state=in_progress")
    page.locator(".why-row a").first.click()
    page.wait_for_url("**/node/pickup?slice=exception=label_printer_offline,warehouse=HZ1&window=6h&state=in_progress")
    expect(page.locator("#live\\:trail .trail-value")).to_have_count(2)
    expect(page.locator("#live\\:orders-count\\:in_progress")).to_have_text(str(PRINTER))
    expect(page.locator("#live\\:node-figure\\:in_progress")).to_contain_text(str(PRINTER))
    expect(page.locator("#live\\:why")).to_contain_text("No value stands out")
    assert violations(page) == []
    page.locator(".ag-row a").first.click()
    page.wait_for_url("**/order/DB-*")
    page.go_back()
    page.wait_for_url("**/node/pickup?slice=exception=label_printer_offline,warehouse=HZ1&window=6h&state=in_progress")
    page.get_by_role("link", name="Exception: Label printer offline").click()
    page.wait_for_url("**/node/pickup?slice=warehouse=HZ1&window=6h&state=in_progress")
    expect(page.locator("#live\\:trail .trail-value")).to_have_count(1)
    expect(page.locator("#slice-picker summary")).to_have_text(re.compile("Warehouse: Hangzhou 1"))
    page.locator("#live\\:trail .trail-value").click()
    page.wait_for_url("**/node/pickup?window=6h&state=in_progress")
    expect(page.locator(".why-row").first).to_contain_text("Label printer offline at Hangzhou 1")
    expect(page.locator("#live\\:trail .trail-value")).to_have_count(0)
