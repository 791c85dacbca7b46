"""A replay that goes on: what viewers do to it, and what each does to what is shown."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event
from time import monotonic, sleep

import httpx
import pytest
from flask import Flask

from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.pages.replay import obey
from callbacks.pages.router import Pages
from callbacks.reads import Reads
from callbacks.replaying import Replaying
from callbacks.server import build_site
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.settings import Settings
from datasource.errors import StoreUnavailable
from datasource.replay.player import Player
from layouts import ids
from tests.looks import context
from tests.replays import OLIST, REAL_NOW, taped
from tests.serving import AUTHORISED, serving

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def tape(server_url: str, template: str):
    """The sample of Olist on a tape."""
    with taped(server_url, template, *OLIST) as found:
        yield found


@pytest.fixture
def real() -> FixedClock:
    """The real time, which passes when a test says so."""
    return FixedClock(REAL_NOW)


@pytest.fixture
def start(tape) -> datetime:
    """Where the replay begins: three weeks into it."""
    return tape[2].first + timedelta(days=21)


@pytest.fixture
def replaying(tape, real: FixedClock, start: datetime) -> Iterator[Replaying]:
    """A replay at an hour a second, playing."""
    store, recorded, recording = tape
    replaying = Replaying(Player(store, recorded), recording, real, start=start, speed=3600)
    replaying.begin(lambda _: None)
    replaying.start()
    yield replaying
    replaying.stop()


def comes(true: Callable[[], object], seconds: float = 60.0) -> bool:
    """Whether it comes to be so."""
    deadline = monotonic() + seconds
    while not true():
        if monotonic() > deadline:
            return False
        sleep(0.02)
    return True


def passes(real: FixedClock, seconds: float) -> None:
    """Let real time pass."""
    real.instant += timedelta(seconds=seconds)


def shows(replaying: Replaying, instant: datetime) -> bool:
    """Whether it comes to stand at an instant, with no jump left to make."""
    return comes(lambda: replaying.shown.now() == instant and replaying.state().jump is None)


def test_time_passes_at_its_speed_and_stands_while_paused(replaying, real, start):
    """Half a second is half an hour; paused it is nothing; at another speed it is something else."""
    passes(real, 0.5)
    assert shows(replaying, start + HOUR / 2)
    replaying.toggle()
    passes(real, 100)
    assert not replaying.state().playing
    replaying.set_speed(600)
    replaying.toggle()
    passes(real, 0.6)
    assert shows(replaying, start + HOUR / 2 + timedelta(minutes=6))
    with pytest.raises(ValueError, match="100000"):
        replaying.set_speed(100_001)


def test_the_store_is_never_behind_what_is_shown(replaying, real, start):
    """An hour of real time in which nobody looked is no leap of five months: time waits for the store."""
    before = replaying.revision
    passes(real, 3600)
    assert comes(lambda: replaying.shown.now() > start)
    assert replaying.shown.now() == start + HOUR
    assert comes(lambda: replaying.revision > before)
    assert replaying._player.told == replaying.shown.now()


def test_it_ends_with_the_recording_and_plays_again(replaying, start, tape):
    """At the last event it stands still; playing on leads back to the start."""
    last = tape[2].last
    replaying.jump(last + timedelta(days=9))
    assert shows(replaying, last)
    assert comes(lambda: not replaying.state().playing)
    assert replaying.state().ended
    replaying.toggle()
    assert shows(replaying, start)
    assert replaying.state().playing


def test_a_newer_jump_breaks_off_an_older_one(replaying, start, monkeypatch):
    """The first one hangs in the middle; where the second leads is where the replay comes to stand."""
    midway, go_on, jump = Event(), Event(), replaying._player.jump

    def slow(to, progress):
        if to == start + HOUR:
            progress(0.5)
            midway.set()
            go_on.wait(60)
        jump(to, progress)

    monkeypatch.setattr(replaying._player, "jump", slow)
    replaying.jump(start + HOUR)
    assert midway.wait(60)
    state = replaying.state()
    assert (state.jump.to, state.jump.fraction, state.at) == (start + HOUR, 0.5, start)
    replaying.step(2 * HOUR)  # from where it is going
    go_on.set()
    assert shows(replaying, start + 3 * HOUR)


def test_it_waits_for_a_store_that_is_away(replaying, real, start, monkeypatch):
    """It says so, tries again, and nothing is lost."""
    advance, away = replaying._player.advance, Event()

    def unreliable(until):
        if not away.is_set():
            away.set()
            raise StoreUnavailable("gone")
        advance(until)

    monkeypatch.setattr(replaying._player, "advance", unreliable)
    passes(real, 0.5)
    assert comes(lambda: replaying.state().troubled)
    assert shows(replaying, start + HOUR / 2)
    assert comes(lambda: not replaying.state().troubled)


def test_the_bar_asks_in_plain_values(replaying, tape):
    """What the browser sends, and what is answered to what cannot be done. Values of the wrong kind do nothing."""
    first, last = tape[2].first, tape[2].last
    page = context(zone="UTC", replay=replaying.state())

    def ask(what: str, value: object = None) -> str:
        return obey(replaying, {"what": what, "value": value}, page)

    assert ask("toggle") == "" and not replaying.state().playing
    assert ask("speed", 600) == "" and replaying.state().speed == 600
    assert ask("speed", 7) == "" and replaying.state().speed == 600
    assert ask("share", 0.5) == "" and shows(replaying, first + (last - first) / 2)
    assert ask("step", -3600) == "" and shows(replaying, first + (last - first) / 2 - HOUR)
    assert ask("to", "2018-02-20 12:30") == "" and shows(replaying, datetime.fromisoformat("2018-02-20T12:30Z"))
    assert ask("to", "soon") == "“soon” is no time: write it as 2018-02-17 14:30"
    assert ask("to", "2019-01-01").startswith("The recording runs from 1\xa0Feb\xa02018")
    for wrong in (("share", 2), ("share", "x"), ("step", None), ("to", 5), ("speed", [1]), ("nothing", 1)):
        assert ask(*wrong) == ""
    assert shows(replaying, datetime.fromisoformat("2018-02-20T12:30Z"))


def test_only_a_replay_hears_the_bar(replaying, tape, real):
    """Without one there is no such callback to be called."""
    heard = []
    for replay in (None, replaying):
        services = Services(tape[0], real, Settings(), Metrics.fresh(), replay=replay)
        flask = Flask("test")
        site = build_site(flask, Pages(services, Reads(services, cache_for(flask, None)), Acting(services)))
        heard.append([one["output"] for one in site._callback_list if ids.REPLAY_ANSWER in one["output"]])
    assert heard == [[], [f"{ids.REPLAY_ANSWER}.children"]]


def test_every_answer_is_of_the_replayed_instant_and_nobody_writes(replaying, tape, start):
    """The API tells the instant as now; events are refused, with whatever token."""
    replaying.toggle()
    with serving(tape[0], replaying.shown, token=None, keep=False, replay=replaying) as address:
        told = httpx.get(f"{address}/api/v1/lifeline", timeout=30).json()
        assert datetime.fromisoformat(told["as_of"]) == start
        later = {"at": (start + HOUR).isoformat()}
        assert httpx.get(f"{address}/api/v1/lifeline", params=later, timeout=30).status_code == 422
        refused = httpx.post(f"{address}/api/v1/events", json={"events": [{}]}, headers=AUTHORISED, timeout=30)
        assert refused.status_code == 403
