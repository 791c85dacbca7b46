"""Every page in every language and theme, as axe-core sees it; and the keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import visit

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
        if name == "node":
            expect(page.locator(".ag-row a").first).to_be_visible()
        results = Axe().run(page)
        if results.violations_count:
            found[name] = [
                (v["id"], [node["target"] for node in v["nodes"][:3]]) for v in results.response["violations"]
            ]
    assert found == {}


def test_axe_finds_nothing_in_the_description_of_the_api(page: Page, server: str):
    """A page without scripts is a page for all too."""
    page.goto(f"{server}/api/docs")
    assert Axe().run(page).violations_count == 0


def test_the_keyboard_reaches_a_node(page: Page, server: str):
    """Skip to the content, tab to the first node, Enter opens it, and the focus is on the new page."""
    visit(page, server)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#live\\:chain-node\\:pay a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/node/pay")
    expect(page.locator("#main")).to_be_focused()
