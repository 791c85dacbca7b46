"""Open pages follow the store: within a second, in place, and again after the connection was lost."""

import re
from statistics import median
from time import monotonic

import httpx
from playwright.sync_api import Page, WebSocketRoute, expect

from dashboard.clock import WallClock
from tests.browser.conftest import STUCK, visit
from tests.serving import AUTHORISED, serving

TRIES = 5
COUNT = "#live\\:chain-count\\:pay"


def pay(address: str, number: int) -> None:
    """The payment of an order arrives."""
    at = WallClock().now().isoformat()
    paid = {
        "order_id": f"DB-{number:03d}",
        "event_id": "paid",
        "kind": "left",
        "node": "pay",
        "at": at,
        "source": "payment",
    }
    httpx.post(f"{address}/api/v1/events", json={"events": [paid]}, headers=AUTHORISED).raise_for_status()


def test_posted_event_changes_open_page_within_a_second(page: Page, server: str):
    """From the answer of the API to the new number on the page; half of the tries at least, on a busy machine."""
    visit(page, server)
    page.wait_for_timeout(1000)
    waits = []
    for number in range(TRIES):
        pay(server, number)
        began = monotonic()
        page.wait_for_function(
            "([id, text]) => document.getElementById(id).textContent === text",
            arg=["live:chain-count:pay", str(STUCK - 1 - number)],
            polling=10,
        )
        waits.append(monotonic() - began)
    assert median(waits) < 1.0, waits


def test_a_change_leaves_the_rest_of_the_page_alone(page: Page, server: str):
    """No flicker: the parts stay the very same elements, what is being typed and where it is scrolled stays too."""
    page.set_viewport_size({"width": 1000, "height": 500})
    visit(page, server)
    page.locator("#search").fill("half a wo")
    page.evaluate(
        """() => {
          window.kept = ['live:chain-node:pay', 'live:chain-count:pay', 'live:row:pay', 'search']
            .map((id) => document.getElementById(id));
          window.scrollTo(0, 50);
          window.scrolled = window.scrollY;
        }"""
    )
    pay(server, 0)
    expect(page.locator(COUNT)).to_have_text(str(STUCK - 1))
    assert page.evaluate("window.kept.every((part) => part.isConnected && part === document.getElementById(part.id))")
    assert page.locator("#search").input_value() == "half a wo"
    assert page.evaluate("window.scrollY === window.scrolled && window.scrolled > 0")


def test_the_orders_in_view_follow(page: Page, server: str):
    """The order that went on leaves the list, the figures above it follow."""
    visit(page, f"{server}/node/pay")
    expect(page.locator(".ag-row a", has_text="DB-000")).to_be_visible()
    pay(server, 0)
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text(str(STUCK - 1))
    expect(page.locator(".ag-row a", has_text="DB-000")).to_have_count(0)


def test_an_order_page_follows_its_order(page: Page, server: str):
    """The sentence changes and the event is listed."""
    visit(page, f"{server}/order/DB-003")
    expect(page.locator("#live\\:order-sentence")).to_contain_text("Stuck at paid")
    pay(server, 3)
    expect(page.locator("#live\\:order-sentence")).to_contain_text("finance review", ignore_case=True)
    expect(page.locator("#live\\:events li")).to_have_count(3)


def test_an_empty_page_fills_by_itself(page: Page, store):
    """The first order ever arrives, and the page that said there was none shows it."""
    with serving(store, WallClock()) as address:
        visit(page, address)
        expect(page.locator("#live\\:content")).to_contain_text("No orders yet")
        at = WallClock().now().isoformat()
        first = {"order_id": "first", "event_id": "1", "kind": "left", "node": "place", "at": at, "source": "channel"}
        httpx.post(f"{address}/api/v1/events", json={"events": [first]}, headers=AUTHORISED).raise_for_status()
        expect(page.locator(COUNT)).to_have_text("1")
        expect(page.locator("#live\\:content")).not_to_contain_text("No orders yet")


def test_following_links_keeps_listening(page: Page, server: str):
    """From page to page without loading anew, each lives."""
    visit(page, f"{server}/node/pay")
    page.locator(".nav-link").first.click()
    expect(page.locator(COUNT)).to_have_text(str(STUCK))
    pay(server, 0)
    expect(page.locator(COUNT)).to_have_text(str(STUCK - 1))
    page.go_back()
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text(str(STUCK - 1))
    pay(server, 1)
    expect(page.locator("#live\\:orders-count\\:overdue")).to_have_text(str(STUCK - 2))


def test_a_lost_connection_is_told_and_comes_back(page: Page, server: str):
    """The page keeps what it shows, says since when it is old, and is whole again by itself."""
    cut, sockets = [False], []

    def between(socket: WebSocketRoute) -> None:
        if cut[0]:
            socket.close(code=1012)
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page.route_web_socket("**/live", between)
    visit(page, server)
    cut[0] = True
    sockets[-1].close(code=1012)
    expect(page.locator("#connection-lost")).to_be_visible()
    expect(page.locator("#connection-lost-time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    pay(server, 0)
    expect(page.locator(COUNT)).to_have_text(str(STUCK))
    cut[0] = False
    expect(page.locator("#connection-lost")).to_be_hidden()
    expect(page.locator(COUNT)).to_have_text(str(STUCK - 1))
