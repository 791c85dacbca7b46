"""Pictures of every page of a living demo shop: ``make screenshots``.

Those that the README and the docs show go to ``docs/images``, all others to ``build/screenshots``.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import executable

ROOT = Path(__file__).parents[2]
SHOWN = ROOT / "docs" / "images"
ALL = ROOT / "build" / "screenshots"
ADDRESS = "http://127.0.0.1:8059"
SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
LOOKS = tuple(f"lang={lang}&theme={theme}" for lang in ("en", "zh") for theme in ("light", "dark", "wall"))
SHOWN_PAGES = {"lifeline": LOOKS[0], "node": LOOKS[0], "order": LOOKS[0], "trends": LOOKS[0], "wall": LOOKS[2]}
"""What the docs show, and in which look."""

PATIENCE_SECONDS = 900


@contextmanager
def demo_shop() -> Iterator[None]:
    """A demo shop in a folder of its own, its past complete."""
    with tempfile.TemporaryDirectory(prefix="lifeline-screenshots-") as folder:
        command = (sys.executable, "app.py", "run", "--demo", "--port", ADDRESS.rpartition(":")[2], "--data", folder)
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            _wait_for_the_past(server)
            yield
        finally:
            server.terminate()
            server.wait(30)


def _wait_for_the_past(server: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    while monotonic() < deadline and server.poll() is None:
        sleep(2)
        try:
            if _json("/healthz")["backfill"] is None:
                sleep(20)  # a few live minutes' worth of ticks
                return
        except OSError:
            continue
    raise TimeoutError("the demo shop did not come up")


def _json(path: str) -> dict:
    with urlopen(ADDRESS + path, timeout=10) as answer:
        return json.load(answer)


def paths() -> dict[str, str]:
    """The pages to show: of the nodes the worst, of the orders its longest stuck, and one that is not there."""
    worst = max(_json("/api/v1/lifeline")["nodes"], key=lambda node: node["congestion_index"] or 0)["key"]
    stuck = _json(f"/api/v1/nodes/{worst}/orders?state=overdue&limit=1")["orders"]
    order = stuck[0]["order_id"] if stuck else "none"
    return {
        "lifeline": "/",
        "node": f"/node/{worst}",
        "order": f"/order/{order}",
        "trends": "/trends",
        "wall": "/wall",
        "scene": f"/wall?scenes=node:{worst}",
        "sources": "/sources",
        "incidents": "/incidents",
        "audit": "/audit",
        "missing": "/order/none-such",
    }


def shoot(browser: Browser, path: str, query: str, size: tuple[int, int], target: Path, *, whole: bool) -> None:
    """One picture of one page."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto(f"{ADDRESS}{path}{'&' if '?' in path else '?'}{query}")
    page.wait_for_selector("html[data-connection=live]", timeout=60_000)
    if path.startswith("/node/"):
        page.wait_for_selector(".ag-row a", state="attached", timeout=60_000)  # it comes when all else is there
        page.locator(".orders-grid").scroll_into_view_if_needed()  # rows out of sight are not drawn
        page.wait_for_selector(".ag-row a")
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(3_000)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=whole, timeout=180_000)
    page.close()


def main() -> None:
    """Take all pictures."""
    with demo_shop(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        for name, path in paths().items():
            if look := SHOWN_PAGES.get(name):
                shoot(browser, path, look, (1600, 1000), SHOWN / f"{name}.png", whole=False)
            for size in SIZES:
                for look in LOOKS:
                    look_name = look.replace("lang=", "").replace("&theme=", "-")
                    shoot(browser, path, look, size, ALL / f"{name}-{size[0]}-{look_name}.png", whole=size[0] < 3000)
        browser.close()


if __name__ == "__main__":
    main()
