"""The hub: each page is built once for all, slow viewers hold nothing up, and it outlives a store that is away."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from callbacks import hub as hubs
from callbacks.hub import Hub, HubFull, Viewer
from callbacks.metrics import Metrics
from callbacks.rendering import Rendered
from dashboard.clock import FixedClock
from datasource.errors import StoreUnavailable
from tests.builders import NOON

PAST = ("/?at=2026-03-02T04:00:00Z", "en", "light")
HOME = ("/", "en", "light")


@dataclass
class World:
    """A store to be told: its generation, what the pages show, and whether it answers."""

    generation: int = 1
    shown: str = "one"
    shape: str = "s"
    away: bool = False
    built: list = field(default_factory=list)

    def number(self) -> int:
        """Its generation."""
        if self.away:
            raise StoreUnavailable("away")
        return self.generation

    def build(self, key) -> Rendered:
        """A page as it is now."""
        if self.away:
            raise StoreUnavailable("away")
        self.built.append(key)
        props = {"live:content": {"className": "content"}, "live:x": {"children": self.shown, "title": "t"}}
        return Rendered(props, self.shape, ["whole"], frozenset({"live:x"}))


def told(act: Callable[[Hub, World], Awaitable[None]]) -> None:
    """Run an act against a ticking hub."""

    async def run() -> None:
        world = World()
        hub = Hub(world.build, world.number, FixedClock(NOON), Metrics.fresh(), lambda key: "at=" in key[0])
        ticking = asyncio.create_task(hub.run())
        try:
            await asyncio.wait_for(act(hub, world), 20)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    with ThreadPoolExecutor(1) as aside:  # a browser test before this one may have left a loop in this thread
        aside.submit(lambda: asyncio.run(run())).result()


async def hear(hub: Hub, viewer: Viewer, wanted: str = "props") -> dict:
    """The next message of this kind for a viewer."""
    while True:
        while (message := hub.owed_to(viewer)) is not None:
            if wanted in (heard := json.loads(message)):
                return heard
        await viewer.wake.wait()
        viewer.wake.clear()


def viewer(hub: Hub, shape: str = "s", key=HOME) -> Viewer:
    """A viewer of a page."""
    new = Viewer()
    hub.enter(new)
    hub.subscribe(new, key, shape)
    return new


def test_a_page_is_built_once_for_all_its_viewers():
    """A hundred viewers that come together cost one page."""

    async def act(hub, world):
        viewers = [viewer(hub) for _ in range(100)]
        await asyncio.gather(*(hear(hub, one) for one in viewers))
        assert world.built == [HOME]

    told(act)


def test_only_differences_follow():
    """The prop that changed, on top of the message before."""

    async def act(hub, world):
        one = viewer(hub)
        assert (await hear(hub, one))["props"]["live:x"] == {"children": "one", "title": "t"}
        world.generation, world.shown = 2, "two"
        change = await hear(hub, one)
        assert (change["base"], change["seq"], change["props"]) == (1, 2, {"live:x": {"children": "two"}})

    told(act)


def test_a_viewer_who_missed_messages_gets_the_whole_state():
    """Nothing waits for a slow viewer: not a queue, not the others. It gets one message that brings it level."""

    async def act(hub, world):
        slow, quick = viewer(hub), viewer(hub)
        await hear(hub, slow)
        await hear(hub, quick)
        for number in (2, 3, 4):
            world.generation, world.shown = number, f"state {number}"
            assert (await hear(hub, quick))["props"]["live:x"]["children"] == f"state {number}"
        late = await hear(hub, slow)
        assert (late["base"], late["seq"], late["props"]["live:x"]["children"]) == (None, 4, "state 4")
        assert hub.owed_to(slow) is None

    told(act)


def test_a_page_of_another_shape_is_sent_whole():
    """When parts come or go, the content is replaced; so it is for a viewer whose page has another shape."""

    async def act(hub, world):
        one, other = viewer(hub), viewer(hub, shape="old")
        await hear(hub, one)
        assert (await hear(hub, other))["props"]["live:content"]["children"] == ["whole"]
        world.generation, world.shape = 2, "new"
        reshaped = await hear(hub, one)
        assert (reshaped["base"], reshaped["shape"]) == (None, "new")
        assert reshaped["props"] == {"live:content": {"className": "content", "children": ["whole"]}}

    told(act)


def test_time_alone_makes_a_tick(monkeypatch: pytest.MonkeyPatch):
    """Orders grow overdue without any event, so a page is built anew though the generation stays."""
    monkeypatch.setattr(hubs, "LONGEST_TICK", 0.3)

    async def act(hub, world):
        one = viewer(hub)
        await hear(hub, one)
        world.shown = "later"
        assert (await hear(hub, one))["props"] == {"live:x": {"children": "later"}}

    told(act)


def test_a_page_where_nothing_changes_still_hears_that_all_is_well(monkeypatch: pytest.MonkeyPatch):
    """Else the browser would take the silence for a dead connection."""
    monkeypatch.setattr(hubs, "LONGEST_TICK", 0.3)

    async def act(hub, world):
        del world
        one = viewer(hub)
        await hear(hub, one)
        assert await hear(hub, one, "state") == {"state": "live", "since": None}

    told(act)


def test_a_store_that_is_away_is_told_and_comes_back_by_itself():
    """Since when it is away; the page as it was stays; when it is back, so are the numbers."""

    async def act(hub, world):
        one = viewer(hub)
        assert (await hear(hub, one, "state"))["state"] == "live"
        await hear(hub, one)
        world.away = True
        assert await hear(hub, one, "state") == {"state": "failed", "since": "2026-03-02T04:00:00+00:00"}
        world.away, world.generation, world.shown = False, 2, "back"
        assert await hear(hub, one, "state") == {"state": "live", "since": None}
        assert hub.failed_since is None

    told(act)


def test_who_comes_while_the_store_is_away_is_served_when_it_is_back():
    """The viewer hears of the failure, then of the page."""

    async def act(hub, world):
        world.away = True
        one = viewer(hub)
        assert (await hear(hub, one, "state"))["state"] in {"live", "failed"}
        await asyncio.sleep(0.3)
        world.away = False
        assert (await hear(hub, one))["props"]["live:x"]["children"] == "one"

    told(act)


def test_a_page_that_nobody_looks_at_is_forgotten():
    """When its last viewer leaves or moves on."""

    async def act(hub, world):
        del world
        one, other = viewer(hub), viewer(hub)
        hub.subscribe(one, ("/node/pay", "en", "light"), "s")
        assert set(hub.views) == {HOME, ("/node/pay", "en", "light")}
        hub.leave(other)
        hub.leave(one)
        assert (hub.views, hub.viewers) == ({}, set())

    told(act)


def test_the_hub_has_limits(monkeypatch: pytest.MonkeyPatch):
    """More pages or viewers than it takes are refused; those that are there are served."""
    monkeypatch.setattr(hubs, "MOST_VIEWS", 1)
    monkeypatch.setattr(hubs, "MOST_VIEWERS", 2)

    async def act(hub, world):
        del world
        one, other = viewer(hub), viewer(hub)
        with pytest.raises(HubFull):
            hub.subscribe(other, ("/node/pay", "en", "light"), "s")
        with pytest.raises(HubFull):
            hub.enter(Viewer())
        assert await hear(hub, one)

    told(act)


def test_a_page_of_the_past_is_not_built_for_each_fold():
    """Three folds are three pages of the present; what was shown of the past stands until the longest tick."""

    async def act(hub, world):
        past = viewer(hub, key=PAST)
        await hear(hub, past)
        one = viewer(hub)
        await hear(hub, one)
        for generation in (2, 3, 4):
            world.generation, world.shown = generation, str(generation)
            await hear(hub, one)
        assert (world.built.count(PAST), world.built.count(HOME)) == (1, 4)

    told(act)
