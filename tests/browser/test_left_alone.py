"""A display that nobody touches, in short; ``make soak`` leaves it alone for days."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.soak.browser import Plan, soak


def test_left_alone_it_outlives_restarts_an_outage_and_a_sleep(tmp_path: Path):
    """No update is lost, every number is the store's, nothing grows; it comes back by itself each time."""
    plan = Plan(minutes=8, restarts=1, sleep_seconds=12, orders_per_day=400, past_days=0.5)
    hourly: list[str] = []
    # The browser of the other tests runs an event loop in this thread, beside which there is no room for a second.
    with ThreadPoolExecutor(1) as apart:
        seen = apart.submit(soak, tmp_path, plan, hourly.append).result()
    assert seen.faults() == [], hourly
    assert (seen.updates, len(seen.server)) == (8, 4)
