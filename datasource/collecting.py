"""When Python looks for garbage: seldom, where thousands of rows or orders are alive at once and none is garbage."""

import gc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

_SELDOM = (100_000, 20, 50)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Measured: looking for garbage takes up to a third of the time that many live rows take."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def seldom_collecting_processes(count: int) -> ProcessPoolExecutor:
    """So many processes of one's own that work on rows. Started anew, not forked: this one has threads."""
    return ProcessPoolExecutor(count, get_context("spawn"), initializer=gc.set_threshold, initargs=_SELDOM)
