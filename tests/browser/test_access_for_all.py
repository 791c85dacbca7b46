"""Every page in every language and theme, as axe-core sees it; and the keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboard.lifeline import Lifeline
from datasource.store import Store
from tests.browser.conftest import congested, violations, visit

PAGES = {
    "lifeline": "/",
    "node": "/node/pay",
    "order": "/order/DB-000",
    "sources": "/sources",
    "wall": "/wall",
    "scenes": "/wall?scenes=problems,node,lifeline,throughput&every=1h",
    "wrong scenes": "/wall?scenes=none",
    "trends": "/trends?span=24h&node=pay&table=number",
    "not found": "/nowhere",
    "wrong filter": "/?window=soon",
    "no such order": "/order/none",
    "past": "/?at={past}",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing(page: Page, server: str, lang: str, theme: str):
    """No violation on any page."""
    found = {}
    for name, path in PAGES.items():
        address = server + path.format(past="2026-01-01T00:00:00Z")
        visit(page, f"{address}{'&' if '?' in path else '?'}lang={lang}&theme={theme}")
        if wrong := violations(page):
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_the_data_is_old(page: Page, store: Store, lifeline: Lifeline, theme: str):
    """Grey is no excuse for what cannot be read."""
    with congested(store, lifeline, silence=timedelta(hours=1)) as address:
        visit(page, f"{address}/node/pay?theme={theme}")
        expect(page.locator(".panel-trio.is-old").first).to_be_visible()
        assert violations(page) == []
        visit(page, f"{address}/?theme={theme}")
        assert violations(page) == []


def test_axe_finds_nothing_in_the_description_of_the_api(page: Page, server: str):
    """A page without scripts is a page for all too."""
    page.goto(f"{server}/api/docs")
    assert violations(page) == []


def test_the_keyboard_reaches_a_node(page: Page, server: str):
    """Skip to the content, tab to the first node, Enter opens it, and the focus is on the new page."""
    visit(page, server)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#live\\:chain-node\\:pay a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/node/pay")
    expect(page.locator("#main")).to_be_focused()
