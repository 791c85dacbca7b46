"""Signing in and out, a wall whose display is revoked, and a viewer who tries what is not theirs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.clock import WallClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Role
from datasource.fold import fold
from datasource.kiosks import revoke_kiosk
from datasource.people import disable_person
from datasource.recording import record
from datasource.store import Store
from tests.browser.conftest import congested_shop, violations
from tests.people import BY, PASSWORD, SETTINGS, add_display, add_somebody
from tests.serving import serving


@pytest.fixture
def guarded(store: Store, lifeline: Lifeline) -> Iterator[str]:
    """The address of a living server where people sign in: a viewer, and an operator of the warehouse."""
    clock = WallClock()
    with store.begin() as connection:
        record(connection, congested_shop(), lifeline, clock.now())
    with store.begin() as connection:
        fold(connection, clock.now(), lifeline)
    add_somebody(store, "li.wei", Role.OPERATOR, clock.now(), "warehouse")
    add_somebody(store, "guest", Role.VIEWER, clock.now())
    with serving(store, clock, visitor=None, settings=SETTINGS) as address:
        yield address


def fill_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill the form in and send it."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_sign_in_and_out(page: Page, guarded: str):
    """The form looks like the product in every theme and leads on; the side bar leads out."""
    page.goto(f"{guarded}/node/pay?window=4h")
    expect(page).to_have_url(f"{guarded}/login?next=%2Fnode%2Fpay%3Fwindow%3D4h")
    expect(page.get_by_label("Name")).to_be_focused()
    assert violations(page) == []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{guarded}/login?lang=zh")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        assert violations(page) == []
    page.goto(f"{guarded}/login?lang=en&next=%2Fnode%2Fpay%3Fwindow%3D4h")
    fill_in(page, "li.wei")
    page.wait_for_url("**/node/pay?window=4h")
    page.wait_for_selector("html[data-connection=live]")
    who = page.locator("#who")
    expect(who).to_contain_text("Li.Wei")
    expect(who).to_contain_text("Operator, ")
    assert violations(page) == []
    page.get_by_role("link", name="Lifeline").first.click()
    expect(page).to_have_url(f"{guarded}/?window=4h")
    expect(who).to_contain_text("Li.Wei")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{guarded}/login")
    page.goto(guarded)
    expect(page).to_have_url(f"{guarded}/login")


def test_axe_finds_nothing_where_the_password_is_changed(page: Page, guarded: str):
    """In both languages and themes, with the sessions listed."""
    page.goto(f"{guarded}/login")
    fill_in(page, "li.wei")
    page.wait_for_selector("html[data-connection=live]")
    for lang, scheme in (("en", "light"), ("zh", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{guarded}/password?lang={lang}")
        assert page.locator("input[type=password]").count() >= 2
        assert violations(page) == []


def test_whoever_is_disabled_sees_nothing_more(page: Page, guarded: str, store: Store):
    """Within seconds the open page leads to the form, and the form lets nobody in."""
    page.goto(guarded)
    fill_in(page, "li.wei")
    page.wait_for_selector("html[data-connection=live]")
    with store.begin() as connection:
        disable_person(connection, "li.wei", BY, WallClock().now())
    expect(page).to_have_url(f"{guarded}/login")


def test_revoke_a_kiosk_and_see_its_wall_go_dark(browser: Browser, guarded: str, store: Store):
    """The display shows its page and nothing else; once revoked it says so by itself, and shows no number any more."""
    kiosk_id, secret = add_display(store, "/wall", WallClock().now())
    display = browser.new_context(reduced_motion="reduce")
    wall = display.new_page()
    wall.goto(f"{guarded}/kiosk/{secret}")
    expect(wall).to_have_url(f"{guarded}/wall")
    wall.wait_for_selector("html[data-connection=live]")
    expect(wall.locator(".wall-content")).to_contain_text("Paid")
    other = display.new_page()
    other.goto(f"{guarded}/sources")
    expect(other.get_by_role("heading", name="Not for your role")).to_be_visible()
    with store.begin() as connection:
        revoke_kiosk(connection, kiosk_id, BY, WallClock().now())
    expect(wall.get_by_role("heading", name="This display was switched off")).to_be_visible(timeout=10_000)
    expect(wall.locator(".wall-content")).to_have_count(0)
    assert wall.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 16, 22)"
    assert violations(wall) == []
    display.close()


def test_a_viewer_is_refused_by_the_server(browser: Browser, guarded: str):
    """Whatever their browser sends, with the session that it has: what they may not is not done."""
    window = browser.new_context()
    page = window.new_page()
    page.goto(f"{guarded}/login?next=/node/pay")
    fill_in(page, "guest")
    page.wait_for_selector("html[data-connection=live]")
    assert page.locator("[data-may]").get_attribute("data-may") == "read"
    asked = """async ([path, body]) => (await fetch(path, {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body) })).status"""
    for path in ("/api/v1/actions", "/api/v1/actions/hold/preview", "/api/v1/events", "/api/v1/outbox/x/send"):
        assert page.evaluate(asked, [path, {}]) == 403
    call = {"output": "incident-said.children", "inputs": [], "state": [], "changedPropIds": []}
    assert page.evaluate(asked, ["/_dash-update-component", call]) == 403
    page.goto(f"{guarded}/audit")
    expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
    window.close()
