"""A display that nobody touches, in short; ``make soak`` leaves it alone for days."""

from pathlib import Path

from tests.soak.browser import Plan, soak


def test_left_alone_it_outlives_restarts_an_outage_and_a_sleep(tmp_path: Path):
    """No update is lost, every number is the store's, nothing grows; it comes back by itself each time."""
    plan = Plan(minutes=8, restarts=1, sleep_seconds=12, orders_per_day=400, past_days=0.5, path="/")
    hourly: list[str] = []
    seen = soak(tmp_path, plan, hourly.append)
    assert seen.faults() == [], hourly
    assert (seen.updates, len(seen.server)) == (8, 4)
