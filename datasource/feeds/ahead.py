"""Work done beside the reading, a few pieces ahead and no more: by threads, or by processes where there is much."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any

from datasource.collecting import seldom_collecting_processes

Piece = tuple[Future[Any], Callable[..., object], tuple[object, ...]]

WORKERS = 2
_PENDING = 4


class Ahead:
    """Workers that take pieces of work. ``do`` waits while all are busy, and raises what an earlier piece raised.

    Where processes cannot be started, or are killed, the pieces are done here: they must bear being done twice.
    """

    def __init__(self, *, processes: bool) -> None:
        self._pool: Executor = seldom_collecting_processes(WORKERS) if processes else ThreadPoolExecutor(WORKERS)
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
