"""Several things at the same instant, each in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Answer = TypeVar("Answer")


def at_once(*acts: Callable[[], Answer]) -> list[Answer]:
    """Let all of them begin at the same instant, and wait for all; the first error is raised."""
    barrier = Barrier(len(acts))

    def act(this: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return this()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))
