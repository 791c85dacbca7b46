"""What a person does with the past: see since when a node is red, and compare with the week before."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboard.clock import WallClock
from dashboard.lifeline import Lifeline
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.conftest import visit
from tests.builders import cancelled, facts, left
from tests.contract.told_store import tell
from tests.serving import serving

HOUR = timedelta(hours=1)
STUCK_HOURS = 5


@pytest.fixture
def two_weeks(store: Store, lifeline: Lifeline) -> Iterator[str]:
    """Twelve days of thirty orders an hour for four hours a day; each is paid in five minutes and taken back.

    In the five hours before now thirty came each hour, and nobody has paid since.
    """
    now = WallClock().now()
    told = []
    came = [now - timedelta(days=day) - hour * HOUR for day in range(1, 13) for hour in range(4)]
    stuck = [now - hour * HOUR for hour in range(1, STUCK_HOURS + 1)]
    for number, began in enumerate([*came, *stuck]):
        for minute in range(0, 60, 2):
            order, at = f"W{number:03d}-{minute:02d}", began + timedelta(minutes=minute)
            told += [facts(order, at, at, channel="douyin"), left("place", at, order, source="channel")]
            if began not in stuck:
                told += [
                    left("pay", at + timedelta(minutes=5), order, source="payment"),
                    cancelled(at + timedelta(minutes=6), order),
                ]
    tell(store, lifeline, told, now)
    with store.begin() as connection:
        for source in ("channel", "payment"):
            hear(connection, source, now, now)
    with serving(store, WallClock()) as address:
        yield address


def test_since_when_a_node_is_red_and_how_it_was_the_week_before(page: Page, two_weeks: str):
    """The finding names the node; its row says since when; a click shows it large, beside the seven days before."""
    visit(page, f"{two_weeks}/trends?span=24h")
    expect(page.locator("#live\\:finding")).to_contain_text("Paid was congested for")
    row = page.locator("#live\\:trend-row\\:pay")
    expect(row).to_have_class(re.compile("was-red is-chosen"))
    expect(page.locator("#live\\:trend-time\\:pay")).to_contain_text("since")
    page.locator("#window-picker summary").click()
    page.locator("#window-picker a", has_text="7 days").click()
    expect(page.locator("#window-picker .picker-value")).to_have_text("7\N{NO-BREAK SPACE}days")
    page.locator("#trend-pay").click()
    expect(page.locator("#trend-pay")).to_have_attribute("href", "/trends?node=pay&span=7d")
    page.get_by_role("link", name="Overdue", exact=True).click()
    expect(page.locator("#live\\:trend-title")).to_have_text("Paid: Overdue")
    expect(page.locator("#live\\:trend-figure .main-svg").first).to_be_attached()
    expect(page.locator("#live\\:trend-figure .annotation", has_text="7 days before")).to_have_count(1)
    page.locator("#table-number").click()
    expect(page.locator("#live\\:table-present\\:number")).to_contain_text("now")
    expect(page.locator("#live\\:table-head\\:number")).to_contain_text("7 days before")
    page.get_by_role("link", name="Open Paid").click()
    page.wait_for_url("**/node/pay")
