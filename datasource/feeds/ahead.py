"""Work done beside the reading, a few pieces ahead and no more."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any


class Ahead:
    """Threads that take pieces of work. ``do`` waits while all are busy, and raises what an earlier piece raised."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers)
        self._workers = workers
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._pending and error is None:
                self._pending.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[..., None], *arguments: Any) -> None:
        """Have this done soon."""
        if len(self._pending) == self._workers:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(work, *arguments))
