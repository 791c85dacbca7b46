"""The hub: builds each page that somebody looks at once per tick, and knows what each viewer still lacks.

It knows nothing of sockets; ``callbacks/live.py`` carries its messages.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from callbacks.logs import log
from callbacks.metrics import Metrics
from callbacks.rendering import Rendered
from dashboard.clock import Clock
from dashboard.rights import NO_RIGHTS, Rights
from datasource.errors import StoreError
from layouts.live import Props, live_changes

POLL_SECONDS = 0.15
SHORTEST_TICK = 0.25
LONGEST_TICK = 5.0
BUILDERS = 4
MOST_VIEWS = 300
MOST_VIEWERS = 5000
PARTING_SECONDS = 3.0

T = TypeVar("T")


class Key(NamedTuple):
    """Which page: its address, language and theme, and what whoever looks may do there."""

    url: str
    lang: str
    theme: str
    rights: Rights = NO_RIGHTS


Build = Callable[[Key], Rendered]


def _never(key: Key) -> bool:
    del key
    return False


class HubFull(Exception):  # noqa: N818 - it says what is
    """More viewers or distinct pages than the hub takes."""


@dataclass(slots=True, eq=False)
class Viewer:
    """One open page. ``shape`` and ``seq``: what it shows; ``seq`` is 0 when that is not known.

    ``wake`` is set when there may be something to send. There is no queue: a viewer who was too slow for a message
    gets the whole state instead, so none can fall behind by more than one message or hold memory.
    """

    key: Key | None = None
    shape: str = ""
    seq: int = 0
    told_state: str = ""
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class View:
    """One distinct page that is looked at: its newest state, and the messages that lead to it.

    ``past``: it shows an instant of the past.
    """

    key: Key
    past: bool = False
    viewers: set[Viewer] = field(default_factory=set)
    page: Rendered | None = None
    seq: int = 0
    generation: int = -1
    as_of: datetime | None = None
    built: float = -LONGEST_TICK
    spoke: float = 0.0
    wanted: bool = True
    difference: bytes = b""
    full: bytes | None = None
    whole: bytes | None = None

    def becomes(self, page: Rendered, generation: int, as_of: datetime) -> bool:
        """Take a newly built page; whether it differs from what was sent."""
        before, self.page, self.generation, self.as_of, self.wanted = self.page, page, generation, as_of, False
        reshaped = before is None or before.shape != page.shape
        changes = {} if before is None or reshaped else live_changes(before.props, page.props)
        if not changes and not reshaped:
            return False
        self.seq += 1
        self.difference = b"" if reshaped else self.message(changes, self.seq - 1)
        self.full = self.whole = None
        return True

    def message(self, props: dict[str, Props], base: int | None) -> bytes:
        """The same bytes for every viewer. ``base``: the number of the state they build on, ``None``: on any."""
        if self.page is None or self.as_of is None:
            raise ValueError("nothing was built yet")
        told = {
            "view": list(self.key[:3]),
            "seq": self.seq,
            "base": base,
            "generation": self.generation,
            "as_of": self.as_of.isoformat(),
            "shape": self.page.shape,
            "props": props,
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def owed_to(self, viewer: Viewer) -> bytes | None:
        """What this viewer must be sent to show the newest state; ``None`` if it does."""
        if self.page is None or viewer.seq == self.seq:
            return None
        if viewer.shape != self.page.shape:
            self.whole = self.whole or self.message(self.page.whole, None)
            return self.whole
        if viewer.seq == self.seq - 1 and viewer.seq and self.difference:
            return self.difference
        self.full = self.full or self.message(dict(self.page.props), None)
        return self.full


class Hub:
    """All views and viewers of one process. Lives in the event loop; pages are built in threads."""

    def __init__(
        self,
        build: Build,
        generation: Callable[[], int],
        clock: Clock,
        metrics: Metrics,
        is_past: Callable[[Key], bool] = _never,
    ) -> None:
        self._build, self._generation, self._clock, self._metrics = build, generation, clock, metrics
        self._is_past = is_past
        self._threads = ThreadPoolExecutor(BUILDERS, "hub")
        self._at_work: set[Future[Any]] = set()
        self._wanted = asyncio.Event()
        self._log = log("hub")
        self.views: dict[Key, View] = {}
        self.viewers: set[Viewer] = set()
        self.failed_since: datetime | None = None

    def enter(self, viewer: Viewer) -> None:
        """A socket was opened. Raises ``HubFull``."""
        if len(self.viewers) >= MOST_VIEWERS:
            raise HubFull
        self.viewers.add(viewer)
        self._count()

    def leave(self, viewer: Viewer) -> None:
        """The socket is gone; a view that nobody looks at goes with it."""
        self._unsubscribe(viewer)
        self.viewers.discard(viewer)
        self._count()

    def subscribe(self, viewer: Viewer, key: Key, shape: str) -> None:
        """The viewer shows this page in this shape. Raises ``HubFull`` when too many distinct pages are open."""
        if viewer.key != key:
            self._unsubscribe(viewer)
            if key not in self.views and len(self.views) >= MOST_VIEWS:
                raise HubFull
            view = self.views.setdefault(key, View(key, self._is_past(key)))
            view.viewers.add(viewer)
            viewer.key = key
        viewer.shape, viewer.seq, viewer.told_state = shape, 0, ""
        self.views[key].wanted = True
        self._wanted.set()
        viewer.wake.set()
        self._count()

    def owed_to(self, viewer: Viewer) -> bytes | None:
        """The next message for this viewer, taken as sent; ``None`` when it is up to date."""
        state = "failed" if self.failed_since else "live"
        if viewer.told_state != state:
            viewer.told_state = state
            since = self.failed_since.isoformat() if self.failed_since else None
            return json.dumps({"state": state, "since": since}).encode()
        view = self.views.get(viewer.key) if viewer.key else None
        message = view.owed_to(viewer) if view and not (view.wanted and viewer.seq == 0) else None
        if view and view.page and message:
            if viewer.seq and message is not view.difference:
                self._metrics.dropped.inc()
            viewer.seq, viewer.shape = view.seq, view.page.shape
            self._metrics.pushed_bytes.inc(len(message))
        return message

    async def run(self) -> None:
        """Tick until cancelled. Never raises: what fails is logged, told to the viewers, and tried again."""
        try:
            while True:
                await self._pause()
                if self.views:
                    await self._tick()
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)
            # A page half built still holds a connection, which must be back before the store closes.
            wait_for(set(self._at_work), PARTING_SECONDS)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        future = self._threads.submit(work, *arguments)
        self._at_work.add(future)
        future.add_done_callback(self._at_work.discard)
        return await asyncio.wrap_future(future)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):  # wait_for may swallow a cancellation
                await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(0.01)  # those who come together are served together

    async def _tick(self) -> None:
        try:
            generation = await self._in_thread(self._generation)
        except StoreError as error:
            self._fails(error)
            return
        except Exception as error:  # noqa: BLE001 - the hub outlives whatever a read does
            self._fails(error)
            return
        self._metrics.generation.set(generation)
        now = monotonic()
        due = [view for view in self.views.values() if _is_due(view, generation, now)]
        results = await asyncio.gather(*(self._refresh(view, generation) for view in due))
        if due and all(results):
            self._recovers()

    async def _refresh(self, view: View, generation: int) -> bool:
        began, as_of = monotonic(), self._clock.now()
        view.built = began
        try:
            page = await self._in_thread(self._build, view.key)
        except Exception as error:  # noqa: BLE001 - one page's failure is no other page's
            self._fails(error)
            return False
        self._metrics.tick_seconds.observe(monotonic() - began)
        if view.becomes(page, generation, as_of):
            view.spoke = began
        elif began - view.spoke >= LONGEST_TICK:
            view.spoke = began
            _reassure(view.viewers)
        _wake(view.viewers)
        return True

    def _fails(self, error: Exception) -> None:
        if self.failed_since is None:
            self.failed_since = self._clock.now()
            self._log.error("live_failed", error=type(error).__name__, exc_info=not isinstance(error, StoreError))
            _wake(self.viewers)

    def _recovers(self) -> None:
        if self.failed_since is not None:
            self.failed_since = None
            self._log.info("live_recovered")
            _wake(self.viewers)

    def _unsubscribe(self, viewer: Viewer) -> None:
        view = self.views.get(viewer.key) if viewer.key else None
        viewer.key = None
        if view:
            view.viewers.discard(viewer)
            if not view.viewers:
                del self.views[view.key]

    def _count(self) -> None:
        self._metrics.viewers.set(len(self.viewers))
        self._metrics.views.set(len(self.views))


def _is_due(view: View, generation: int, now: float) -> bool:
    age = now - view.built
    # A fold changes a page of the past by late news only: that may wait for the longest tick.
    changed = view.wanted or (view.generation != generation and not view.past)
    return age >= LONGEST_TICK or (changed and age >= SHORTEST_TICK)


def _reassure(viewers: set[Viewer]) -> None:
    """A page where nothing changes hears that all is well, else it would take silence for a dead connection."""
    for viewer in viewers:
        viewer.told_state = ""


def _wake(viewers: set[Viewer]) -> None:
    for viewer in viewers:
        viewer.wake.set()
