"""The fold: what is summed, where it is filed, and how it takes turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from dashboard.events import Event, Kind
from dashboard.lifeline import Lifeline
from datasource import rollup_merge
from datasource.fold import Folded, FoldLoop, fold, generation
from datasource.recording import record
from datasource.recount import self_check
from datasource.store import Store
from datasource.watermarks import hear, watermarks
from tests.builders import NOON, cancelled, event, facts, hours, left, minutes, seconds
from tests.contract.order_histories import fold_all, rollups_and_recount


@pytest.fixture
def tell(store: Store, lifeline: Lifeline):
    """Record events and fold them, at noon unless told otherwise."""

    def told(*events: Event, now=NOON) -> None:
        with store.begin() as connection:
            record(connection, events, lifeline, now)
        fold_all(store, lifeline, now)

    return told


def rows(store: Store, query: str, **parameters: object) -> list[tuple]:
    """The rows that a query answers."""
    with store.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query), parameters)]


def test_a_visit_is_filed_under_its_three_minutes(store: Store, tell) -> None:
    """Placed at 12:00:00, left at 12:00:12 within 15 s: entered, left and due at 12:00, nothing missed, 12 s of dwell.

    Bucket of 12 s: ceil(ln 12 / ln(1.01/0.99)) = ceil(2.484907 / 0.0200007) = 125, so its cell is 250.
    """
    tell(facts("A", created_at=NOON), left("place", seconds(12)))
    found = rows(
        store,
        'SELECT start, entered, "left", cancelled, due, missed, measured, dwell_us, cells, counts '
        "FROM rollup_minute WHERE node = 'place' AND slice = 'all'",
    )
    assert found == [(NOON, 1, 1, 0, 1, 0, 1, 12_000_000, [250], [1])]


def test_an_open_visit_is_due_and_missed_ahead(store: Store, tell) -> None:
    """Waiting for payment since 12:00:12, allowance 30 min: open by entry 12:00 and due 12:30, its money with it."""
    tell(facts("A", created_at=NOON, amount="99.90"), left("place", seconds(12)))
    assert rows(store, "SELECT start, n FROM rollup_open_entry WHERE node = 'pay' AND slice = 'all'") == [(NOON, 1)]
    due = rows(store, "SELECT start, n, amount::text FROM rollup_open_due WHERE node = 'pay' AND slice = 'all'")
    assert due == [(minutes(30), 1, "99.90")]
    missed = rows(store, "SELECT start, due, missed FROM rollup_hour WHERE node = 'pay' AND slice = 'all' AND due > 0")
    assert missed == [(NOON, 1, 1)]


def test_leaving_in_time_takes_the_miss_back(store: Store, tell) -> None:
    """Paid at 12:20: no longer open anywhere, due at 12:30 and not missed."""
    tell(facts("A", created_at=NOON), left("place", seconds(12)))
    tell(left("pay", minutes(20)))
    assert rows(store, "SELECT * FROM rollup_open_due WHERE node = 'pay'") == []
    assert rows(store, "SELECT * FROM rollup_open_entry WHERE node = 'pay'") == []
    assert rows(store, "SELECT due, missed FROM rollup_hour WHERE node = 'pay' AND slice = 'all'") == [(1, 0)]


def test_a_cancelled_visit_is_censored(store: Store, tell) -> None:
    """Cancelled after 100 s: counted as cancelled, in an odd cell, not in the dwell sum.

    Bucket of 100 s: ceil(4.605170 / 0.0200007) = 231, censored cell 463.
    """
    tell(facts("A", created_at=NOON), left("place", NOON), cancelled(seconds(100)))
    found = rows(
        store,
        'SELECT "left", cancelled, measured, dwell_us, cells, counts FROM rollup_hour '
        "WHERE node = 'pay' AND slice = 'all'",
    )
    assert found == [(0, 1, 0, 0, [463], [1])]


def test_contradictions_count_but_are_not_measured(store: Store, tell) -> None:
    """A delivery before its order was created is left and entered, but neither due nor in any cell."""
    tell(facts("A", created_at=NOON), left("place", minutes(-5)))
    found = rows(
        store,
        'SELECT sum(entered), sum("left"), sum(due), sum(measured), sum(cardinality(cells)) FROM rollup_hour '
        "WHERE node = 'place' AND slice = 'all'",
    )
    assert found == [(1, 1, 0, 0, 0)]


def test_a_finish_without_a_time_is_entered_only(store: Store, tell) -> None:
    """Left at an unknown time: entered counts, left does not, nothing is open."""
    tell(facts("A", created_at=NOON), event("A", "place", minutes(1), Kind.FINISHED))
    found = rows(
        store, "SELECT sum(entered), sum(\"left\"), sum(due) FROM rollup_hour WHERE node = 'place' AND slice = 'all'"
    )
    assert found == [(1, 0, 0)]
    assert rows(store, "SELECT * FROM rollup_open_entry WHERE node = 'place'") == []


def test_moved_order_takes_its_cells_along(store: Store, lifeline: Lifeline, tell) -> None:
    """A new warehouse and another amount: the old slice is left with nothing, the new one has the visit and money."""
    tell(facts("A", created_at=NOON, amount="10", warehouse="HZ1"), left("place", seconds(5)))
    tell(facts("A", minutes(1), amount="12.50", warehouse="SZ2"))
    due = rows(store, "SELECT slice, n, amount::text FROM rollup_open_due WHERE node = 'pay' ORDER BY slice")
    assert due == [("all", 1, "12.50"), ("warehouse=SZ2", 1, "12.50")]
    entered = rows(store, "SELECT slice, entered FROM rollup_hour WHERE node = 'place' AND entered <> 0 ORDER BY slice")
    assert entered == [("all", 1), ("warehouse=SZ2", 1)]
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
    known = rows(store, "SELECT slice, dimension, value FROM slice ORDER BY slice")
    assert known == [("warehouse=HZ1", "warehouse", "HZ1"), ("warehouse=SZ2", "warehouse", "SZ2")]


def test_minutes_are_kept_for_a_day_and_hours_for_good(store: Store, lifeline: Lifeline, tell) -> None:
    """26 hours before the current hour minutes end; what is older reaches only the hours, and is pruned there."""
    tell(facts("A", created_at=NOON), left("place", seconds(5)))
    tell(facts("B", minutes(1), created_at=hours(-27)), left("place", hours(-27) + timedelta(seconds=5), "B"))
    assert rows(store, "SELECT DISTINCT start FROM rollup_minute WHERE start < :noon", noon=NOON) == []
    assert rows(store, "SELECT entered FROM rollup_hour WHERE start = :at AND node = 'place'", at=hours(-27)) == [(1,)]
    tell(left("pay", minutes(3)), now=hours(26.5))
    assert rows(store, "SELECT count(*) > 0 FROM rollup_minute") == [(True,)]
    tell(now=hours(27))
    assert rows(store, "SELECT min(start) >= :one FROM rollup_minute", one=hours(1)) == [(True,)]
    assert rows(store, "SELECT minute_from FROM fold_state") == [(hours(1),)]
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted


@pytest.mark.parametrize("asked_each", [1, 4, 1000])
def test_a_large_fold_adds_to_what_is_there_already(
    store: Store, lifeline: Lifeline, tell, monkeypatch: pytest.MonkeyPatch, asked_each: int
) -> None:
    """An order in the first and the last of sixty minutes, each of which has others: however many are asked for."""
    monkeypatch.setattr(rollup_merge, "MANY", 1)
    monkeypatch.setattr(rollup_merge, "ASKED_EACH", asked_each)
    tell(
        *[
            told
            for n in range(60)
            for told in (facts(f"O{n}", created_at=minutes(n)), left("place", minutes(n), f"O{n}"))
        ]
    )
    tell(facts("Z", created_at=NOON), left("place", NOON, "Z"), left("pay", minutes(59), "Z"))
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
    assert folded.minute["place", "all", NOON]["entered"] == 2


def test_an_instant_at_the_end_of_time_keeps_its_row(store: Store, lifeline: Lifeline, tell) -> None:
    """In the years 2 and 9990 minutes need 33 bits: filed under their own hour, node and slice all the same."""
    for order, year in (("A", 2), ("B", 9990)):
        tell(
            facts(order, created_at=NOON.replace(year=year), channel="x"), left("place", NOON.replace(year=year), order)
        )
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
    assert ("pay", "channel=x", NOON.replace(year=9990)) in folded.hour


def test_generation_grows_with_each_fold_that_has_work(store: Store, lifeline: Lifeline) -> None:
    """Nothing to fold: no new generation. A mere status of an order: a new one, so that open pages look again."""
    with store.begin() as connection:
        assert fold(connection, NOON, lifeline).generation == generation(connection) == 0
        record(connection, [facts("A"), left("place")], lifeline, NOON)
        assert fold(connection, NOON, lifeline).generation == 1
        assert fold(connection, NOON, lifeline).changes == 0
        record(connection, [event("A", None, minutes(1), Kind.STATUS, source="erp", status="paid")], lifeline, NOON)
        assert (fold(connection, NOON, lifeline).changes, generation(connection)) == (1, 2)


def test_a_fold_takes_no_more_than_its_limit(store: Store, lifeline: Lifeline) -> None:
    """Ten orders leave ten changes, each with two visits: folds of four take 4, 4 and 2."""
    told = [event for n in range(10) for event in (facts(f"O{n}", created_at=NOON), left("place", seconds(5), f"O{n}"))]
    with store.begin() as connection:
        record(connection, told, lifeline, NOON)
        assert [fold(connection, NOON, lifeline, limit=4).changes for _ in range(4)] == [4, 4, 2, 0]


def test_sources_are_heard_up_to_now(store: Store, tell) -> None:
    """The newest instant of each source counts, one in the future as now; a heartbeat moves it on, never back."""
    tell(
        left("place", minutes(-9), source="channel"),
        left("pay", minutes(-4), source="payment"),
        event("A", None, minutes(-3), Kind.STATUS, source="erp", status="paid"),
        left("review", minutes(7), source="erp"),
    )
    with store.begin() as connection:
        assert watermarks(connection) == {"channel": minutes(-9), "payment": minutes(-4), "erp": NOON}
        hear(connection, "channel", minutes(-1), NOON)
        hear(connection, "payment", minutes(-8), NOON)
        heard = watermarks(connection)
    assert (heard["channel"], heard["payment"]) == (minutes(-1), minutes(-4))


def test_self_check_finds_a_falsified_hour(store: Store, lifeline: Lifeline, tell) -> None:
    """An hour is in order until somebody changes a number of it."""
    tell(facts("A", created_at=NOON, channel="douyin"), left("place", seconds(5)), left("pay", minutes(90)))
    with store.begin() as connection:
        assert self_check(connection, lifeline, NOON) == []
        connection.execute(
            text("UPDATE rollup_hour SET entered = entered + 1 WHERE node = 'pay' AND slice = 'all' AND start = :noon"),
            {"noon": NOON},
        )
        [difference] = self_check(connection, lifeline, NOON)
    assert difference.key == ("pay", "all", NOON)
    assert difference.stored["entered"] == difference.counted["entered"] + 1


@contextmanager
def running(loop: FoldLoop) -> Iterator[threading.Thread]:
    """The loop in a thread of its own, which must end within two seconds of being told to."""
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(2)
        assert not thread.is_alive()


def test_the_loop_folds_by_itself_and_survives_losing_its_connections(store: Store, lifeline: Lifeline) -> None:
    """All backends of the database are killed under it; what is recorded afterwards is folded all the same."""
    heard: list[int] = []
    folded = threading.Semaphore(0)

    def on_fold(told: Folded) -> None:
        heard.append(told.generation)
        folded.release()

    with running(FoldLoop(store, FixedClock(NOON), pause=0.02, on_fold=on_fold)):
        with store.begin() as connection:
            record(connection, [left("place")], lifeline, NOON)
        assert folded.acquire(timeout=10)
        with store.own() as connection:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        with store.begin() as connection:
            record(connection, [left("pay", minutes(1))], lifeline, NOON)
        assert folded.acquire(timeout=10)
    assert heard == [1, 2]


def test_only_one_loop_is_elected(store: Store, lifeline: Lifeline) -> None:
    """Of two loops one folds; when it stops, the other takes over."""
    first: list[Folded] = []
    second: list[Folded] = []
    loops = [FoldLoop(store, FixedClock(NOON), pause=0.02, on_fold=told.append) for told in (first, second)]
    with running(loops[0]):
        with store.begin() as connection:
            record(connection, [left("place")], lifeline, NOON)
        _wait_for(first)
        with running(loops[1]):
            with store.begin() as connection:
                record(connection, [left("pay", minutes(1))], lifeline, NOON)
            _wait_for(first, 2)
    with running(loops[1]):
        with store.begin() as connection:
            record(connection, [left("review", minutes(2))], lifeline, NOON)
        _wait_for(second)
    assert [told.generation for told in first] == [1, 2]
    assert [told.generation for told in second] == [3]


def _wait_for(told: list[Folded], length: int = 1) -> None:
    patience = threading.Event()
    for _ in range(500):
        if len(told) >= length:
            return
        patience.wait(0.02)
    raise AssertionError(f"only {told} after ten seconds")
