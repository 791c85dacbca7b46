"""Work beside other work: one turn of it at a time, in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class Beside:
    """Does the same thing whenever it is asked and idle; ends when the turn in hand has ended.

    What a turn raised is raised by the next ``start``, or at the end.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(1)
        self._turn: Future[object] | None = None

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        if error is None and self._turn:
            self._turn.result()

    def start(self) -> bool:
        """Begin another turn, and answer whether it did: not while one is under way."""
        if self._turn and not self._turn.done():
            return False
        if self._turn:
            self._turn.result()
        self.follow()
        return True

    def follow(self) -> None:
        """Begin another turn as soon as the one in hand, if any, has ended."""
        before = self._turn

        def turn() -> None:
            if before:
                before.result()
            self._work()

        self._turn = self._thread.submit(turn)
