"""What a person does with the pages: see red, open it, find the orders, look one up, go back."""

import csv
import io

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import STUCK, visit


def test_red_node_opens_its_orders(page: Page, server: str):
    """The congested node is red with word and number; a click opens its page, which lists the stuck orders."""
    visit(page, server)
    node = page.locator("#live\\:chain-node\\:pay")
    expect(node).to_have_class("chain-node is-red")
    expect(page.locator("#live\\:chain-count\\:pay")).to_have_text(str(STUCK))
    node.locator("a").click()
    page.wait_for_url("**/node/pay")
    expect(page.locator("h1")).to_contain_text("Paid")
    expect(page.locator("#live\\:node-status")).to_contain_text("congested")
    expect(page.locator(".ag-row a").first).to_have_text("DB-000")
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text(str(STUCK))
    page.locator(".ag-row a", has_text="DB-000").click()
    page.wait_for_url("**/order/DB-000")
    expect(page.locator("#live\\:order-sentence")).to_contain_text("Stuck at paid")


def test_the_head_of_a_node_leads_down_to_its_orders(page: Page, server: str):
    """On a small screen the list begins far below: one click, or Enter, and it is there, with the keyboard in it."""
    page.set_viewport_size({"width": 1366, "height": 768})
    visit(page, f"{server}/node/pay")
    first = page.locator(".ag-row a").first
    expect(first).to_have_text("DB-000")
    expect(first).not_to_be_in_viewport()
    page.get_by_role("link", name="To its orders").press("Enter")
    expect(first).to_be_in_viewport()
    expect(page.locator("h1")).to_contain_text("Paid")
    page.keyboard.press("Tab")
    expect(page.locator("#orders-of-node :focus")).to_have_count(1)


def test_order_page_from_search(page: Page, server: str):
    """A slash goes to the search; typing lists orders, by the channel's id too; Enter opens the one that is meant."""
    visit(page, server)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("tb0000", delay=20)
    expect(page.locator("#search-results li")).to_have_count(10)
    page.keyboard.type("7", delay=20)
    expect(page.locator("#search-results li")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/order/DB-007")
    expect(page.locator("h1")).to_contain_text("DB-007")


def test_searching_for_what_is_not_there(page: Page, server: str):
    """It says so; Enter goes nowhere."""
    visit(page, server)
    page.locator("#search").fill("ZZZ")
    expect(page.locator("#search-results")).to_contain_text("No order begins with “ZZZ”")
    page.keyboard.press("Enter")
    expect(page).to_have_url(server + "/")


def test_the_grid_sorts_and_filters_on_the_server(page: Page, server: str):
    """The dearest order first; then only what the filter holds."""
    visit(page, f"{server}/node/pay?state=in_progress")
    first = page.locator(".ag-row[row-index='0'] a")
    expect(first).to_have_text("DB-000")
    amount = page.locator(".ag-header-cell", has_text="Amount")
    amount.locator(".ag-header-cell-label").click()
    expect(amount).to_have_attribute("aria-sort", "descending")
    expect(first).to_have_text("DB-049")
    page.locator(".ag-floating-filter-input input").first.fill("DB-01")
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(10)


def test_the_list_is_saved_as_a_file(page: Page, server: str):
    """What the button gives is the list that is shown."""
    visit(page, f"{server}/node/pay")
    with page.expect_download() as saved:
        page.locator("#orders-export").click()
    assert saved.value.suggested_filename.startswith("pay-overdue-")
    answer = httpx.get(server + page.locator("#orders-export").get_attribute("href"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == STUCK


def test_a_picked_slice_and_window_are_in_the_address(page: Page, server: str):
    """A view is a link: picking changes the address, the address alone gives the view again, going back undoes it."""
    visit(page, server)
    page.locator("#window-picker summary").click()
    page.get_by_role("link", name="4 hours", exact=True).click()
    page.wait_for_url("**/?window=4h")
    expect(page.locator("#window-picker summary")).to_contain_text("4 hours")
    page.locator("#slice-picker summary").click()
    page.get_by_role("link", name="Douyin", exact=True).click()
    page.wait_for_url("**/?slice=channel=douyin&window=4h")
    page.reload()
    expect(page.locator("#slice-picker summary")).to_contain_text("Douyin")
    expect(page.locator("#live\\:chain-count\\:pay")).to_have_text(str(STUCK))
    page.go_back()
    expect(page.locator("#slice-picker summary")).to_contain_text("All")


def test_the_language_switch_keeps_the_page(page: Page, server: str):
    """The same node, in Chinese, and on the next page too."""
    visit(page, f"{server}/node/pay")
    page.locator(".switches a", has_text="中文").click()
    expect(page.locator("h1")).to_contain_text("支付成功")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    visit(page, f"{server}/")
    expect(page.locator("h1")).to_contain_text("生命线")


def test_the_theme_of_the_system_is_followed(page: Page, server: str):
    """A dark system gets the dark page at once, until the person chooses otherwise."""
    page.emulate_media(color_scheme="dark")
    visit(page, server)
    expect(page.locator(".shell")).to_have_attribute("data-theme", "dark")
    for chosen in ("wall", "light"):
        page.locator(".switches a", has_text=chosen.title()).click()
        expect(page.locator(".shell")).to_have_attribute("data-theme", chosen)
    visit(page, server)
    expect(page.locator(".shell")).to_have_attribute("data-theme", "light")
