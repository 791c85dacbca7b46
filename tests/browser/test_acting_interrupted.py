"""A batch of 300 orders at the dialog, while its server is killed, its database restarted, or somebody stops it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from socket import socket
from tempfile import mkdtemp
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from dashboard.clock import WallClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Role
from datasource import action_rows
from datasource.embedded import SETTINGS, EmbeddedServer, start_embedded
from datasource.errors import StoreUnavailable
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.conftest import PATIENCE, violations, visit
from tests.browser.test_acting import APPLY, DIALOG, apply, sign_in
from tests.builders import facts, left
from tests.people import SECRET, add_somebody
from tests.serving import serving

MANY, HALF = 300, 150
REASON = "invoices were completed by hand"
ROOT = Path(__file__).parents[2]
_DONE = text("SELECT count(*) FROM action_item WHERE outcome = 'done'")
_TOLD = text("SELECT count(*), count(DISTINCT subject) FROM audit WHERE kind = 'pass_review'")
_ORDERS = text(
    "SELECT o.order_id, o.cancelled_at, v.node, v.number, v.entered_at, v.left_at, v.due_at, v.exit, m.kind, m.value "
    "FROM orders o JOIN node_visit v USING (order_id) LEFT JOIN order_mark m USING (order_id) ORDER BY 1, 3, 4, 9"
)


def fill(store: Store, lifeline: Lifeline) -> None:
    """Three hundred orders wait at the finance review, since three hours; it is allowed two."""
    now = WallClock().now()
    began, events = now - timedelta(hours=3), []
    for number in range(MANY):
        order = f"DB-{number:03d}"
        events.append(facts(order, began, began, "99.00", f"TB{number:05d}", "CNY", channel="douyin", warehouse="HZ1"))
        events += [left(node, began, order, source="channel") for node in ("place", "pay")]
    with store.begin() as connection:
        record(connection, events, lifeline, now)
        for source in ("channel", "payment", "erp"):
            hear(connection, source, now, now)
    with store.begin() as connection:
        fold(connection, now, lifeline)


def prepare(page: Page, address: str) -> None:
    """Tick all of them and see the preview."""
    visit(page, f"{address}/node/review")
    expect(page.locator(".ag-row a").first).to_be_visible()
    page.locator("#acting-all").click()
    expect(page.locator("#acting-count")).to_have_text(f"{MANY} selected")
    page.get_by_role("button", name="Complete invoice and pass review", exact=True).first.click()
    for param in ("invoice_title", "tax_number"):
        field = page.locator(f"#acting-param-{param}")
        field.fill("911101")
        field.press("Tab")
    expect(page.locator(DIALOG)).to_contain_text(f"{MANY} orders would change")


def count(store: Store) -> int:
    """How many orders are done."""
    with store.begin() as connection:
        return int(connection.execute(_DONE).scalar_one())


@contextmanager
def stuck_at(store: Store, number: int) -> Iterator[None]:
    """Somebody else has this order in hand: the batch does those before it, and waits."""
    lock = text("SELECT FROM orders WHERE order_id = :id FOR UPDATE")
    with suppress(StoreUnavailable), store.begin() as connection:
        connection.execute(lock, {"id": f"DB-{number:03d}"})
        yield


def until(ready: Callable[[], object]) -> None:
    """Wait for what must come in the end."""
    deadline = monotonic() + PATIENCE / 1_000
    while not ready():
        assert monotonic() < deadline
        sleep(0.02)


def is_done_once(page: Page, store: Store) -> None:
    """The dialog says so by itself; the audit has each order once."""
    expect(page.locator(DIALOG)).to_contain_text(f"Done: {MANY} of {MANY}")
    with store.begin() as connection:
        assert tuple(connection.execute(_TOLD).one()) == (MANY, MANY)


@contextmanager
def process(url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server as a process of its own, as a person starts it; killed in the end, if it is still there."""
    own = {"LANG": "C.UTF-8", "LIFELINE_LOG_LEVEL": "error", "LIFELINE_SECRET_KEY": SECRET}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LIFELINE", "DATABASE"))}  # noqa: TID251
    command = (sys.executable, "-m", "app", "run", "--database", url, "--port", str(port))
    server = subprocess.Popen(command, cwd=ROOT, env=inherited | own, stdout=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port))
        yield server
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def onlooker(browser: Browser) -> Iterator[Page]:
    """A page that may complain: whose server goes away has something to complain of."""
    context = browser.new_context(viewport={"width": 1440, "height": 2000}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_a_server_is_killed_in_the_middle_and_started_again(onlooker: Page, store: Store, lifeline: Lifeline):
    """The dialog says that nobody answers, finds the next one by itself, and sees the batch come to its end."""
    fill(store, lifeline)
    add_somebody(store, "li", Role.ADMIN, WallClock().now())
    url, port = store.engine.url.render_as_string(hide_password=False), _free_port()
    address = f"http://127.0.0.1:{port}"
    with process(url, port) as first:
        sign_in(onlooker, address, "li")
        prepare(onlooker, address)
        with stuck_at(store, HALF):
            apply(onlooker, REASON)
            until(lambda: count(store) == HALF)
            first.send_signal(signal.SIGKILL)
            first.wait()
    assert count(store) == HALF
    expect(onlooker.locator(DIALOG)).to_contain_text("The server does not answer. Nothing is lost")
    with process(url, port):
        is_done_once(onlooker, store)


@pytest.fixture
def own_database() -> Iterator[EmbeddedServer]:
    """A database server that the test may restart."""
    server = start_embedded(Path(mkdtemp(prefix="lifeline-restart-")), {**SETTINGS, "shared_buffers": "64MB"})
    yield server
    server.stop()


def test_the_database_is_restarted_in_the_middle(
    onlooker: Page, own_database: EmbeddedServer, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
):
    """Page and dialog say that the data is away; then the batch is taken up, and each order is done once."""
    monkeypatch.setattr(action_rows, "SETTLED", timedelta(seconds=2))
    store = Store.open(own_database.url)
    store.migrate()
    store.install_lifeline(lifeline, WallClock().now())
    fill(store, lifeline)
    with serving(store, WallClock()) as address:
        prepare(onlooker, address)
        with stuck_at(store, HALF):
            apply(onlooker, REASON)
            until(lambda: count(store) == HALF)
            own_database._server.stop()
        expect(onlooker.locator(DIALOG)).to_contain_text("The server does not answer. Nothing is lost")
        expect(onlooker.locator("html")).to_have_attribute("data-connection", "lost")
        own_database.restart()
        is_done_once(onlooker, store)
        expect(onlooker.locator("html")).to_have_attribute("data-connection", "live")
    store.close()


def test_somebody_stops_it_in_the_middle_and_takes_back_what_was_done(page: Page, store: Store, lifeline: Lifeline):
    """Stopping, then how many are done and how many left; undone, the orders are as before. axe finds nothing."""
    fill(store, lifeline)

    def orders() -> list[str]:
        with store.begin() as connection:
            return [str(tuple(row)) for row in connection.execute(_ORDERS)]

    before, dialog = orders(), page.locator(DIALOG)
    with serving(store, WallClock()) as address:
        prepare(page, address)
        with stuck_at(store, HALF):
            apply(page, REASON)
            expect(dialog).to_contain_text(f"{HALF} of {MANY} done so far")
            assert violations(page, looks=1) == []
            page.get_by_role("button", name="Stop", exact=True).click()
            expect(dialog).to_contain_text(f"Stopping… {HALF} of {MANY} done")
            expect(dialog.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
        done = HALF + 1  # the one in hand is finished
        expect(dialog).to_contain_text(f"Stopped: {done} done, {MANY - done} left as they were")
        assert count(store) == done
        assert violations(page, looks=1) == []
        assert orders() != before
        page.locator("#acting-foot").get_by_role("button", name=f"Undo what was done: {done} order").click()
        expect(page.locator(APPLY)).to_be_visible()
        apply(page, "the wrong list")
        expect(dialog).to_contain_text(f"Done: {done} of {done}")
    assert orders() == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_preview_that_is_waited_for(page: Page, store: Store, lifeline: Lifeline, theme: str):
    """Neither while it is waited for, nor when it is there, nor where the server did not answer; it can be left."""
    fill(store, lifeline)
    with serving(store, WallClock()) as address:
        visit(page, f"{address}/node/review?theme={theme}")
        expect(page.locator(".ag-row a").first).to_be_visible()
        page.locator("#acting-all").click()
        held = []

        def hold(route) -> None:
            held.append(route) if "acting-command" in (route.request.post_data or "") else route.continue_()

        page.route("**/_dash-update-component*", hold)
        page.locator(".acting-more-button").click()
        page.locator(".acting-more [data-act=hold]").click()
        said = page.locator("#acting-wait-said")
        expect(said).to_have_text(f"Working out what would change for {MANY} orders…")
        expect(page.locator("#acting-wait-time")).to_have_text(re.compile(r"^\d+ s$"))
        assert violations(page, looks=1) == []
        assert len(held) == 1
        held.pop().continue_()
        expect(page.locator(DIALOG)).to_contain_text(f"{MANY} orders would change")
        assert violations(page, looks=1) == []
        page.keyboard.press("Escape")
        page.locator(".acting-more-button").click()
        page.locator(".acting-more [data-act=hold]").click()
        expect(said).to_contain_text("Working out")
        with page.expect_event("requestfailed"):
            page.get_by_role("button", name="Cancel").click()
        expect(page.locator(DIALOG)).not_to_be_visible()
