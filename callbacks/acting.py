"""The one door to actions for pages, API and keeper: it knows the store and the clock, and does long work aside."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import BoundedSemaphore, Event, Lock

from callbacks.logs import log
from callbacks.services import Services
from dashboard.acting import ActionKind, ActionStatus, Outcome
from dashboard.actions import CATALOGUE, may_act
from dashboard.permissions import Caller
from datasource import write_back
from datasource.action_work import work
from datasource.errors import StoreError
from datasource.write_back import Action, ActionDenied, Asked, NoAction, Preview

AT_ONCE = 20
"""An action on so many subjects is done before it is answered."""
WORKERS = 2
AT_WORK = 8
"""Actions that this process works on at one time; each holds two connections of the store."""


class Acting:
    """Previews, begins, cancels and undoes actions for a caller."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="acting")
        self._lock, self._going_on = Lock(), dict[str, "Future[None]"]()
        self._stopping = Event()
        self._room = BoundedSemaphore(AT_WORK)
        self._log = log("acting")

    def catalogue(self, caller: Caller) -> Sequence[tuple[ActionKind, bool]]:
        """Every action, and whether the caller may do it."""
        return [(kind, may_act(caller, kind)) for kind in CATALOGUE]

    def preview(self, asked: Asked, caller: Caller, waited_for: Callable[[], bool] = lambda: True) -> Preview:
        """See ``write_back.preview``."""
        store, now = self._services.store, self._services.clock.now()
        most = self._services.settings.batch_most
        return write_back.preview(store, asked, caller, now, store.lifeline(), most, waited_for)

    def apply(self, preview_id: str, reason: str, key: str, caller: Caller) -> Action:
        """Begin the action of a preview; a small one is over when this answers. See ``write_back.begin``."""
        store, now = self._services.store, self._services.clock.now()
        return self._done(*write_back.begin(store, preview_id, reason, key, caller, now))

    def undo(self, action_id: str, reason: str, key: str, caller: Caller) -> Action:
        """Take an action back by a new one. See ``write_back.undo``."""
        store, now = self._services.store, self._services.clock.now()
        return self._done(*write_back.undo(store, action_id, reason, key, caller, now))

    def cancel(self, action_id: str, caller: Caller) -> None:
        """Stop an action; what is done stays. See ``write_back.cancel``."""
        write_back.cancel(self._services.store, action_id, caller, self._services.clock.now())

    def action(self, action_id: str, caller: Caller, *, items: bool = True) -> Action:
        """The action as it stands. Raises ``NoAction``, or ``ActionDenied`` where the caller may see none.

        ``items=False``: only how far it is.
        """
        if not any(may for _, may in self.catalogue(caller)):
            raise ActionDenied("denied")
        with self._services.store.read() as connection:
            found = write_back.read_action(connection, action_id, items=items)
        if found is None:
            raise NoAction("no_action")
        return found

    def progress(self, action_id: str, caller: Caller) -> Action:
        """The action, its items only once it is over: while it runs it is asked for again and again."""
        found = self.action(action_id, caller, items=False)
        return found if found.status is ActionStatus.RUNNING else self.action(action_id, caller)

    def undoable(self, action_id: str, caller: Caller) -> Action:
        """An action that the caller may take back, with those items that are left of it. Raises as ``undo`` does."""
        with self._services.store.read() as connection:
            found, left = write_back.undoable(connection, action_id, caller)
            subjects = frozenset(left)
            known = write_back.read_action(connection, action_id)
        items = known.items if known else ()
        return replace(found, items=tuple(item for item in items if item.subject in subjects))

    def resume(self) -> None:
        """Take up what a process that is gone left undone. Raises ``StoreUnavailable``."""
        with self._services.store.read() as connection:
            left = write_back.unfinished(connection, self._services.clock.now())
        for action_id in left:
            self._begin(action_id)

    def close(self) -> None:
        """Let the subjects in hand be done; what waits, or is begun from now on, is taken up at the next start."""
        with self._lock:
            self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _done(self, begun: Action, fresh: bool) -> Action:
        if fresh:
            self._log.info("action_begun", kind=begun.kind, subjects=begun.total, undo=begun.undoes is not None)
        if begun.finished_at is not None:
            return begun
        if begun.total <= AT_ONCE:
            return self._work(begun.action_id)
        self._begin(begun.action_id)
        return begun

    def _begin(self, action_id: str) -> None:
        with self._lock:
            if self._stopping.is_set():
                return  # it waits in the store for another process
            self._going_on = {name: future for name, future in self._going_on.items() if not future.done()}
            if action_id not in self._going_on:
                self._going_on[action_id] = self._pool.submit(self._quietly, action_id)

    def _quietly(self, action_id: str) -> None:
        try:
            self._work(action_id)
        except StoreError as error:  # the keeper takes it up again
            self._log.warning("action_interrupted", error=type(error).__name__)

    def _work(self, action_id: str) -> Action:
        with self._room:
            done = work(self._services.store, action_id, self._services.clock, self)
        self._log.info("action_worked", kind=done.kind, status=done.status.value, done=done.done, failed=done.failed)
        return done

    def goes_on(self) -> bool:
        """Until this is closed."""
        return not self._stopping.is_set()

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """Count it."""
        self._services.metrics.acted.labels(kind, outcome.value).inc()

    def broke(self, action_id: str, error: Exception) -> None:
        """Log what broke."""
        self._log.error("action_item_failed", action_id=action_id, exc_info=error)
