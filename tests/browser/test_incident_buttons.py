"""What a visitor of the demo does with its incidents: begin one, see it go on, and end it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.clock import FixedClock
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.progress import DemoProgress
from datasource.demo.shop import Opening
from datasource.store import Store
from tests.browser.conftest import violations, visit
from tests.builders import NOON, hours
from tests.serving import serving


@pytest.fixture
def demo(store: Store) -> Iterator[str]:
    """The address of a demo shop at one o'clock; its orders do not matter here."""
    with store.begin() as connection:
        remember(connection, DemoMemory(Opening(1, NOON), hours(1)), NOON)
    with serving(store, FixedClock(hours(1)), keep=False, demo=DemoProgress(1.0, "demo_living", done=True)) as address:
        yield address


@pytest.mark.parametrize(
    ("look", "on", "off"), [("lang=en&theme=light", "Start", "Stop"), ("lang=zh&theme=dark", "启动", "停止")]
)
def test_begin_an_incident_and_end_it(page: Page, demo: str, look: str, on: str, off: str):
    """The button turns, the log has it, and axe finds nothing before or while it goes on."""
    visit(page, f"{demo}/incidents?{look}")
    button = page.locator("#live\\:incident-button\\:printer-offline")
    expect(button).to_contain_text(on)
    assert violations(page) == []
    button.click()
    expect(button).to_contain_text(off)
    expect(page.locator(".incident-log tbody .row-name")).to_have_count(1)
    assert violations(page) == []
    button.click()
    expect(button).to_contain_text(on)
    expect(page.locator(".incident-said")).not_to_be_empty()


def test_print_the_incidents(page: Page, demo: str):
    """On paper there is nothing to press."""
    visit(page, f"{demo}/incidents")
    expect(page.locator(".incident .button").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".incident .button").first).not_to_be_visible()
    expect(page.locator(".incident-name").first).to_be_visible()
