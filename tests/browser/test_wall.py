"""A wall: hung up, read from afar, left alone. Nobody touches it, and it must not need anybody."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from callbacks.pages import wall
from tests.browser.conftest import STUCK, visit
from tests.browser.test_living_pages import COUNT, pay

SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
SCENES = "scenes=wall,lifeline,problems,throughput,node"
SMALL_WORDS = """smallest => [...document.querySelectorAll('.wall *')]
  .filter(part => [...part.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .filter(part => part.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .filter(part => !part.closest('.visually-hidden, .chain-times'))
  .map(part => [part.textContent, parseFloat(getComputedStyle(part).fontSize)])
  .filter(([, size]) => size < smallest)"""
SPILT = """() => [...document.querySelectorAll('.wall *')]
  .filter(part => part.checkVisibility({ visibilityProperty: true }) && !part.closest('.visually-hidden'))
  .filter(part => part.textContent.trim() && part.getClientRects().length)
  .map(part => [part.className, part.getBoundingClientRect()])
  .filter(([, box]) => box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1)
  .map(([name]) => name)"""
TURNED = "place => document.documentElement.dataset.scene === String(place)"


@pytest.fixture(autouse=True)
def _screen(page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_read_it_from_six_metres_at_any_size(page: Page, server: str, size: tuple[int, int]):
    """No scroll bar, nothing past the edge, no word under 22 px at 1080p or its like at another size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(reduced_motion="reduce")
    for lang in ("en", "zh"):
        visit(page, f"{server}/wall?lang={lang}&{SCENES}&every=1h")
        expect(page.locator(".wall-scene")).to_have_count(5)
        for number in range(5):
            page.locator(".wall-turn").nth(number).dispatch_event("click")
            page.wait_for_function(TURNED, arg=number)
            assert page.evaluate(SMALL_WORDS, 22 * size[1] / 1080 - 0.1) == [], (lang, number)
            assert page.evaluate(SPILT) == [], (lang, number)
        scrolls = (
            "[document.documentElement.scrollWidth > innerWidth, document.documentElement.scrollHeight > innerHeight]"
        )
        assert page.evaluate(scrolls) == [False, False]


def test_the_wall_follows_the_store_and_says_what_is_wrong(page: Page, server: str):
    """Payment is red; one more order is paid, and the count follows in place."""
    visit(page, f"{server}/wall")
    problem = page.locator(".wall-problem").first
    expect(problem).to_contain_text("Paid")
    expect(problem).to_contain_text(f"{STUCK} overdue")
    pay(server, 0)
    expect(page.locator(COUNT)).to_have_text(str(STUCK - 1))
    expect(problem).to_contain_text(f"{STUCK - 1} overdue")


def test_hang_it_up_with_scenes_that_take_turns(page: Page, server: str):
    """One after the other by themselves, without a reload or a shift; held by a key, turned by another, or a press."""
    page.clock.install()
    visit(page, f"{server}/wall?scenes=wall,problems,node:pay&every=30s")
    page.evaluate(
        """() => {
          window.same = true;
          window.shifts = 0;
          new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifts += entry.value; }))
            .observe({ type: 'layout-shift' });
        }"""
    )
    page.wait_for_function("() => 'scene' in document.documentElement.dataset")
    first = int(page.evaluate("document.documentElement.dataset.scene"))
    for step in range(1, 4):
        page.clock.run_for(30_000)
        page.wait_for_function(TURNED, arg=(first + step) % 3)
    expect(page.locator(".wall-scene:visible")).to_have_count(1)
    page.keyboard.press("Space")
    page.clock.run_for(90_500)
    page.wait_for_function(TURNED, arg=first)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(TURNED, arg=(first - 1) % 3)
    page.locator(".wall-turn").nth(2).click()
    page.wait_for_function(TURNED, arg=2)
    expect(page.locator(".wall-node-name")).to_be_visible()
    page.keyboard.press("Space")
    page.clock.run_for(30_500)
    page.wait_for_function(TURNED, arg=0)
    assert page.evaluate("[window.same, window.shifts]") == [True, 0]


def test_leave_it_alone_through_an_outage(page: Page, server: str):
    """It says that it lost the server and since when; after 15 minutes all is grey; then it is whole again."""
    cut, sockets = [False], []

    def between(socket: WebSocketRoute) -> None:
        if cut[0]:
            socket.close(code=1012)
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page.route_web_socket("**/live", between)
    # A server that answers while nothing is heard of it has the page reloaded, which is another story.
    page.route("**/healthz", lambda route: route.abort() if cut[0] else route.continue_())
    page.clock.install()
    visit(page, f"{server}/wall")
    cut[0] = True
    sockets[-1].close(code=1012)
    page.clock.run_for(3_000)
    expect(page.locator("#connection-lost")).to_be_visible()
    expect(page.locator("#connection-lost-time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    before = page.locator(".wall-clock").text_content()
    page.clock.fast_forward("16:00")
    page.clock.run_for(2_000)
    page.wait_for_selector("html[data-wall=stale]", state="attached")
    expect(page.locator(".wall-clock")).not_to_have_text(before)
    pay(server, 0)
    cut[0] = False
    page.clock.run_for(20_000)
    expect(page.locator("#connection-lost")).to_be_hidden()
    expect(page.locator(COUNT)).to_have_text(str(STUCK - 1))
    page.wait_for_selector("html:not([data-wall])", state="attached")


def test_a_new_edition_of_the_program_reloads_it(page: Page, server: str, monkeypatch: pytest.MonkeyPatch):
    """Once, when the new server answers; and not again while the edition stays."""
    page.clock.install()
    visit(page, f"{server}/wall")
    page.evaluate("window.old = true")
    page.clock.run_for(16_000)
    assert page.evaluate("window.old") is True
    monkeypatch.setattr(wall, "edition", lambda: "another")
    expect(page.locator(".wall-content[data-edition=another]")).to_have_count(1)
    with page.expect_navigation(wait_until="load"):
        page.clock.run_for(16_000)
    page.wait_for_selector("html[data-connection=live]")
    assert page.evaluate("window.old") is None
    page.evaluate("window.old = true")
    page.clock.run_for(120_000)
    assert page.evaluate("window.old") is True


def test_it_keeps_the_screen_awake_and_fills_it(page: Page, server: str):
    """The lock is asked for at once and when it was taken away; f fills the screen; a still pointer is hidden."""
    page.add_init_script(
        """window.asked = 0;
        Object.defineProperty(navigator, 'wakeLock', { value: { request: async () => {
          window.asked += 1;
          window.lock = new EventTarget();
          window.lock.release = () => window.lock.dispatchEvent(new Event('release'));
          return window.lock;
        } } });"""
    )
    visit(page, f"{server}/wall")
    page.wait_for_function("() => window.asked === 1")
    page.evaluate("window.lock.release(); document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => window.asked === 2")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === document.documentElement")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")
    page.wait_for_selector("html[data-pointer=resting]", state="attached")
    assert page.evaluate("getComputedStyle(document.querySelector('.wall-clock')).cursor") == "none"
    page.mouse.move(200, 200)
    expect(page.locator(".wall-tools")).to_be_visible()


def test_go_from_the_wall_to_the_desk_and_back(page: Page, server: str):
    """By keys. The lifeline's page wears the viewer's colours, not the wall's; back on the wall it is dark."""
    visit(page, f"{server}/wall")
    for letter, frame, theme in (("l", ".shell", "light"), ("w", ".wall-shell", "wall"), ("s", ".shell", "light")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page.locator(frame)).to_have_attribute("data-theme", theme)
