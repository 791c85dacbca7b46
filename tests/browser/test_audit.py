"""The audit in a browser: find what was done to an order, keep it as a link, take it along as a file."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboard.acting import Message
from dashboard.clock import WallClock
from dashboard.deliveries import Attempt, Fault
from dashboard.lifeline import Lifeline
from datasource.audit import Entry, append
from datasource.outbox import claim, enqueue, failed
from datasource.store import Store
from tests.browser.conftest import congested, violations, visit

HELD = {"hold": {"by": "li.wei"}}


@pytest.fixture
def server(store: Store, lifeline: Lifeline) -> Iterator[str]:
    """A living server over the congested shop, with sixty entries in its audit and a message that was given up."""
    now = WallClock().now()
    many = [
        Entry("li.wei", "10.0.0.1", "note", f"order:DB-{n:03d}", None, "called", {}, {"note": {"text": str(n)}})
        for n in range(58)
    ]
    last = [
        Entry("chen.jing", "10.0.0.2", "hold", "order:DB-007", "act-1", "customer called", {}, HELD),
        Entry("li.wei", "10.0.0.1", "suspend_intake", "sku:A-1", "act-2", "none left", {"intake": "open"}),
    ]
    with store.begin() as connection:
        enqueue(connection, "order:DB-007", [Message("wms", "pick_list.created", {"order_id": "DB-007"})], "act-1", now)
        for message in claim(connection, "wms", now, 1):
            failed(connection, message, Attempt(503, Fault.STATUS), None)
        append(connection, many, now - timedelta(days=1))
        append(connection, last, now)
    with congested(store, lifeline) as address:
        yield address


def test_what_was_done_to_an_order_is_found_and_is_a_link(page: Page, server: str):
    """Its id typed, its entries alone; the address says so; from an entry to the order."""
    visit(page, server)
    page.get_by_role("link", name="Audit").click()
    expect(page.locator(".audit-table tbody tr")).to_have_count(52)  # fifty entries of two days
    expect(page.locator("#live\\:finding")).to_contain_text("Verified to #60")
    page.get_by_role("searchbox", name="Order, or sku:KEY").fill("DB-007")
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit?subject=DB-007")
    rows = page.locator(".audit-table tbody tr:not(.audit-day)")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("chen.jing")
    expect(rows.first).to_contain_text("customer called")
    rows.first.get_by_role("link", name="DB-007").click()
    page.wait_for_url("**/order/DB-007")
    page.go_back()
    expect(rows).to_have_count(2)


def test_filters_join_and_clear(page: Page, server: str):
    """By who, then by what; nothing that matches offers the way back."""
    visit(page, f"{server}/audit")
    page.get_by_role("link", name="chen.jing").click()
    page.wait_for_url("**/audit?actor=chen.jing")
    rows = page.locator(".audit-table tbody tr:not(.audit-day)")
    expect(rows).to_have_count(1)
    page.locator("#audit-kind summary").click()
    page.locator("#audit-kind a", has_text="Signed in").click()
    expect(page.get_by_text("No entry matches this filter")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Who")).to_have_value("chen.jing")
    page.get_by_role("link", name="Show every entry").click()
    expect(page.locator(".audit-table tbody tr")).to_have_count(52)
    expect(page.get_by_role("searchbox", name="Who")).to_have_value("")


def test_older_entries_are_a_page_further(page: Page, server: str):
    """And back to the newest."""
    visit(page, f"{server}/audit")
    page.get_by_role("link", name="Older").click()
    rows = page.locator(".audit-table tbody tr:not(.audit-day)")
    expect(rows).to_have_count(10)
    page.get_by_role("link", name="Newest").click()
    expect(rows).to_have_count(50)


def test_the_file_holds_what_is_shown(page: Page, server: str):
    """The filter of the page is the filter of the file."""
    visit(page, f"{server}/audit?actor=chen.jing")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    written = download.value.path().read_text("utf-8-sig").splitlines()
    assert download.value.suggested_filename.startswith("audit-") and len(written) == 2 and "chen.jing" in written[1]


def test_a_new_entry_comes_by_itself(page: Page, server: str, store: Store):
    """At the top, without a step of the reader."""
    visit(page, f"{server}/audit")
    with store.begin() as connection:
        append(connection, [Entry("wang.fang", "10.0.0.3", "note", "order:DB-001")], WallClock().now())
    expect(page.locator(".audit-table tbody tr:not(.audit-day)").first).to_contain_text("wang.fang")


def test_a_message_that_was_given_up_is_sent_again(page: Page, server: str):
    """One click; it waits again, and the page says so; the audit knows who wanted it."""
    visit(page, f"{server}/sources")
    expect(page.locator(".outbox")).to_contain_text("gave up")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#outbox-said")).to_contain_text("DB-007")
    expect(page.locator(".outbox")).not_to_contain_text("gave up")
    visit(page, f"{server}/audit?subject=DB-007")
    expect(page.locator(".audit-table tbody tr:not(.audit-day)").first).to_contain_text("Message sent again")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing(page: Page, server: str, lang: str, theme: str):
    """With entries, with none that match, and on the outbox."""
    found = {}
    for path in ("/audit?", "/audit?actor=nobody&", "/audit?kind=hold&span=7d&", "/sources?"):
        visit(page, f"{server}{path}lang={lang}&theme={theme}")
        if wrong := violations(page):
            found[path] = wrong
    assert found == {}
