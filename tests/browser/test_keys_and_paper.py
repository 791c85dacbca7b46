"""The keyboard alone, the viewer's own clock, and what a page looks like on paper."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visit


def test_the_keys_lead_everywhere(page: Page, server: str):
    """``?`` lists them and Escape closes the list; ``g s`` goes to the sources, ``g l`` back; ``]`` widens."""
    visit(page, server)
    page.keyboard.press("?")
    panel = page.locator("#keys")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Go to: Sources")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#keys')")
    page.keyboard.press("Escape")
    expect(panel).not_to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/sources")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url(server + "/")
    expect(page.locator("h1")).to_have_text("Lifeline")
    page.wait_for_timeout(500)  # a person sees the page before they walk on it
    page.keyboard.press("j")
    expect(page.locator(".chain-link").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#live\\:chain-node\\:pay a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/node/pay")
    expect(page.locator("h1")).to_contain_text("Paid")
    page.keyboard.press("k")
    expect(page.locator("h1")).to_contain_text("Order placed")
    page.keyboard.press("]")
    page.wait_for_url("**/node/place?window=1h")
    expect(page.locator("#window-picker .picker-value")).to_contain_text("1")
    page.keyboard.press("Shift+L")
    page.wait_for_url("**lang=zh")
    expect(page.locator("h1")).to_contain_text("用户下单")
    page.keyboard.press("t")
    page.wait_for_url("**theme=dark**")


def test_keys_are_letters_while_a_person_types(page: Page, server: str):
    """In the search box nothing but the box hears them."""
    visit(page, server)
    page.keyboard.press("/")
    page.keyboard.type("tgs?L", delay=60)
    expect(page.locator("#search")).to_have_value("tgs?L")
    expect(page.locator("#keys")).not_to_be_visible()
    expect(page).to_have_url(server + "/")


def test_the_viewers_own_clock_is_put_into_the_address(browser: Browser, server: str):
    """A viewer in Berlin asks for their own zone by button or by link, sees it said, and goes back."""
    context = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB")
    page = context.new_page()
    visit(page, server)
    expect(page.locator(".zone-name")).to_have_text("Times in Asia/Shanghai")
    page.locator("[data-zone=viewer]").click()
    page.wait_for_url("**tz=Europe%2FBerlin**")
    expect(page.locator(".zone-name")).to_have_text("Times in Europe/Berlin")
    page.locator(".zone-switch a").click()
    expect(page.locator(".zone-name")).to_have_text("Times in Asia/Shanghai")
    visit(page, f"{server}/?tz=viewer")
    expect(page.locator(".zone-name")).to_have_text("Times in Europe/Berlin")
    context.close()


def test_on_paper_the_orders_are_a_plain_table(page: Page, server: str):
    """Head with the address, no navigation, light whatever the theme, each loaded order a row; then all is back."""
    visit(page, f"{server}/node/pay?theme=dark")
    expect(page.locator(".ag-row a").first).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".print-url")).to_have_text(f"{server}/node/pay?theme=dark")
    expect(page.locator(".print-told")).to_contain_text("Slice All")
    expect(page.locator(".print-orders tbody tr")).to_have_count(50)
    expect(page.locator(".sidebar")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".print-made")).to_have_count(0)
