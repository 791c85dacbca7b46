"""The bar of a replay: on every page, never taken for live, the same parts at every instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callbacks.rendering import rendered
from dashboard.replay import Jump, Replay
from layouts.freshness import Freshness
from layouts.lifeline_page import LifelineView, lifeline_page
from layouts.live import live_changes
from layouts.replay_bar import replay_bar, speed_text
from layouts.wall_top import wall_top
from tests.looks import components, context, node_snapshot, snapshot, text_of, with_class
from tests.unit.test_shell import marked

FIRST = datetime(2018, 2, 1, tzinfo=UTC)
STANDS = Replay(
    FIRST + timedelta(days=9),
    FIRST,
    FIRST + timedelta(days=60),
    3600,
    playing=True,
    activity=(4, 0, 1, 16),
    speeds=(1, 500, 3600),
)


def page(replay: Replay | None = STANDS, silence: float = 1.0, **changes):
    """The lifeline page in a replay."""
    return lifeline_page(LifelineView(snapshot(node_snapshot(), silence=silence)), context(replay=replay, **changes))


def test_a_wall_is_never_taken_for_live():
    """It has no bar, so that its top says what it is, and of which day."""
    freshness = Freshness(STANDS.at, 1.0)
    top = wall_top(context(path="/wall", replay=STANDS), freshness, [])
    assert text_of(with_class(top, "demo-mark")) == "Replay"
    assert text_of(with_class(top, "wall-as-of")) == "As of 10\xa0Feb\xa02018\xa008:00"
    assert with_class(wall_top(context(path="/wall"), freshness, []), "demo-mark") == []


def test_where_time_is_real_there_is_no_bar():
    """Nor any of its parts."""
    assert replay_bar(context()) == []
    assert with_class(page(None), "replay") == []


@pytest.mark.parametrize(
    ("changes", "state", "button"),
    [
        ({}, "Playing", "Pause"),
        ({"playing": False}, "Paused", "Play"),
        ({"playing": False, "jump": Jump(FIRST, 0.43)}, "Jumping to 1\xa0Feb\xa02018\xa008:00", "Play"),
        ({"playing": False, "at": STANDS.last}, "The recording ends here", "Play again"),
        ({"at": STANDS.last, "playing": False, "jump": Jump(FIRST)}, "Jumping to 1\xa0Feb\xa02018\xa008:00", "Play"),
        ({"troubled": True}, "The store does not answer; the replay waits", "Pause"),
    ],
)
def test_it_says_how_it_is_and_what_the_button_does(changes, state, button):
    """In words; the instant with its date and seconds; a jump with the share that is done."""
    bar = page(replace(STANDS, **changes))
    assert text_of(with_class(bar, "replay-mark")) == "Replay"
    assert text_of(with_class(bar, "replay-state")) == state
    assert text_of(with_class(bar, "replay-toggle")) == button
    share = text_of(with_class(bar, "replay-share"))
    assert share == ("43\N{THIN SPACE}%" if state.startswith("Jump") and changes["jump"].fraction else share)
    assert text_of(with_class(page(), "replay-at")) == "10\xa0Feb\xa02018\xa008:00:00"


def test_nothing_on_the_page_says_live():
    """The state of the data is that of a replay; a past instant leads back to the replay."""
    assert text_of(with_class(page(), "as-of")) == "Replay, as of 12:00:00"
    past = page(at=FIRST)
    assert text_of(with_class(past, "banner-link")) == "Back to the replay"
    for shown in (page(), past):
        assert "Live" not in text_of(shown).replace("Lifeline", "")
    assert "实时，" not in text_of(page(lang="zh"))


def test_silence_in_a_recording_greys_nothing():
    """Recordings hold no heartbeats: an hour without events is an hour without events."""
    assert with_class(page(silence=3600), "is-live") != []
    assert with_class(page(silence=3600), "banner-stale") == []
    assert with_class(page(None, silence=3600), "is-stale") != []


@pytest.mark.parametrize(
    "changes", [{"at": STANDS.last, "playing": False}, {"jump": Jump(FIRST, 0.5)}, {"speed": 500}, {"troubled": True}]
)
def test_every_state_has_the_same_parts(changes):
    """Only live parts differ, and they differ in place."""
    before, after = rendered(page()), rendered(page(replace(STANDS, **changes)))
    assert before.shape == after.shape
    assert before.props.keys() == after.props.keys()
    changed = live_changes(before.props, after.props)
    assert changed
    assert all(part.startswith("live:replay-") for part in changed)


def test_the_chosen_speed_is_pressed():
    """One of them, and its name is what passes in a second where that is one unit."""
    buttons = [part for part in components(page()) if getattr(part, "data-replay", None) == "speed"]
    assert [(getattr(one, "data-value"), getattr(one, "aria-pressed")) for one in buttons] == [
        ("1", "false"),
        ("500", "false"),
        ("3600", "true"),
    ]
    english, chinese = context(replay=STANDS), context(lang="zh", replay=STANDS)
    told = [speed_text(english, speed) for speed in (1, 60, 500, 600, 3600, 21_600, 86_400, 100_000)]
    assert told == ["×1", "1\xa0min/s", "×500", "10\xa0min/s", "1\xa0h/s", "6\xa0h/s", "24\xa0h/s", "×100,000"]
    assert speed_text(chinese, 600) == "10\xa0分钟/秒"


def test_the_strip_is_a_slider_over_the_recording():
    """Nine of sixty days are 15 %; its ends are the recording's days."""
    bar = page()
    strip = with_class(bar, "replay-strip")[0]
    assert (strip.role, strip.tabIndex, getattr(strip, "aria-valuenow")) == ("slider", 0, "15.00")
    assert getattr(strip, "aria-valuetext") == "10\xa0Feb\xa02018\xa008:00"
    assert with_class(bar, "replay-played")[0].style == {"width": "15.00%"}
    line = text_of(with_class(bar, "replay-line"))
    assert line.startswith("1\xa0Feb\xa02018") and line.endswith("2\xa0Apr\xa02018")


def test_the_key_plays_and_pauses():
    """``r`` is the button's."""
    assert "r" in marked(page())
    assert "r" not in marked(page(None))


def test_a_recording_of_one_instant_is_all_played():
    """No division by its length."""
    whole = replace(STANDS, at=FIRST, last=FIRST)
    assert (whole.share, whole.ended) == (1.0, True)
    assert replay_bar(context(replay=whole)) != []
