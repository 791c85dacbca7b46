"""Work done beside the reading, a few pieces ahead and no more: by threads, or by processes where there is much."""

import gc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from types import TracebackType
from typing import Any

Piece = tuple[Future[Any], Callable[..., object], tuple[object, ...]]

WORKERS = 2
_PENDING = 4
_SELDOM = (100_000, 20, 50)


class Ahead:
    """Workers that take pieces of work. ``do`` waits while all are busy, and raises what an earlier piece raised.

    Where processes cannot be started, or are killed, the pieces are done here: they must bear being done twice.
    """

    def __init__(self, *, processes: bool) -> None:
        self._pool: Executor = (
            ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=gc.set_threshold, initargs=_SELDOM)
            if processes
            else ThreadPoolExecutor(WORKERS)
        )
        self._pending: deque[Piece] = deque()

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._pending and error is None:
                self._wait()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[..., object], *arguments: object) -> None:
        """Have this done soon."""
        if len(self._pending) == _PENDING:
            self._wait()
        try:
            future = self._pool.submit(work, *arguments)
        except BrokenProcessPool:
            future = self._instead().submit(work, *arguments)
        self._pending.append((future, work, arguments))

    def _wait(self) -> None:
        future, work, arguments = self._pending.popleft()
        try:
            future.result()
        except BrokenProcessPool:
            work(*arguments)

    def _instead(self) -> Executor:
        self._pool.shutdown(cancel_futures=True)
        self._pool = ThreadPoolExecutor(WORKERS)
        return self._pool


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Thousands of rows are alive at once, none of them garbage: looking for it takes a good part of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
