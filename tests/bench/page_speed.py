"""Each page as a browser meets it: when it is painted, how soon it answers, what it weighs, what Lighthouse says."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from datasource.store import Store
from tests.bench.measure import Line, percentile
from tests.bench.served import served
from tests.bench.store_speed import filled_store
from tests.browser.chromium import executable

ROUNDS = 3
PATIENCE_MS = 120_000
PAGES = {
    "lifeline": "/",
    "node": "/node/pickup",
    "order": "/order/{order}",
    "trends": "/trends",
    "wall": "/wall",
    "sources": "/sources",
}
"""What to call each page, and where it is: one line makes another page measured. ``{order}`` is some order's id."""

LIGHTHOUSE = "lighthouse@12"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
KINDS = {
    "Script": "scripts",
    "Stylesheet": "styles",
    "Font": "fonts",
    "Document": "text",
    "XHR": "data",
    "Fetch": "data",
}
WATCH = """
window.painted = 0;
window.answers = [];
new PerformanceObserver(list => { window.painted = list.getEntries().at(-1).startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (entry.interactionId) window.answers.push(entry.duration);
}).observe({type: 'event', durationThreshold: 16, buffered: true});
"""


@dataclass(frozen=True, slots=True)
class View:
    """One first view of a page: milliseconds to the largest paint, the slowest answer, bytes on the wire by kind."""

    painted: float
    answered: float
    weight: Counter[str]


def page_speed(folder: Path) -> list[Line]:
    """Every page, a few cold views each, in a browser of its own; the medians."""
    with (
        filled_store(folder, "bench_pages", 200_000) as store,
        served(store) as server,
        sync_playwright() as playwright,
    ):
        order = _some_order(store)
        addresses = {name: server.address + path.format(order=order) for name, path in PAGES.items()}
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        _view(browser, server.address)  # the first of all finds nothing compressed yet, which no second viewer does
        lines = [
            line
            for name, address in addresses.items()
            for line in _told(name, [_view(browser, address) for _ in range(ROUNDS)])
        ]
        browser.close()
        return lines + list(_lighthouse(addresses, folder))


def _told(name: str, views: list[View]) -> list[Line]:
    painted = percentile([view.painted for view in views], 0.5)
    answered = percentile([view.answered for view in views], 0.5)
    weight = views[0].weight
    apart = ", ".join(f"{kind} {size / 1000:.0f}" for kind, size in weight.most_common())
    return [
        Line(f"{name}: largest paint", f"{painted:.0f} ms", "<= 2,500 ms"),
        Line(f"{name}: slowest answer to a key or click", f"{answered:.0f} ms", "<= 200 ms"),
        Line(f"{name}: first view on the wire", f"{weight.total() / 1e6:.2f} MB", "<= 2.5 MB"),
        Line(f"{name}: of it, in kB", apart),
    ]


def _view(browser: Browser, address: str) -> View:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    weight = _weighing(page)
    page.goto(address)
    page.wait_for_selector("html[data-connection=live]")
    page.wait_for_timeout(1_500)
    painted, seen = float(page.evaluate("window.painted")), Counter(weight)
    _use(page)
    answered = max(page.evaluate("window.answers"), default=0.0)
    context.close()
    return View(painted, float(answered), seen)


def _weighing(page: Page) -> Counter[str]:
    session, kinds, weight = page.context.new_cdp_session(page), dict[str, str](), Counter[str]()
    session.send("Network.enable")

    def asked(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = KINDS.get(event["type"], "other")

    def done(event: dict[str, Any]) -> None:
        weight[kinds.get(event["requestId"], "other")] += int(event["encodedDataLength"])

    def told(event: dict[str, Any]) -> None:
        weight["live"] += len(event["response"]["payloadData"].encode())

    session.on("Network.responseReceived", asked)
    session.on("Network.loadingFinished", done)
    session.on("Network.webSocketFrameReceived", told)
    return weight


def _use(page: Page) -> None:
    """What a person does with any page: search, leave the search again, move through it, and click."""
    if page.locator("#search").count():
        page.keyboard.press("/")
        page.keyboard.type("S0000", delay=40)
        page.wait_for_timeout(500)
        page.keyboard.press("Escape")
    for _ in range(6):
        page.keyboard.press("Tab")
    page.mouse.click(500, 300)
    page.wait_for_timeout(800)


def _some_order(store: Store) -> str:
    with store.begin() as connection:
        return str(connection.execute(text("SELECT order_id FROM orders ORDER BY order_id LIMIT 1")).scalar_one())


def _lighthouse(addresses: dict[str, str], folder: Path) -> Iterator[Line]:
    command, browser = _lighthouse_command(), executable()
    if command is None or browser is None:
        yield Line(
            "Lighthouse", "not here (it needs Node with npx, and Chromium)", "performance >= 90, accessibility 100"
        )
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, address in addresses.items():
        scores = _scores(command, browser, address, folder / f"{name}.json")
        yield Line(f"{name}: Lighthouse, desktop", scores, "performance >= 90, accessibility 100")


def _lighthouse_command() -> list[str] | None:
    """The program that is installed, else the one that npx fetches."""
    if installed := shutil.which("lighthouse"):
        return [installed]
    npx = shutil.which("npx")
    return [npx, "--yes", LIGHTHOUSE] if npx else None


def _scores(command: list[str], browser: str, address: str, report: Path) -> str:
    options = ["--quiet", "--preset=desktop", "--output=json", f"--output-path={report}"]
    options += ["--only-categories=performance,accessibility", f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
    environment = {**os.environ, "CHROME_PATH": browser}  # noqa: TID251
    ran = subprocess.run([*command, address, *options], env=environment, capture_output=True, text=True, check=False)
    if ran.returncode or not report.exists():
        return f"failed: {(ran.stderr.strip().splitlines() or ['no word'])[-1][:80]}"
    found = json.loads(report.read_text("utf-8"))["categories"]
    return ", ".join(f"{key} {round((category['score'] or 0) * 100)}" for key, category in found.items())
