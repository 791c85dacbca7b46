"""The write path and the fold, against a raw COPY of the same rows; the snapshot as the store grows."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import text

from dashboard.clock import FixedClock, WallClock
from dashboard.contributions import changes
from dashboard.events import Event, Kind
from dashboard.slices import Slice
from dashboard.visits import OrderState
from datasource.baselines import renew_baselines
from datasource.copying import copy_in
from datasource.embedded import start_embedded
from datasource.fold import fold
from datasource.lifelines import shipped
from datasource.order_rows import (
    CHANGE_COLUMNS,
    VISIT_COLUMNS,
    change_rows,
    visit_row,
)
from datasource.recording import record
from datasource.schema import node_visit, orders, visit_change
from datasource.snapshots import snapshot
from datasource.store import Store
from datasource.watermarks import hear
from tests.bench.measure import Line, percentile, seconds
from tests.bench.synthetic import NOW, Synthetic, copy

SIZES = (100_000, 1_000_000, 5_000_000)


@contextmanager
def opened_store(folder: Path, name: str) -> Iterator[Store]:
    """An empty database of its own with the default lifeline."""
    server = start_embedded(folder)
    store = Store.open(server.url)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    store.close()
    store = Store.open(server.url_of(name))
    try:
        store.migrate()
        store.install_lifeline(shipped("distributor"), NOW)
        yield store
    finally:
        store.close()


@contextmanager
def filled_store(folder: Path, name: str, visits: int) -> Iterator[Store]:
    """A store with so many visits that reach up to this moment."""
    with opened_store(folder, name) as store:
        fill(store, visits, WallClock().now())
        yield store


def drain(store: Store, now: datetime = NOW) -> int:
    """Fold until nothing is left; how many changes there were."""
    lifeline, total = store.lifeline(), 0
    while True:
        with store.begin() as connection:
            folded = fold(connection, now, lifeline)
        if not folded.changes:
            return total
        total += folded.changes


def write_and_fold(folder: Path, visits: int = 200_000) -> list[Line]:
    """Throughput of ``record`` and ``fold``, and of a COPY of what they wrote."""
    with opened_store(folder, "bench_write") as store:
        lifeline = store.lifeline()
        batches = list(_events(Synthetic(lifeline, visits, NOW)))
        written = 0
        start = perf_counter()
        for batch in batches:
            with store.begin() as connection:
                written += record(connection, batch, lifeline, NOW).visits
        recording = perf_counter() - start
        folding = seconds(lambda: drain(store))
        with store.begin() as connection:
            names = ", ".join(VISIT_COLUMNS)
            rows = [tuple(row) for row in connection.execute(text(f"SELECT {names} FROM node_visit"))]
            connection.execute(text(f"CREATE TEMP TABLE raw AS SELECT {names} FROM node_visit LIMIT 0"))
            copying = seconds(lambda: copy(connection, "raw", VISIT_COLUMNS, rows))
    return [
        Line("raw COPY of the visits", f"{written / copying:,.0f} visits/s"),
        Line("write path", f"{written / recording:,.0f} visits/s", ">= 20,000"),
        Line("write path against COPY", f"{recording / copying:.1f} times its time"),
        Line("fold", f"{written / folding:,.0f} visits/s", ">= 50,000"),
        Line("fold against COPY", f"{folding / copying:.1f} times its time"),
    ]


def snapshot_times(folder: Path, sizes: tuple[int, ...] = SIZES) -> list[Line]:
    """The live snapshot at growing volumes: the same number of days, ever more orders."""
    lines, medians = [], []
    for size in sizes:
        with opened_store(folder, f"bench_{size}") as store:
            fill(store, size, NOW)
            times = _snapshot_ms(store)
            medians.append(statistics.median(times))
            lines.append(
                Line(
                    f"snapshot at {size:,} visits",
                    f"{medians[-1]:.1f} ms (p95 {percentile(times, 0.95):.1f})",
                    "<= 50 ms",
                )
            )
    lines.append(Line("largest against smallest", f"{medians[-1] / medians[0]:.2f}", "flat"))
    return lines


def _snapshot_ms(store: Store, times: int = 25) -> list[float]:
    clock, lifeline = FixedClock(NOW), store.lifeline()

    def take() -> None:
        with store.begin() as connection:
            snapshot(connection, lifeline, slice=Slice(), window=timedelta(hours=1), at=None, now=clock.now())

    take()
    return [seconds(take) * 1000 for _ in range(times)]


def fill(store: Store, visits: int, until: datetime) -> None:
    """Fill an empty store with four weeks of visits that reach up to an instant."""
    for made in Synthetic(store.lifeline(), visits, until).chunks():
        with store.begin() as connection:
            told = [(key, state.facts.created_at, state.facts.dimensions, until) for key, state in made.items()]
            stays = (visit_row(key, visit) for key, state in made.items() for visit in state.visits)
            added = ((key, changes(OrderState(), state)) for key, state in made.items())
            copy_in(connection, orders, ("order_id", "created_at", "dimensions", "recorded_at"), told)
            copy_in(connection, node_visit, VISIT_COLUMNS, stays)
            rows = (row for key, change in added for row in change_rows(key, change, {}))
            copy_in(connection, visit_change, CHANGE_COLUMNS, rows)
        drain(store, until)
    with store.begin() as connection:
        connection.execute(text("ANALYZE"))
        renew_baselines(connection, store.lifeline(), until)
        hear(connection, "channel", until, until)


def _events(shop: Synthetic) -> Iterator[list[Event]]:
    for made in shop.chunks(5_000):
        yield [
            Event(
                key, stay.node, Kind.LEFT, stay.left_at, stay.node, source="wms", facts=None if place else state.facts
            )
            for key, state in made.items()
            for place, stay in enumerate(state.visits)
            if stay.left_at
        ]
