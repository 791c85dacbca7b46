"""What a person does about a red node: ticks its orders, sees what would change, says why, does it, takes it back."""

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from dashboard.clock import WallClock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from dashboard.permissions import Role
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.conftest import violations, visit
from tests.builders import facts, left
from tests.people import PASSWORD, SETTINGS, add_somebody
from tests.serving import AUTHORISED, serving

STUCK = 12
DIALOG = "#acting"
APPLY = "#acting-apply"


def stuck_at_dispatch() -> list[Event]:
    """Two dozen orders came to the dispatch four hours ago; half went on in time, twelve have been there since.

    The dispatch's allowance is an hour.
    """
    began = WallClock().now() - timedelta(hours=4)
    told: list[Event] = []
    for number in range(2 * STUCK):
        order = f"DB-{number:03d}"
        told += [facts(order, began, began, "99.00", f"TB{number:05d}", "CNY", channel="douyin", warehouse="HZ1")]
        told += [left(node, began, order, source="wms") for node in ("place", "pay", "review", "quality")]
        told += [left(node, began, order, source="wms") for node in ("allocate", "pick", "pack")]
        if number >= STUCK:
            told.append(left("dispatch", began + timedelta(minutes=9), order, source="wms"))
    return told


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """That shop, its sources heard just now."""
    now = WallClock().now()
    with store.begin() as connection:
        record(connection, stuck_at_dispatch(), lifeline, now)
        for source in ("channel", "payment", "wms", "erp"):
            hear(connection, source, now, now)
    with store.begin() as connection:
        fold(connection, now, lifeline)
    return store


@pytest.fixture
def address(shop: Store) -> Iterator[str]:
    """A server where whoever is at this machine is an operator of every team."""
    with serving(shop, WallClock()) as address:
        yield address


@pytest.fixture
def guarded(shop: Store) -> Iterator[str]:
    """A server where people sign in: Li and Chen of the warehouse, and Vi who may only look."""
    now = WallClock().now()
    add_somebody(shop, "li", Role.OPERATOR, now, "warehouse")
    add_somebody(shop, "chen", Role.OPERATOR, now, "warehouse")
    add_somebody(shop, "vi", Role.VIEWER, now)
    with serving(shop, WallClock(), visitor=None, settings=SETTINGS) as address:
        yield address


def sign_in(page: Page, address: str, name: str) -> None:
    """As a person does."""
    page.goto(f"{address}/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button").first.click()
    page.wait_for_selector("html[data-connection=live]")


def dispatched(address: str, number: int) -> None:
    """The warehouse system says that an order went out."""
    at = WallClock().now().isoformat()
    told = {"order_id": f"DB-{number:03d}", "event_id": "gone", "kind": "left", "node": "dispatch", "at": at}
    answer = httpx.post(
        f"{address}/api/v1/events", json={"events": [told | {"source": "wms"}]}, headers=AUTHORISED, timeout=30
    )
    answer.raise_for_status()


def tick(page: Page, *orders: str) -> None:
    """Tick the boxes of orders in the list."""
    for order in orders:
        expect(page.locator(f".ag-row[row-id='{order}:1']").first).to_be_visible()
        page.locator(f".ag-row[row-id='{order}:1'] .ag-checkbox-input").click()


def apply(page: Page, reason: str) -> None:
    """Give a reason, and do it."""
    expect(page.locator(APPLY)).to_be_visible()
    page.locator("#acting-reason").fill(reason)
    page.locator(APPLY).click()


def close(page: Page) -> None:
    """Escape closes the dialog."""
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).not_to_be_visible()


def test_tick_an_order_on_a_large_screen(page: Page, address: str):
    """Where everything is larger, the box still stands beside the order's number, and the number is whole."""
    page.set_viewport_size({"width": 3840, "height": 2160})
    visit(page, f"{address}/node/dispatch")
    tick(page, "DB-001")
    expect(page.locator("#acting-count")).to_have_text("1 selected")
    row = page.locator(".ag-row[row-id='DB-001:1']")
    box, order = row.locator(".ag-checkbox-input").bounding_box(), row.locator("a.order-link").bounding_box()
    assert box["x"] + box["width"] < order["x"]
    cell = row.locator("[col-id=order_id] .ag-cell-value")
    assert cell.evaluate("(cell) => cell.scrollWidth <= cell.clientWidth")


def test_retry_missed_dispatches_from_the_red_node_to_green_and_undo_it(page: Page, address: str):
    """All twelve get pick lists; the warehouse sends nine on and the node is red no more; three are taken back."""
    visit(page, f"{address}/node/dispatch")
    expect(page.locator("#live\\:node-status")).to_contain_text("congested")
    expect(page.locator(".ag-row a").first).to_be_visible()
    page.locator("#acting-all").click()
    expect(page.locator("#acting-count")).to_have_text(f"{STUCK} selected")
    page.get_by_role("button", name="Retry dispatch", exact=True).first.click()
    dialog = page.locator(DIALOG)
    expect(dialog).to_contain_text(f"{STUCK} orders would change")
    expect(dialog).to_contain_text("Warehouse system: new pick list")
    apply(page, "the WMS was away")
    expect(dialog).to_contain_text(f"Done: {STUCK} of {STUCK}")
    close(page)
    expect(page.locator("#acting-count")).to_have_text("0 selected")
    for number in range(9):
        dispatched(address, number)
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text("3")
    visit(page, f"{address}/order/DB-010")
    expect(page.locator(".deed")).to_contain_text("the WMS was away")
    page.locator(".deed-undo").click()
    expect(dialog).to_contain_text("go back to what they were")
    apply(page, "the WMS is back, its own lists count")
    expect(dialog).to_contain_text("3 of 12 orders changed, 9 left out")
    close(page)
    expect(page.locator(".deed").first).to_contain_text("Undo")
    expect(page.locator(".deed-note").first).to_contain_text("Undone by visitor")
    for number in range(9, STUCK):
        dispatched(address, number)
    visit(page, f"{address}/node/dispatch")
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text("0")


def test_the_focus_stays_where_somebody_acts(page: Page, address: str):
    """After the dialog is closed: on what stands in the place of the button."""
    visit(page, f"{address}/order/DB-004")
    hold = page.get_by_role("button", name="Hold", exact=True)
    hold.focus()
    page.keyboard.press("Enter")
    apply(page, "ask the customer")
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    close(page)
    expect(page.get_by_role("button", name="Release hold", exact=True)).to_be_focused()


def test_a_reason_that_is_missing_is_asked_for_in_words(page: Page, address: str):
    """Beside the field, and told to whoever only hears it."""
    visit(page, f"{address}/order/DB-005")
    page.get_by_role("button", name="Hold", exact=True).first.click()
    expect(page.locator(APPLY)).to_be_visible()
    expect(page.locator(".acting-lacks")).not_to_be_visible()
    page.locator(APPLY).click()
    expect(page.locator(".acting-lacks")).to_have_text("Say why: the reason is missing.")
    expect(page.locator("#acting-reason")).to_be_focused()


def test_two_people_one_order(context: BrowserContext, browser, guarded: str):
    """Both see that the order could be held; Li holds it, Chen is told who was first, and the page says so to both."""
    li = context.new_page()
    chen = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    for page, name in ((li, "li"), (chen, "chen")):
        sign_in(page, guarded, name)
        visit(page, f"{guarded}/order/DB-001")
        page.get_by_role("button", name="Hold", exact=True).first.click()
        expect(page.locator(DIALOG)).to_contain_text("1 order would change")
    apply(li, "the customer rang")
    expect(li.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    apply(chen, "address unclear")
    expect(chen.locator(DIALOG)).to_contain_text("Nothing was changed")
    expect(chen.locator(DIALOG)).to_contain_text("li was first")
    close(chen)
    expect(chen.locator(".mark-hold")).to_contain_text("On hold by li")
    expect(chen.locator(".deed").last).to_contain_text("the customer rang")
    chen.context.close()


def test_what_was_refused_is_never_sent_by_whoever_signs_in_next(browser: Browser, guarded: str):
    """Li's session ends before the last click: Chen, who signs in after that in the same tab, has held nothing."""
    page = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()  # it complains of the 401, rightly
    sign_in(page, guarded, "li")
    visit(page, f"{guarded}/order/DB-001")
    page.get_by_role("button", name="Hold", exact=True).first.click()
    expect(page.locator(DIALOG)).to_contain_text("1 order would change")
    page.context.clear_cookies()
    apply(page, "by li")
    expect(page.locator("#acting-wait")).to_contain_text("You are no longer signed in")
    assert page.evaluate("sessionStorage.getItem('acting')") is None
    # Also what a page that was left in the middle had kept, which Chen might do: it is another's.
    sign_in(page, guarded, "li")
    visit(page, f"{guarded}/order/DB-002")
    page.get_by_role("button", name="Hold", exact=True).first.click()
    apply(page, "by li")
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    close(page)
    done = page.locator(".deed [data-undo]").get_attribute("data-undo")
    page.context.clear_cookies()
    kept = {"do": "undo", "action": done, "key": "a-key-of-li", "reason": "by li"}
    page.evaluate("kept => sessionStorage.setItem('acting', kept)", json.dumps({"who": "li", "command": kept}))
    sign_in(page, guarded, "chen")
    visit(page, f"{guarded}/order/DB-002")
    expect(page.locator("#who")).to_contain_text("Chen")
    page.wait_for_function("() => sessionStorage.getItem('acting') === null")
    expect(page.locator(DIALOG)).not_to_be_visible()
    expect(page.locator(".mark-hold")).to_be_visible()
    expect(page.locator(".deed")).to_have_count(1)
    page.context.close()


def test_a_viewer_sees_no_button_and_is_refused_by_the_server(page: Page, guarded: str):
    """Neither boxes nor buttons; who sends the dialog's command by hand is answered 403."""
    sign_in(page, guarded, "vi")
    visit(page, f"{guarded}/node/dispatch")
    expect(page.locator(".ag-row a").first).to_be_visible()
    assert page.locator("[data-act]").count() == 0 and page.locator(".ag-checkbox-input").count() == 0
    visit(page, f"{guarded}/order/DB-001")
    assert page.locator("[data-act]").count() == 0
    parts = ["acting-state.data", *(f"acting-{part}.children" for part in ("head", "form", "said", "asks", "foot"))]
    outputs = "...".join([*parts, "acting-aside.children"])
    command = {"do": "open", "ask": {"kind": "hold", "orders": ["DB-001"]}}
    body = {
        "output": f"..{outputs}..",
        "outputs": [],
        "inputs": [{"id": "acting-command", "property": "data", "value": command}],
        "changedPropIds": ["acting-command.data"],
        "state": [{"id": "shown", "property": "data", "value": {"url": "/", "lang": "en", "theme": "light"}}],
    }
    answer = page.request.post(f"{guarded}/_dash-update-component", data=body, headers={"Origin": guarded})
    assert answer.status == 403


def test_a_double_click_acts_once(page: Page, address: str):
    """And an answer that gets lost is asked for again with the same key."""
    lost: list[int] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        asked = route.request.post_data_json["inputs"][0]
        if asked["id"] == "acting-command" and asked["value"]["do"] == "apply" and not lost:
            lost.append(answer.status)
            route.fulfill(status=204)
        else:
            route.fulfill(response=answer)

    page.context.route("**/_dash-update-component*", lose)
    visit(page, f"{address}/order/DB-002")
    page.get_by_role("button", name="Hold", exact=True).first.click()
    expect(page.locator(APPLY)).to_be_visible()
    page.locator("#acting-reason").fill("twice")
    page.locator(APPLY).dblclick()
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    assert lost == [200]
    close(page)
    expect(page.locator(".deed")).to_have_count(1)


def test_what_was_begun_is_there_when_the_page_is_loaded_anew(page: Page, address: str):
    """The outcome is shown again, until its dialog was closed."""
    visit(page, f"{address}/order/DB-003")
    page.get_by_role("button", name="Hold", exact=True).first.click()
    apply(page, "a reason")
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    page.reload()
    page.wait_for_selector("html[data-connection=live]")
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    close(page)
    page.reload()
    page.wait_for_selector("html[data-connection=live]")
    expect(page.locator(".mark-hold")).to_be_visible()
    expect(page.locator(DIALOG)).not_to_be_visible()


def test_ticks_survive_sorting_and_fresh_rows(page: Page, address: str):
    """By the order, not by its place: after a sort and after the list was read anew."""
    visit(page, f"{address}/node/dispatch")
    tick(page, "DB-001", "DB-004")
    expect(page.locator("#acting-count")).to_have_text("2 selected")
    page.locator(".ag-header-cell[col-id=order_id] .ag-header-cell-label").click()
    expect(page.locator(".ag-row[row-index='0'] a")).to_have_text("DB-011")
    expect(page.locator("#acting-count")).to_have_text("2 selected")
    dispatched(address, 7)
    expect(page.locator(".ag-row a", has_text="DB-007")).to_have_count(0)
    expect(page.locator("#acting-count")).to_have_text("2 selected")
    expect(page.locator(".ag-row-selected")).not_to_have_count(0)
    page.get_by_role("button", name="Retry dispatch", exact=True).first.click()
    expect(page.locator(DIALOG)).to_contain_text("2 orders would change")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_acting_by_keyboard_in_an_accessible_dialog(page: Page, address: str, theme: str):
    """The focus goes in, stays in, and comes back; nothing that axe finds; the reason is asked for."""
    visit(page, f"{address}/order/DB-004?theme={theme}")
    button = page.get_by_role("button", name="Add note", exact=True).first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#acting-param-text")).to_be_focused()
    page.keyboard.type("call back at noon")
    page.keyboard.press("Tab")
    expect(page.locator(DIALOG)).to_contain_text("1 order would change")
    expect(page.locator(APPLY)).to_be_visible()
    assert violations(page) == []
    page.locator(APPLY).press("Enter")
    expect(page.locator("#acting-reason")).to_have_attribute("aria-invalid", "true")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('main')")
    page.locator("#acting-reason").fill("asked")
    page.locator("#acting-reason").press("Control+Enter")
    expect(page.locator(DIALOG)).to_contain_text("Done: 1 of 1")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
