"""A browser, and a living server over a shop where one node is congested."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from dashboard.clock import WallClock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.chromium import executable
from tests.builders import facts, left, status, trouble
from tests.serving import serving

STUCK = 50
PATIENCE = 60_000
"""Milliseconds to wait for what must come in the end; speed has tests of its own."""

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails once in a browser is tried once more, and told: a busy machine draws late, a fault fails twice."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The system's own browser where there is one, never a downloaded one instead of it."""
    found = executable()
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "args": arguments, **({"executable_path": found} if found else {})}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A screen on which a whole node page stands: the list of orders draws its rows only where they can be seen.

    Without motion, as a visitor may ask for: else a contrast might be read in the middle of a change of colours.
    """
    return {**browser_context_args, "viewport": {"width": 1440, "height": 2000}, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Each test has a server of its own, and the plugin's fixture of this name raises a warning."""


def congested_shop() -> list[Event]:
    """Sixty orders came to the payment 50 minutes ago; ten went on after five minutes, fifty are stuck there.

    The payment's allowance is 30 minutes, and 50 of 60 are past it: a rate whose interval is far above the tolerated
    tenth, so the node is red.
    """
    began = WallClock().now() - timedelta(minutes=50)
    told: list[Event] = []
    for number in range(60):
        order = f"DB-{number:03d}"
        told += [
            facts(
                order, began, began, f"{100 + number}.50", f"TB{number:05d}", "CNY", channel="douyin", warehouse="HZ1"
            ),
            left("place", began, order, source="channel"),
        ]
        if number >= STUCK:
            told.append(left("pay", began + timedelta(minutes=5), order, source="payment", operator="auto"))
    told += [
        trouble("payment_callback_missed", "pay", began + timedelta(minutes=20), "DB-000", source="payment"),
        status("paid", began + timedelta(minutes=2), "DB-000", "payment"),
    ]
    return told


@contextmanager
def congested(store: Store, lifeline: Lifeline, silence: timedelta = timedelta()) -> Iterator[str]:
    """The address of a living server over that shop, whose sources were last heard so long ago."""
    now = WallClock().now()
    with store.begin() as connection:
        record(connection, congested_shop(), lifeline, now)
        for source in ("channel", "payment"):  # they speak, though nothing happens: else red would be grey
            hear(connection, source, now - silence, now - silence)
    with store.begin() as connection:
        fold(connection, now, lifeline)
    with serving(store, WallClock()) as address:
        yield address


@pytest.fixture
def server(store: Store, lifeline: Lifeline) -> Iterator[str]:
    """The address of a living server over that shop."""
    with congested(store, lifeline) as address:
        yield address


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """A visitor; whatever their pages ask for must be on this machine, and no page may fail or complain."""
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.set_default_timeout(PATIENCE)
    yield context
    assert [url for url in asked if not _is_ours(url)] == []
    assert complaints == []


def _is_ours(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about"} or parts.hostname == "127.0.0.1"


def visit(page: Page, address: str) -> None:
    """Open a page, and wait until it lives."""
    page.goto(address)
    page.wait_for_selector("html[data-connection=live]")


def violations(page: Page, looks: int = 3) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong on the page at rest: the rule, and the first parts that break it.

    A page that is still filling is looked at again: what stands for a tenth of a second hinders nobody.
    """
    if page.locator("#orders-grid").count():
        expect(page.locator(".ag-row a").first).to_be_visible()
    found: list[tuple[str, list[str]]] = []
    for _ in range(looks):
        found = [
            (rule["id"], [f"{node['html']}: {node['failureSummary']}" for node in rule["nodes"][:3]])
            for rule in Axe().run(page).response["violations"]
        ]
        if not found:
            break
        page.wait_for_timeout(1_000)
    return found
