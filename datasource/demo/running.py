"""The demo shop on a store: its past is filled in once, then it lives by the clock, across restarts of either."""

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event as Stop
from typing import TypeVar

from dashboard.clock import Clock
from dashboard.events import Event
from dashboard.incidents import Incident
from datasource.baselines import baseline_due, renew_baselines
from datasource.collecting import seldom_collecting
from datasource.demo.beside import Beside
from datasource.demo.cities import demo_lifeline
from datasource.demo.memory import DemoMemory, has_orders, recall, remember, unfolded
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.progress import DemoProgress
from datasource.demo.requests import Request, requests_taken
from datasource.demo.shop import DemoShop, Opening
from datasource.demo.stock import stock_up
from datasource.demo.telling import Teller
from datasource.demo.writing import record_at_once
from datasource.errors import StoreError, StoreUnavailable
from datasource.fold import fold
from datasource.incidents import incidents_between, note_incidents
from datasource.statistics import refresh_statistics
from datasource.store import Store

DEFAULT_SEED = 20260225
PAST_DAYS = 14.0

_TICK = 0.3
_LONGEST_STEP = timedelta(hours=1)
_LONGEST_LIFE = timedelta(days=21)  # of an order: what began earlier needs no simulation when the shop wakes up
_PATIENCE = (0.5, 1.0, 2.0, 5.0)
_ORDERS_A_BATCH = 2500
_EVENTS_PER_ORDER = 12.2  # of a past of two weeks: only for the progress
_EVENTS_FOLDED_AT_ONCE = 250_000
_ORDERS_FOLDED_AT_ONCE = 25_000
_RECORDED, _OPENED, _FOLDED = 0.85, 0.90, 0.95  # shares of the preparation's time
T = TypeVar("T")


class DemoRefused(StoreError):  # noqa: N818 - it says what happened
    """The store holds orders that are not the demo shop's: it will not mix with them."""


class _Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The demo was told to stop."""


def refuse_strangers(store: Store) -> None:
    """Make sure that the store is empty or the demo shop's.

    Raises:
        DemoRefused: it holds other orders.
    """
    with store.begin() as connection:
        if recall(connection) is None and has_orders(connection):
            raise DemoRefused("The store holds other orders: the demo shop needs a store of its own.")


def run_demo(
    store: Store,
    clock: Clock,
    stop: Stop,
    progress: DemoProgress,
    *,
    seed: int = DEFAULT_SEED,
    days: float = PAST_DAYS,
    parameters: Parameters | None = None,
    processes: int = 2,
) -> None:
    """Fill an empty store with the shop's past, or wake up the shop that lives there; then live until ``stop`` is set.

    Everything follows from the opening that the store remembers, so a restart, at whatever moment, goes on with the
    very same orders. Waits while the database is away. ``processes``: how many record the past.

    Raises:
        DemoRefused: the store holds other orders.
    """
    demo = _Demo(store, clock, stop, progress, parameters or demo_parameters(), processes)
    try:
        demo.run(seed, days)
    except DemoRefused:
        progress.refused = True
        raise
    except _Stopped:
        return


class _Demo:
    """One run of the demo: the shop, and what it needs to get its events into the store."""

    def __init__(
        self, store: Store, clock: Clock, stop: Stop, progress: DemoProgress, shop: Parameters, processes: int
    ) -> None:
        self.store, self.clock, self.stop, self.progress = store, clock, stop, progress
        self.parameters, self.processes = shop, processes

    def run(self, seed: int, days: float) -> None:
        memory = self._patiently(lambda: self._move_in(Opening(seed, self.clock.now(), days)))
        if memory.told_until is None:
            shop = self._patiently(lambda: self._fill(memory.opening))
            memory = replace(memory, told_until=memory.opening.opened)
        else:
            shop = self._wake(memory.opening, memory.told_until)
        teller = Teller(self.store, shop)
        memory = self._catch_up(teller, memory)
        self._patiently(self._sum_up)
        memory = self._live(teller, memory)
        self.progress.finish()
        while not self.stop.wait(_TICK):
            memory = self._live(teller, memory)

    def _move_in(self, opening: Opening) -> DemoMemory:
        """The shop that the store remembers, or a new one if the store is empty."""
        refuse_strangers(self.store)
        with self.store.begin() as connection:
            memory = recall(connection)
            if memory is None:
                memory = DemoMemory(opening)
                remember(connection, memory, opening.opened)
        self.store.install_lifeline(demo_lifeline(), memory.opening.opened)
        return memory

    def _fill(self, opening: Opening) -> DemoShop:
        """Record the past; what an earlier attempt recorded already stays as it is."""
        self.progress.report(0.0, "demo_backfilling")
        shop, told, unfolded_events = DemoShop(opening, self.parameters), 0, 0
        expected = self.parameters.orders_per_day * opening.days * _EVENTS_PER_ORDER
        batches = self._until_stopped(shop.backfill(_ORDERS_A_BATCH))
        try:
            # The database folds while this process makes up more of the past, and then fills the shelves.
            with seldom_collecting(), Beside(self._fold_ahead) as folding:
                for count in record_at_once(self.store, batches, self.clock.now(), self.processes):
                    told, unfolded_events = told + count, unfolded_events + count
                    self.progress.report(_RECORDED * min(told / expected, 1.0), "demo_backfilling")
                    if unfolded_events >= _EVENTS_FOLDED_AT_ONCE and folding.start():
                        unfolded_events = 0
                folding.follow()
                self.progress.report(_RECORDED, "demo_folding")
                self._patiently(lambda: self._open(shop))
                self.progress.report(_OPENED, "demo_baselines")
                self._patiently(self._say_what_is_usual)
        except BrokenProcessPool as error:
            self.processes = 0  # where processes cannot be started, or are killed for their memory, one must do
            raise StoreUnavailable("A process that records the past broke off.") from error
        return shop

    def _open(self, shop: DemoShop) -> None:
        """What else there is when the shop opens."""
        opening = shop.opening
        with self.store.begin() as connection:
            refresh_statistics(connection)  # the stock looks up tens of thousands of orders
            note_incidents(connection, shop.incidents.unnoted(), self.clock.now())
            stock_up(connection, opening.opened)
            remember(connection, DemoMemory(opening, opening.opened), self.clock.now())

    def _wake(self, opening: Opening, told_until: datetime) -> DemoShop:
        """The shop as it was when it was last told of: simulated once more, in silence."""
        since = told_until - _LONGEST_LIFE
        shop = DemoShop(opening, self.parameters, since=since)
        incidents, requests = self._patiently(lambda: self._noted(since))
        shop.incidents.learn(incidents)
        shop.lives.learn(requests)
        with seldom_collecting():
            for until in shop.steps(told_until):
                self._check_stop()
                self.progress.report(0.3, "demo_waking")
                shop.advance(until)
        return shop

    def _catch_up(self, teller: Teller, memory: DemoMemory) -> DemoMemory:
        """Tell what happened since, in steps that are not too long for a transaction."""
        caught_up = False
        while (told := memory.told_until) and self.clock.now() - told > _LONGEST_STEP:
            self._check_stop()
            memory = self._live(teller, memory)
            caught_up = True
        if caught_up:
            self._patiently(self._count)
        return memory

    def _count(self) -> None:
        """The database plans by its counts, and its own housekeeping comes a minute too late."""
        with self.store.begin() as connection:
            refresh_statistics(connection)

    def _noted(self, since: datetime) -> tuple[tuple[Incident, ...], list[Request]]:
        with self.store.begin() as connection:
            stock_up(connection, self.clock.now())  # a shop of an earlier version has none
            return incidents_between(connection, since), requests_taken(connection, since)

    def _live(self, teller: Teller, memory: DemoMemory) -> DemoMemory:
        """Tell what happened up to now, or in the next hour if that is earlier."""
        now, told = self.clock.now(), memory.told_until or memory.opening.opened
        until = max(told, min(now, told + _LONGEST_STEP))
        return self._patiently(lambda: teller.tell(memory, until, now))

    def _sum_up(self) -> None:
        """Fold what was recorded, and say what is usual, unless it was said already."""
        with self.store.begin() as connection:
            waiting = unfolded(connection)
        left = waiting
        while left > 0:
            self._check_stop()
            self.progress.report(_FOLDED - (_FOLDED - _RECORDED) * left / waiting, "demo_folding")
            taken = self._fold()
            left = left - taken if taken else 0
        self.progress.report(_FOLDED, "demo_baselines")
        self._say_what_is_usual()

    def _say_what_is_usual(self) -> None:
        """From the visits themselves: it need not wait for the fold."""
        with self.store.begin() as connection:
            if baseline_due(connection, self.clock.now()):
                renew_baselines(connection, self.store.lifeline(), self.clock.now())

    def _fold_ahead(self) -> None:
        """What the database is too far away for now is folded at the end: no reason to make the past once more."""
        with suppress(StoreUnavailable):
            self._fold()

    def _fold(self) -> int:
        """Fold much at once: each fold of the past touches every hour of it. Answers the changes that it took."""
        lifeline = self.store.lifeline()
        with self.store.begin() as connection:
            return fold(connection, self.clock.now(), lifeline, _ORDERS_FOLDED_AT_ONCE).changes

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do it; while the database is away, again and again. What is done must bear being done twice."""
        tries = 0
        while True:
            try:
                return act()
            except StoreUnavailable:
                if self.stop.wait(_PATIENCE[min(tries, len(_PATIENCE) - 1)]):
                    raise _Stopped from None
                tries += 1

    def _until_stopped(self, batches: Iterator[list[Event]]) -> Iterator[list[Event]]:
        for batch in batches:
            self._check_stop()
            yield batch

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise _Stopped
