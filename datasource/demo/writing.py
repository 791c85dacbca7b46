"""Record many events quickly: several processes at once, because deriving visits keeps one core busy."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from datetime import datetime

from dashboard.events import Event
from datasource.collecting import seldom_collecting_processes
from datasource.elsewhere import pack, record_packed
from datasource.recording import record
from datasource.store import Store

_PENDING_EACH = 2  # batches in hand per process: one at work, one ready


def record_at_once(
    store: Store, batches: Iterable[list[Event]], recorded_at: datetime, processes: int
) -> Iterator[int]:
    """Record batches that have no order in common, a transaction each; yields how many events were in each, once done.

    ``processes``: how many others do it at once; 0: this one does.

    Raises:
        StoreUnavailable: some batches may be recorded, others not.
    """
    if not processes:
        yield from (_record_here(store, batch, recorded_at) for batch in batches)
        return
    url = store.engine.url.render_as_string(hide_password=False)
    with seldom_collecting_processes(processes) as pool:
        pending: deque[tuple[int, Future[None]]] = deque()
        try:
            for batch in batches:
                packed = [pack(event) for event in batch]
                pending.append((len(batch), pool.submit(record_packed, url, packed, recorded_at)))
                while len(pending) >= processes * _PENDING_EACH or (pending and pending[0][1].done()):
                    yield _done(pending)
            while pending:
                yield _done(pending)
        finally:
            for _, future in pending:
                future.cancel()


def _record_here(store: Store, batch: list[Event], recorded_at: datetime) -> int:
    with store.begin() as connection:
        record(connection, batch, store.lifeline(), recorded_at)
    return len(batch)


def _done(pending: deque[tuple[int, Future[None]]]) -> int:
    count, future = pending.popleft()
    future.result()
    return count
