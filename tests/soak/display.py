"""A display on a wall: one page in a real browser that nobody touches, and what it holds."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import psutil
from playwright.sync_api import Error, Page, sync_playwright

from layouts.formats import Formats
from layouts.texts import Texts
from tests.browser.chromium import executable

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--js-flags=--expose-gc"]
IN_SHORT = Formats(Texts("en"), ZoneInfo("UTC"), "")
COUNTS = '[id^="live:chain-count:"]'
CANVASES = """
window.webgl = 0;
const plain = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  const made = plain.call(this, kind, ...rest);
  if (made && /webgl/.test(kind) && !this.counted) { this.counted = true; window.webgl += 1; }
  return made;
};
"""
SHOWS = """instant => document.documentElement.dataset.connection === 'live'
  && new Date(document.documentElement.dataset.asOf ?? 0) >= new Date(instant)"""


@dataclass(frozen=True, slots=True)
class Held:
    """What the page holds after its garbage was collected: bytes of JavaScript heap, DOM nodes, listeners, contexts."""

    heap: float
    nodes: int
    listeners: int
    webgl: int


class Display:
    """The page and its process."""

    def __init__(self, page: Page, processes: list[psutil.Process]) -> None:
        self._page, self._processes = page, processes
        self._session = page.context.new_cdp_session(page)

    def shows(self, instant: datetime, seconds: float = 60.0) -> bool:
        """Whether it comes to show this instant, live, in so much time."""
        try:
            self._page.wait_for_function(SHOWS, arg=instant.isoformat(), timeout=seconds * 1000, polling=50)
        except Error:
            return False
        return True

    def agrees(self, counts: dict[str, int], seconds: float = 20.0) -> bool:
        """Whether each node's number in progress comes to be that of the store, in the page's short words."""
        deadline = monotonic() + seconds
        told = {node: IN_SHORT.short_count(count) for node, count in counts.items()}
        while self.counts() != told:
            if monotonic() > deadline:
                return False
            sleep(0.2)
        return True

    def counts(self) -> dict[str, str]:
        """The numbers in progress by node, as they stand on the page: ``835``, ``14.5 k``."""
        told = self._page.eval_on_selector_all(COUNTS, "parts => parts.map(part => [part.id, part.textContent])")
        return {name.rpartition(":")[2]: text.strip() for name, text in told}

    def holds(self) -> Held:
        """Collect garbage and look."""
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        heap = self._session.send("Runtime.getHeapUsage")["usedSize"]
        found = self._session.send("Memory.getDOMCounters")
        return Held(heap, found["nodes"], found["jsEventListeners"], int(self._page.evaluate("window.webgl")))

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """The machine sleeps: every process of the browser stands still."""
        for process in self._processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in self._processes:
                process.send_signal(signal.SIGCONT)


@contextmanager
def display(address: str) -> Iterator[Display]:
    """Hang a page up."""
    me = psutil.Process()
    with sync_playwright() as playwright:
        before = {child.pid for child in me.children(recursive=True)}
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.add_init_script(CANVASES)
        page.goto(address)
        page.wait_for_selector("html[data-connection=live]", timeout=60_000)
        mine = [child for child in me.children(recursive=True) if child.pid not in before and "chrom" in child.name()]
        yield Display(page, mine)
        browser.close()
