"""A small shop whose numbers can be worked out by hand, and a real server over it."""

from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from tests.builders import NOON, facts, hours, left, minutes, status, trouble
from tests.serving import serving

NOW = hours(4)


def small_shop() -> list:
    """Three orders: one stuck at the review, one through it, one new there.

    A came to the review at 0:01 (due 2:01) and is still there. B came at 0:01 and left at 3:30. C came at 1:31 (due
    3:31) and is still there. All times after noon, the review's allowance is two hours, it is four o'clock.
    """
    return [
        facts("A", NOON, NOON, "199.90", "TB-1", "CNY", channel="douyin", warehouse="HZ1"),
        facts("B", NOON, NOON, "50.00", "=HYPERLINK(1)", "CNY", channel="tmall"),
        facts("C", hours(1.5), hours(1.5), "-12.50", "TB-3", "CNY", channel="douyin"),
        *(left("place", NOON, order, source="channel") for order in "AB"),
        *(left("pay", minutes(1), order, source="payment") for order in "AB"),
        left("place", hours(1.5), "C", source="channel"),
        left("pay", minutes(91), "C", source="payment"),
        left("review", hours(3.5), "B", operator="FIN-07", source="erp", document="INV-1"),
        trouble("invoice_incomplete", "review", hours(1), "A", source="erp"),
        status("paid", hours(1), "A"),
    ]


def tell(store: Store, lifeline: Lifeline, events: list, now: datetime) -> None:
    """Record and fold."""
    with store.begin() as connection:
        record(connection, events, lifeline, now)
    with store.begin() as connection:
        fold(connection, now, lifeline)


@pytest.fixture
def clock() -> FixedClock:
    """Four o'clock."""
    return FixedClock(NOW)


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """The store with the small shop in it."""
    tell(store, lifeline, small_shop(), NOW)
    return store


@pytest.fixture
def server(shop: Store, clock: FixedClock) -> Iterator[str]:
    """The address of a server over the small shop, where time stands still."""
    with serving(shop, clock, keep=False) as address:
        yield address


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client
