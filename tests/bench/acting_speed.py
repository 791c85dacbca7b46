"""Acting: one action from preview to audit, a thousand orders at once, and what eight writers manage together."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

from dashboard.clock import FixedClock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from datasource.action_work import work
from datasource.recording import record
from datasource.store import Store
from datasource.write_back import Action, Asked, begin, preview
from tests.bench.measure import Line, percentile, seconds
from tests.bench.store_speed import opened_store
from tests.bench.synthetic import NOW
from tests.builders import order_events

SINGLE, BATCH, LARGE, WRITERS, EACH = 200, 1_000, 10_000, 8, 60


def acting(folder: Path) -> list[Line]:
    """Single actions, batches, and many at once, on a store of its own."""
    with opened_store(folder, "bench_acting") as store:
        lifeline = store.lifeline()
        _fill(store, lifeline, LARGE)
        times = [seconds(lambda name=name: _act(store, lifeline, "alone", name)) * 1000 for name in _names(0, SINGLE)]
        looking, doing = _batch(store, lifeline, _names(0, BATCH))
        large = sum(_batch(store, lifeline, _names(0, LARGE)))
        together = _together(store, lifeline)
    return [
        Line("one action, preview to audit, p95", f"{percentile(times, 0.95):.0f} ms", "<= 300 ms"),
        Line(f"{BATCH:,} orders: the preview", f"{looking:.1f} s"),
        Line(f"{BATCH:,} orders: all done", f"{doing:.1f} s"),
        Line(f"{LARGE:,} orders: preview and all done", f"{large:.0f} s"),
        Line(f"{WRITERS} writers, one order an action", f"{together:.0f} actions/s"),
    ]


def _fill(store: Store, lifeline: Lifeline, count: int) -> None:
    before_pick = [(node.key, 5.0 * (place + 1)) for place, node in enumerate(lifeline.nodes[:5])]
    for start in range(0, count, 1_000):
        events: list[Event] = []
        for name in _names(start, 1_000):
            events += order_events(name, NOW, *before_pick, warehouse="HZ1")
        with store.begin() as connection:
            record(connection, events, lifeline, NOW)


def _names(start: int, count: int) -> list[str]:
    return [f"ACT{number:06}" for number in range(start, start + count)]


def _act(store: Store, lifeline: Lifeline, actor: str, *names: str) -> Action:
    caller = Caller(actor, CallerKind.PERSON, Role.ADMIN, origin="127.0.0.1")
    made = preview(store, Asked("note", names, {"text": "rang the customer"}), caller, NOW, lifeline, LARGE)
    begun, _ = begin(store, made.preview_id, "measured", f"key:{made.preview_id}", caller, NOW)
    return work(store, begun.action_id, FixedClock(NOW))


def _batch(store: Store, lifeline: Lifeline, names: list[str]) -> tuple[float, float]:
    caller = Caller("batch", CallerKind.PERSON, Role.ADMIN)
    start = perf_counter()
    made = preview(store, Asked("note", tuple(names), {"text": "rang"}), caller, NOW, lifeline, LARGE)
    looked = perf_counter()
    begun, _ = begin(store, made.preview_id, "measured", f"key:{made.preview_id}", caller, NOW)
    done = work(store, begun.action_id, FixedClock(NOW))
    assert done.done == len(names)
    return looked - start, perf_counter() - looked


def _together(store: Store, lifeline: Lifeline) -> float:
    def write(writer: int) -> None:
        for name in _names(writer * EACH, EACH):
            _act(store, lifeline, f"writer-{writer}", name)

    with ThreadPoolExecutor(WRITERS) as pool:
        taken = seconds(lambda: list(pool.map(write, range(WRITERS))))
    return WRITERS * EACH / taken
