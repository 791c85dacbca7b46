"""The demo shop on a real store: it fills it once, lives by the clock, and wakes up where it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event as Stop
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.clock import Clock, FixedClock
from dashboard.events import Event, Kind
from dashboard.visits import derive
from datasource.demo.cities import demo_lifeline
from datasource.demo.commanding import Order, start_incident
from datasource.demo.memory import recall
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.progress import DemoProgress
from datasource.demo.running import DemoRefused, run_demo
from datasource.demo.shop import DemoShop, Opening
from datasource.errors import StoreUnavailable
from datasource.incidents import newest_incidents
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import watermarks

OPENED = datetime(2026, 2, 25, 7, 30, tzinfo=UTC)
SEED, DAYS = 11, 1.0
PATIENCE = 60.0


def small() -> Parameters:
    """A shop of 120 orders a day."""
    return replace(demo_parameters(), orders_per_day=120)


def told_by(until: datetime) -> dict[tuple[str, str], datetime]:
    """The events that a shop of this seed tells up to an instant: when each happened, by order and event id."""
    shop = DemoShop(Opening(SEED, OPENED, DAYS), small())
    past = [event for batch in shop.backfill() for event in batch]
    return {(event.order_id, event.event_id): event.at for event in past + shop.advance(until)}


def stored(store: Store) -> dict[tuple[str, str], datetime]:
    """The events that the store holds."""
    with store.begin() as connection:
        rows = connection.execute(text("SELECT order_id, event_id, at FROM node_event"))
        return {(row.order_id, row.event_id): row.at for row in rows}


def told_until(store: Store) -> datetime | None:
    """How far the store was told."""
    with store.begin() as connection:
        memory = recall(connection)
    return memory.told_until if memory else None


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds, but not for ever."""
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end
        sleep(0.02)


@contextmanager
def running(store: Store, clock: Clock, **options: Any) -> Iterator[DemoProgress]:
    """A demo in a thread of its own, told to stop at the end."""
    stop, progress = Stop(), DemoProgress()
    options = {"seed": SEED, "days": DAYS, "parameters": small(), "processes": 0} | options
    thread = Thread(target=run_demo, args=(store, clock, stop, progress), kwargs=options)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def fill(store: Store, at: datetime = OPENED, **options: Any) -> None:
    """Run a demo until it lives and has told everything up to ``at``."""
    with running(store, FixedClock(at), **options) as progress:
        wait_for(lambda: progress.done)
        wait_for(lambda: told_until(store) == at)
    assert progress.fraction == 1.0


@pytest.mark.parametrize("processes", [0, 2])
def test_past_is_recorded_and_summed(store: Store, processes: int) -> None:
    """After the back-fill the store holds every event once, the visits that follow from them, sums and baselines."""
    fill(store, processes=processes)
    expected = told_by(OPENED)
    assert stored(store) == expected
    with store.begin() as connection:
        visits = connection.execute(text("SELECT count(*) FROM node_visit")).scalar_one()
        unsummed = connection.execute(text("SELECT count(*) FROM visit_change")).scalar_one()
        summed = connection.execute(text("SELECT sum(entered) FROM rollup_hour WHERE slice = 'all'")).scalar_one()
        baselines = connection.execute(text("SELECT count(*) FROM baseline_version")).scalar_one()
        heard = watermarks(connection)
    past = [event for batch in DemoShop(Opening(SEED, OPENED, DAYS), small()).backfill() for event in batch]
    orders: dict[str, list[Event]] = {}
    for event in past:
        orders.setdefault(event.order_id, []).append(event)
    assert visits == summed == sum(len(derive(events, demo_lifeline()).visits) for events in orders.values())
    assert (unsummed, baselines) == (0, 1)
    assert all(heard[source] == OPENED for source in demo_lifeline().systems)


def test_cities_have_names_in_the_lifeline_in_force(store: Store) -> None:
    """The lifeline that the pages read names the shop's cities."""
    fill(store)
    region = next(dimension for dimension in store.lifeline().dimensions if dimension.key == "region")
    assert region.values["510100"]["zh"] == "成都"


def test_lives_by_the_clock(store: Store) -> None:
    """As the clock moves, what happened by then is recorded, and nothing of what is to come."""
    clock = FixedClock(OPENED)
    with running(store, clock) as progress:
        wait_for(lambda: progress.done)
        for minutes in (20, 45, 46, 200):
            clock.instant = OPENED + timedelta(minutes=minutes)
            wait_for(lambda: told_until(store) == clock.instant)
            assert stored(store) == told_by(clock.instant)


def test_wakes_up_where_it_was(store: Store) -> None:
    """Stopped and started again nine hours later, the store holds what an unbroken life would have left."""
    fill(store)
    fill(store, OPENED + timedelta(minutes=30))
    fill(store, OPENED + timedelta(hours=9))
    assert stored(store) == told_by(OPENED + timedelta(hours=9))


def test_ordered_incident_is_taken_up_and_survives_a_restart(store: Store) -> None:
    """A running demo begins what another process noted; stopped and started again, it goes on with the same orders."""
    clock, later = FixedClock(OPENED), OPENED + timedelta(hours=2)
    with running(store, clock) as progress:
        wait_for(lambda: progress.done)
        with store.begin() as connection:
            order = Order("wms-push-lost", lasts=timedelta(hours=3))
            begun = start_incident(connection, order, small(), store.lifeline(), clock.now())
        clock.instant = later
        wait_for(lambda: told_until(store) == later)
    fill(store, OPENED + timedelta(hours=5))
    unbroken = DemoShop(Opening(SEED, OPENED, DAYS), small())
    unbroken.incidents.learn([begun])
    past = [event for batch in unbroken.backfill() for event in batch]
    events = past + unbroken.advance(OPENED + timedelta(hours=5))
    assert stored(store) == {(event.order_id, event.event_id): event.at for event in events}
    with store.begin() as connection:
        noted = {one.incident_id: one for one in newest_incidents(connection, 9)}
    assert noted == {
        key: one for key, one in unbroken.incidents.known.items() if one.began_at <= OPENED + timedelta(hours=5)
    }
    assert noted[begun.incident_id].ended_at == begun.until


def test_scheduled_incident_is_noted_from_the_first_look(store: Store) -> None:
    """The printer went offline three and a half hours before the shop opened: the pages can mark it."""
    fill(store)
    with store.begin() as connection:
        (noted,) = newest_incidents(connection, 9)
    assert (noted.kind, noted.began_at) == ("printer-offline", OPENED - timedelta(hours=3.5))


def test_broken_off_past_is_completed(store: Store) -> None:
    """A demo that is stopped in the middle of its past completes it at the next start, from the same opening."""
    stop, progress = Stop(), DemoProgress()
    breaking, shop = _Breaking(store, stop), small()
    run_demo(breaking, FixedClock(OPENED), stop, progress, seed=SEED, days=DAYS, parameters=shop, processes=0)
    assert told_until(store) is None and not progress.done
    with store.begin() as connection:
        batch = next(DemoShop(Opening(SEED, OPENED, DAYS), shop).backfill(orders=30))
        record(connection, batch, store.lifeline(), OPENED)
    fill(store, OPENED + timedelta(hours=1), seed=SEED + 1)
    assert stored(store) == told_by(OPENED + timedelta(hours=1))


def test_other_orders_are_left_alone(store: Store) -> None:
    """On a store with orders of somebody else no demo runs, and the store stays as it is."""
    event = Event("A-1", "1", Kind.LEFT, OPENED, "place")
    with store.begin() as connection:
        record(connection, [event], store.lifeline(), OPENED)
    progress = DemoProgress()
    with pytest.raises(DemoRefused):
        run_demo(store, FixedClock(OPENED), Stop(), progress, processes=0)
    assert progress.refused
    assert stored(store) == {("A-1", "1"): OPENED}


def test_waits_while_the_database_is_away(store: Store) -> None:
    """When the database breaks off, nothing is lost: what happened meanwhile is recorded once it is back."""
    clock = FixedClock(OPENED)
    flaky = _Flaky(store)
    with running(flaky, clock) as progress:
        wait_for(lambda: progress.done and told_until(store) == OPENED)
        flaky.away = True
        clock.instant = OPENED + timedelta(minutes=40)
        wait_for(lambda: flaky.refusals > 1)
        flaky.away = False
        wait_for(lambda: told_until(store) == clock.instant)
    assert stored(store) == told_by(clock.instant)


class _Flaky(Store):
    """A store whose database can be taken away."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.engine)
        self.away, self.refusals = False, 0

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self.away:
            self.refusals += 1
            raise StoreUnavailable("away")
        with super().begin() as connection:
            yield connection


class _Breaking(Store):
    """A store that is asked to stop as soon as the shop moved in."""

    def __init__(self, store: Store, stop: Stop) -> None:
        super().__init__(store.engine)
        self._stop_demo = stop

    def install_lifeline(self, *args: Any, **options: Any) -> int:
        self._stop_demo.set()
        return super().install_lifeline(*args, **options)
