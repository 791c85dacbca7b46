"""What must hold of the store whatever it is told, in whatever order, by however many writers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource import rollup_merge
from datasource.errors import StoreUnavailable
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from tests.builders import NOON, left, minutes
from tests.contract.order_histories import batches, contents, empty, fold_all, histories, rollups_and_recount

_ANEW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
_few = settings(max_examples=40, deadline=None, suppress_health_check=_ANEW, phases=(Phase.explicit, Phase.generate))


@_few
@given(data=st.data())
def test_arrival_does_not_matter(store: Store, lifeline: Lifeline, data: st.DataObject) -> None:
    """Told at once, or shuffled, doubled and in pieces with folds between: one store, and rollups equal a recount."""
    events = data.draw(histories())
    empty(store)
    with store.begin() as connection:
        record(connection, events, lifeline, NOON)
    fold_all(store, lifeline)
    at_once, sums = contents(store), rollups_and_recount(store, lifeline)
    empty(store)
    for batch in data.draw(batches(events)):
        with store.begin() as connection:
            record(connection, batch, lifeline, NOON)
        if data.draw(st.booleans()):
            many = data.draw(st.sampled_from([1, rollup_merge.MANY]))  # what a large fold does, a small one must bear
            with patch.object(rollup_merge, "MANY", many), store.begin() as connection:
                fold(connection, NOON, lifeline, limit=data.draw(st.sampled_from([1, 3, 1000])))
    fold_all(store, lifeline)
    assert contents(store) == at_once
    assert rollups_and_recount(store, lifeline) == sums
    assert sums[0] == sums[1]


def test_concurrent_writers_and_a_killed_fold(store: Store, lifeline: Lifeline) -> None:
    """Four writers on the same orders while two folds run and are cut off: nothing is lost or counted twice."""
    nodes = [node.key for node in lifeline][:8]
    rounds = [[left(nodes[n], minutes(7 * n + k), f"O{k}") for k in range(60)] for n in range(len(nodes))]
    turned = [rounds[2 * k :] + rounds[: 2 * k] for k in range(4)]
    folds = _Folds(store, lifeline)
    with ThreadPoolExecutor(7) as pool:
        pool.submit(folds.kill)
        running = [pool.submit(folds.run) for _ in range(2)]
        writers = [
            pool.submit(_write, store, lifeline, rounds, backwards=n % 2 == 0) for n, rounds in enumerate(turned)
        ]
        for writer in writers:
            writer.result()
        folds.done.set()
        killed = sum(fold.result() for fold in running)
    fold_all(store, lifeline)
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
    assert killed > 0
    told = contents(store)
    empty(store)
    with store.begin() as connection:
        record(connection, [event for batch in rounds for event in batch], lifeline, NOON)
    assert contents(store) == told


def _write(store: Store, lifeline: Lifeline, rounds: list[list[Event]], *, backwards: bool) -> None:
    for batch in rounds:
        ordered = batch[::-1] if backwards else batch
        for begin in range(0, len(ordered), 20):
            with store.begin() as connection:
                record(connection, ordered[begin : begin + 20], lifeline, NOON)


class _Folds:
    """Folds that run until told to stop, and one who kills them in the middle of their transactions."""

    def __init__(self, store: Store, lifeline: Lifeline) -> None:
        self.store, self.lifeline, self.done = store, lifeline, threading.Event()

    def run(self) -> int:
        """Fold on; answers how often it was killed."""
        killed = 0
        while not self.done.is_set():
            try:
                with self.store.begin() as connection:
                    connection.execute(text("SET LOCAL application_name = 'fold'"))
                    fold(connection, NOON, self.lifeline, limit=37)
                    connection.execute(text("SELECT pg_sleep(0.01)"))
            except StoreUnavailable:
                killed += 1
        return killed

    def kill(self) -> None:
        """Cut off whatever fold runs, every now and then."""
        ours = "application_name = 'fold' AND datname = current_database()"
        while not self.done.wait(0.08):
            with self.store.own() as connection:
                connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"))
