"""From the commit of an event to the changed number in an open page, through a real server and a real browser."""

from pathlib import Path
from time import sleep

from playwright.sync_api import Page, sync_playwright

from dashboard.clock import WallClock
from dashboard.events import Event, Facts, Kind
from datasource.recording import record
from datasource.store import Store
from tests.bench.measure import Line, percentile
from tests.bench.store_speed import opened_store
from tests.browser.chromium import executable
from tests.serving import serving

ROUNDS = 60
COUNT = '[id="live:chain-count:pay"]'
WATCH = f"""() => new Promise(resolve => {{
    const part = document.querySelector('{COUNT}');
    const before = part.textContent;
    const watcher = new MutationObserver(() => {{
        if (part.textContent === before) return;
        watcher.disconnect();
        requestAnimationFrame(() => resolve(Date.now()));
    }});
    watcher.observe(part, {{childList: true, characterData: true, subtree: true}});
}})"""


def commit_to_pixel(folder: Path) -> list[Line]:
    """Median and 95th percentile over some single orders, one at a time."""
    with opened_store(folder, "bench_pixel") as store, serving(store, WallClock(), keep=True) as address:
        delays = _delays(store, address)
    return [
        Line("commit to pixel, median", f"{percentile(delays, 0.5):.0f} ms"),
        Line("commit to pixel, p95", f"{percentile(delays, 0.95):.0f} ms", "<= 1,000 ms"),
    ]


def _delays(store: Store, address: str) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(COUNT)
        page.wait_for_timeout(2_000)
        delays = [_delay(store, page, number) for number in range(ROUNDS)]
        browser.close()
    return delays


def _delay(store: Store, page: Page, number: int) -> float:
    page.evaluate(f"() => {{ window.seen = ({WATCH})(); }}")
    now = WallClock().now()
    event = Event(f"P{number}", "placed", Kind.LEFT, now, "place", source="channel", facts=Facts(created_at=now))
    with store.begin() as connection:
        record(connection, [event], store.lifeline(), now)
    committed = WallClock().now()
    seen = page.evaluate("window.seen")
    sleep(0.05 + (number % 7) * 0.06)
    return float(seen) - committed.timestamp() * 1000
