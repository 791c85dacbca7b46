"""Record many events quickly: several processes at once, because deriving visits keeps one core busy."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import fields
from datetime import datetime
from multiprocessing import get_context
from operator import attrgetter
from typing import Any

from dashboard.events import Event
from datasource.recording import record
from datasource.store import Store

Packed = list[tuple[Any, ...]]

_PENDING_EACH = 2  # batches in hand per process: one at work, one ready
_pack = attrgetter(*(field.name for field in fields(Event)))


def record_at_once(
    store: Store, batches: Iterable[list[Event]], recorded_at: datetime, processes: int
) -> Iterator[int]:
    """Record batches that have no order in common, a transaction each; yields how many events were in each, once done.

    ``processes``: how many others do it at once; 0: this one does.

    Raises:
        StoreUnavailable: some batches may be recorded, others not.
    """
    url = store.engine.url.render_as_string(hide_password=False)
    if not processes:
        yield from (record_packed(url, [_pack(event) for event in batch], recorded_at) for batch in batches)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        pending: deque[Future[int]] = deque()
        try:
            for batch in batches:
                pending.append(pool.submit(record_packed, url, [_pack(event) for event in batch], recorded_at))
                while len(pending) >= processes * _PENDING_EACH or (pending and pending[0].done()):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def record_packed(url: str, packed: Packed, recorded_at: datetime) -> int:
    """Record the events of one batch in a transaction; answers how many came. Runs in a process of its own."""
    store = Store.open(url, connections=1)
    try:
        lifeline = store.lifeline()
        with store.begin() as connection:
            record(connection, [Event(*row) for row in packed], lifeline, recorded_at)
    finally:
        store.close()
    return len(packed)
