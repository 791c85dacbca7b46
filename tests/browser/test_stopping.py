"""What a person stops for all orders at once: the intake of a SKU, a carrier's outlet."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import insert, update

from dashboard.clock import WallClock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from dashboard.permissions import Role
from datasource.acting_tables import outlet, sku, stock_hold
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear
from tests.browser.conftest import violations, visit
from tests.browser.test_acting import DIALOG, apply, close, sign_in
from tests.builders import facts, left
from tests.people import SETTINGS, add_somebody
from tests.serving import serving

ORDER = "DB-001"
SKUS = (
    {"sku": "DB-1001", "name": {"en": "Nut gift box", "zh": "坚果礼盒"}, "available": 2400},
    {"sku": "DB-1002", "name": {"en": "Longjing tea", "zh": "明前龙井"}, "available": 1500},
)
OUTLETS = (
    {"outlet": "zto-hz-01", "region": "330100", "name": {"en": "ZTO Hangzhou Binjiang", "zh": "中通杭州滨江网点"}},
    {"outlet": "zto-sz-01", "region": "440300", "name": {"en": "ZTO Shenzhen Nanshan", "zh": "中通深圳南山网点"}},
)


def one_order() -> list[Event]:
    """One order of ZTO to Hangzhou, which has waited for its carrier for a minute."""
    since = WallClock().now() - timedelta(minutes=1)
    told = [facts(ORDER, since, since, "99.00", "TB1", "CNY", channel="douyin", carrier="zto", region="330100")]
    nodes = ("place", "pay", "review", "quality", "allocate", "pick", "pack", "dispatch")
    return told + [left(node, since, ORDER, source="wms") for node in nodes]


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """That order holds two nut boxes; there is a tea besides, and there are two outlets of ZTO."""
    now = WallClock().now()
    with store.begin() as connection:
        record(connection, one_order(), lifeline, now)
        for source in ("channel", "payment", "wms", "erp", "carrier"):
            hear(connection, source, now, now)
        connection.execute(insert(sku), [{**one, "at": now} for one in SKUS])
        connection.execute(insert(outlet), [{**one, "carrier": "zto", "at": now} for one in OUTLETS])
        held = {"order_id": ORDER, "sku": "DB-1001", "quantity": 2, "state": "locked", "at": now}
        connection.execute(insert(stock_hold), held)
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
    """A server where people sign in: Li of the warehouse, and Vi who may only look."""
    now = WallClock().now()
    add_somebody(shop, "li", Role.OPERATOR, now, "warehouse")
    add_somebody(shop, "vi", Role.VIEWER, now)
    with serving(shop, WallClock(), visitor=None, settings=SETTINGS) as address:
        yield address


def press(page: Page, name: str) -> None:
    """Press the button of that name, and wait for its preview."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#acting-apply")).to_be_visible()


def test_find_a_sku_on_a_small_screen(page: Page, address: str):
    """The finder opens as a whole above the edge of the screen, and takes what is typed."""
    page.set_viewport_size({"width": 1366, "height": 768})
    visit(page, f"{address}/node/pick")
    page.locator(".finder-button").click()
    page.keyboard.type("tea")
    expect(page.locator(".finder-found")).to_contain_text("DB-1002")
    expect(page.locator(".finder-found")).not_to_contain_text("DB-1001")
    menu = page.locator(".finder-menu").bounding_box()
    assert menu["y"] >= 0 and menu["y"] + menu["height"] <= 768


def test_suspend_a_sku_on_the_order_see_it_at_the_node_and_resume_it_there(
    context: BrowserContext, browser, guarded: str
):
    """Li does it; Vi's open page shows it by itself, without a button, and so it does once Li has resumed it."""
    li = context.new_page()
    vi = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    for page, name in ((li, "li"), (vi, "vi")):
        sign_in(page, guarded, name)
    visit(vi, f"{guarded}/node/place")
    expect(vi.locator(".shared-panel")).to_contain_text("Every SKU is taken in.")
    visit(li, f"{guarded}/order/{ORDER}")
    assert li.get_by_role("button", name="Freeze outlet").count() == 0
    press(li, "Suspend intake Nut gift box")
    expect(li.locator(DIALOG)).to_contain_text("no new order with this SKU is taken in")
    apply(li, "seals broken")
    expect(li.locator(DIALOG)).to_contain_text("Done: 1 of 1 SKUs changed")
    close(li)
    expect(li.get_by_role("button", name="Resume intake Nut gift box")).to_be_focused()
    expect(vi.locator(".shared-item")).to_contain_text("by li")
    expect(vi.locator(".shared-item")).to_contain_text("Reason: seals broken")
    assert vi.locator("[data-act], .finder").count() == 0
    visit(li, f"{guarded}/node/place")
    press(li, "Resume intake Nut gift box")
    apply(li, "new seals")
    expect(li.locator(DIALOG)).to_contain_text("Done: 1 of 1 SKUs changed")
    close(li)
    for page in (li, vi):
        expect(page.locator(".shared-panel")).to_contain_text("Every SKU is taken in.")
    vi.context.close()


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
def test_find_an_outlet_by_keyboard_freeze_it_and_take_that_back(page: Page, address: str, theme: str):
    """In Chinese: open the finder, type, walk down, press; the focus comes back to the finder; undo it at once."""
    visit(page, f"{address}/node/pickup?state=in_progress&lang=zh&theme={theme}")
    finder = page.locator(".finder-button")
    finder.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".finder-found button")).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.type("深圳")
    expect(page.locator(".finder-found button")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(DIALOG)).to_contain_text("中通深圳南山网点")
    expect(page.locator(DIALOG)).to_contain_text("1 个网点将变更")
    assert violations(page) == []
    apply(page, "七天内第三次断更")
    expect(page.locator(DIALOG)).to_contain_text("已完成")
    expect(page.locator(".shared-item")).to_contain_text("冻结")
    page.locator("#acting-foot [data-undo]").click()
    expect(page.locator(DIALOG)).to_contain_text("1 个网点将恢复原状")
    apply(page, "误操作")
    expect(page.locator(DIALOG)).to_contain_text("已完成")
    page.keyboard.press("Escape")
    expect(finder).to_be_focused()
    expect(page.locator(".shared-panel")).to_contain_text("所有网点均正常收件。")


def test_the_order_page_with_what_is_stopped_is_accessible(page: Page, address: str, shop: Store):
    """Whatever is open or stopped on it."""
    with shop.begin() as connection:
        connection.execute(update(outlet).values(frozen=True))
    for theme in ("light", "dark", "wall"):
        visit(page, f"{address}/order/{ORDER}?theme={theme}")
        expect(page.locator(".shared-item.is-stopped")).to_contain_text("Frozen")
        assert violations(page) == []
