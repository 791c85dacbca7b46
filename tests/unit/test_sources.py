"""Sources: what is usual of one, when it is quiet or silent, and what that does to the nodes that it feeds."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.snapshot import Status
from dashboard.sources import History, Messages, Source, Usual, Voice, feeding, outranked, sources, usual_of
from datasource.lifelines import shipped
from tests.builders import NOON
from tests.looks import node_snapshot, red_node, snapshot

SHANGHAI = ZoneInfo("Asia/Shanghai")


def source(silence: float | None, usual_pause: float | None = None, key: str = "wms", *nodes: str) -> Source:
    """A source that was last heard so many seconds before noon."""
    heard = None if silence is None else NOON - timedelta(seconds=silence)
    usual = None if usual_pause is None else Usual(usual_pause, 60.0)
    return Source(key, NOON, heard, usual, nodes, 0)


def told_every(step: int, days: int = 9) -> Messages:
    """Three messages every ``step`` minutes up to Monday noon."""
    last = int(NOON.timestamp()) // 60
    minutes = np.arange(last - days * 1440, last + 1, step, dtype=np.int64)
    return Messages(minutes, np.full(len(minutes), 3, dtype=np.int64))


@pytest.mark.parametrize(
    ("silence", "usual", "voice"),
    [
        (None, None, Voice.NEVER),
        (120, None, Voice.HEARD),
        (121, None, Voice.QUIET),
        (900, None, Voice.QUIET),
        (901, None, Voice.SILENT),
        (1700, 1800, Voice.HEARD),
        (1801, 1800, Voice.QUIET),
        (3600, 1800, Voice.QUIET),
        (3601, 1800, Voice.SILENT),
        (121, 30, Voice.QUIET),
    ],
)
def test_a_source_is_quiet_then_silent(silence, usual, voice):
    """After 2 and 15 minutes; where its pauses are usually longer, after one and two of them."""
    assert source(silence, usual).voice is voice


def test_the_usual_pause_is_that_of_this_time_of_day():
    """Every 4 minutes but for the night from 22:00 to 6:00: at noon 4 minutes, at three in the night 8 hours."""
    messages = told_every(4)
    of_day = (messages.minutes + 8 * 60) % 1440
    awake = (of_day >= 6 * 60) & (of_day <= 22 * 60)
    resting = Messages(messages.minutes[awake], messages.counts[awake])
    assert usual_of(resting, NOON, SHANGHAI) == Usual(240.0, 45.0)
    assert usual_of(resting, NOON - timedelta(hours=9), SHANGHAI) == Usual(8 * 3600.0, 0.0)


def test_one_outage_in_the_week_is_not_usual():
    """Yesterday's two hours without a word, noon included, do not make today's silence usual."""
    messages = told_every(4)
    noon = int(NOON.timestamp()) // 60
    kept = (messages.minutes < noon - 1440 - 60) | (messages.minutes > noon - 1440 + 60)
    usual = usual_of(Messages(messages.minutes[kept], messages.counts[kept]), NOON, SHANGHAI)
    assert usual is not None and usual.pause_seconds == 240.0


def test_days_of_the_same_kind_are_compared():
    """Who rests on Saturdays and Sundays is not missed on a Sunday, nor does Sunday make Monday's pauses longer."""
    messages = told_every(10, days=13)
    weekday = ((messages.minutes + 8 * 60) // 1440 + 3) % 7  # 1 January 1970 was a Thursday
    working = Messages(messages.minutes[weekday < 5], messages.counts[weekday < 5])
    monday = usual_of(working, NOON, SHANGHAI)
    assert monday is not None and monday.pause_seconds == 600.0
    sunday = usual_of(working, NOON - timedelta(days=1), SHANGHAI)
    assert sunday is not None and sunday.pause_seconds == (48 * 60 + 10) * 60.0  # Friday 23:50 to Monday 0:00


def test_nothing_is_usual_of_a_young_source():
    """A day and a half of messages: one day to compare with is too few."""
    assert usual_of(told_every(4, days=1), NOON, SHANGHAI) is None


def test_a_source_feeds_the_nodes_that_it_mostly_tells_of():
    """A fifth is enough, less is an accident; nodes come in the lifeline's order."""
    lifeline = shipped("distributor")
    told = {("dispatch", "wms"): 90, ("dispatch", "erp"): 10, ("pick", "wms"): 5, ("moon", "wms"): 5}
    assert feeding(told, lifeline) == {"wms": ("pick", "dispatch")}
    assert feeding({("pick", "wms"): 80, ("pick", "erp"): 20}, lifeline)["erp"] == ("pick",)


def test_sources_stand_in_the_order_of_their_nodes_and_the_never_heard_are_told():
    """Those that feed nothing come last; a system of the lifeline that never spoke is there too."""
    history = History(feeds={"wms": ("pick",), "channel": ("place",)})
    known = sources(shipped("distributor"), {"wms": NOON, "another": NOON}, history, {"wms": 7}, NOON)
    assert [one.key for one in known] == ["channel", "wms", "another", "carrier", "erp", "payment"]
    assert [one.voice for one in known][:3] == [Voice.NEVER, Voice.HEARD, Voice.HEARD]
    assert known[1].events_last_hour == 7


def test_stale_outranks_colour():
    """A red node of a silent source is grey, with the rule and the instant; other nodes keep their colour."""
    taken = snapshot(red_node("dispatch"), red_node("pickup"))
    shown = outranked(taken, [source(1000, None, "wms", "dispatch"), source(5, None, "carrier", "pickup")])
    dispatch, pickup = shown.nodes
    assert (dispatch.status, dispatch.reason.rule, dispatch.stale) == (Status.GREY, "stale", True)
    assert (dispatch.since, dispatch.reason.figures) == (NOON - timedelta(seconds=1000), {"silence_seconds": 1000.0})
    assert dispatch.in_progress == 462
    assert pickup == taken.nodes[1]


def test_a_quiet_source_marks_and_keeps_the_colour():
    """Between two and fifteen minutes the colour still holds."""
    shown = outranked(snapshot(red_node("dispatch")), [source(300, None, "wms", "dispatch")])
    assert (shown.nodes[0].status, shown.nodes[0].stale) == (Status.RED, False)
    assert shown.nodes[0].silence is not None and shown.nodes[0].silence.source == "wms"


@pytest.mark.parametrize(("in_progress", "status"), [(0, Status.GREY), (1, Status.RED)])
def test_an_empty_node_behind_a_silent_one_is_not_red(in_progress: int, status: Status):
    """Nothing comes to it because nothing is told; where one order waits, its colour stands."""
    behind = replace(red_node("allocate"), in_progress=in_progress)
    shown = outranked(snapshot(red_node("quality"), behind), [source(1000, None, "wms", "quality")])
    assert shown.nodes[1].status is status


def test_of_several_silent_sources_the_longest_is_named():
    """Silent outranks quiet, however the sources are ordered."""
    both = [source(5000, None, "wms", "pick"), source(1000, None, "erp", "pick"), source(300, None, "pda", "pick")]
    for order in (both, both[::-1]):
        silence = outranked(snapshot(node_snapshot("pick")), order).nodes[0].silence
        assert silence is not None and silence.source == "wms"


def test_where_all_speak_nothing_changes():
    """The very same snapshot."""
    taken = snapshot(red_node())
    assert outranked(taken, [source(5, None, "carrier", "pickup"), source(None, None, "wms", "pickup")]) is taken
