"""Whether each source system still speaks: when it was last heard, how long its pauses usually are, what it feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.lifeline import Lifeline
from dashboard.snapshot import NodeSnapshot, Reason, Silence, Snapshot, Status

QUIET_SECONDS, SILENT_SECONDS = 120.0, 900.0
"""After so long without a word a source is quiet, then silent, unless its usual pauses are longer."""

USUAL_DAYS = 7
LEAST_DAYS = 2
FEEDING_SHARE = 0.2
"""A source feeds a node if it told of at least this share of what happened there."""

MINUTE = 60

Minutes = NDArray[np.int64]
_LOUD = frozenset({Status.AMBER, Status.RED, Status.DEEP_RED})


class Voice(StrEnum):
    """How a source is: ``heard``, ``quiet`` (longer than usual), ``silent`` (its numbers are old), ``never`` heard."""

    HEARD = "heard"
    QUIET = "quiet"
    SILENT = "silent"
    NEVER = "never"


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """What one source told, by minute: ``minutes`` since 1970, ascending, and how many events fell in each."""

    minutes: Minutes
    counts: Minutes


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of a source at this time of day: its longest pause, and its events in an hour."""

    pause_seconds: float
    events_per_hour: float


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the sources from the days before. ``feeds``: the nodes that each told of."""

    usual: Mapping[str, Usual] = field(default_factory=dict)
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One source system at ``as_of``. ``nodes`` are those that it feeds, in the lifeline's order."""

    key: str
    as_of: datetime
    heard_at: datetime | None
    usual: Usual | None
    nodes: tuple[str, ...]
    events_last_hour: int

    @property
    def silence_seconds(self) -> float | None:
        """For how long it was not heard; ``None`` if it never was."""
        return None if self.heard_at is None else max(0.0, (self.as_of - self.heard_at).total_seconds())

    @property
    def quiet_after_seconds(self) -> float:
        """So long a pause is nothing unusual."""
        return max(QUIET_SECONDS, self.usual.pause_seconds if self.usual else 0.0)

    @property
    def silent_after_seconds(self) -> float:
        """After so long a pause what it feeds is taken for old: 15 minutes, or twice the usual pause."""
        return max(SILENT_SECONDS, 2 * self.usual.pause_seconds if self.usual else 0.0)

    @property
    def voice(self) -> Voice:
        """How it is now."""
        silence = self.silence_seconds
        if silence is None:
            return Voice.NEVER
        if silence > self.silent_after_seconds:
            return Voice.SILENT
        return Voice.QUIET if silence > self.quiet_after_seconds else Voice.HEARD


def sources(
    lifeline: Lifeline,
    heard: Mapping[str, datetime],
    history: History,
    last_hour: Mapping[str, int],
    as_of: datetime,
) -> tuple[Source, ...]:
    """Every source that was ever heard and every system of the lifeline, in the order of the nodes that they feed."""
    places = {key: lifeline.node(nodes[0]).position for key, nodes in history.feeds.items()}
    known = sorted({*lifeline.systems, *heard}, key=lambda key: (places.get(key, len(lifeline.nodes)), key))
    return tuple(
        Source(key, as_of, heard.get(key), history.usual.get(key), history.feeds.get(key, ()), last_hour.get(key, 0))
        for key in known
    )


def usual_of(messages: Messages, now: datetime, zone: ZoneInfo) -> Usual | None:
    """What is usual of a source, from the seven days before at this time of day; ``None`` under two such days.

    The pause is the median, over the days, of the longest gap between two minutes with a message that was open at any
    time from half an hour before to half an hour after this time of day. The events are the median of those in the
    hour before it. Days of the same kind as today (working day or not) count where there are two.
    """
    found = [
        (then, pause)
        for days in range(1, USUAL_DAYS + 1)
        if (pause := _longest_pause(messages, then := now - timedelta(days=days))) is not None
    ]
    alike = [one for one in found if _works(one[0], zone) == _works(now, zone)]
    counted = alike if len(alike) >= LEAST_DAYS else found
    if len(counted) < LEAST_DAYS:
        return None
    pauses = sorted(pause for _, pause in counted)
    events = [_events_before(messages, then) for then, _ in counted]
    return Usual(float(pauses[(len(pauses) - 1) // 2]), float(median(events)))


def feeding(told: Mapping[tuple[str, str], int], lifeline: Lifeline) -> dict[str, tuple[str, ...]]:
    """The nodes that each source feeds. ``told``: events by node and source."""
    totals: dict[str, int] = {}
    for (node, _), count in told.items():
        totals[node] = totals.get(node, 0) + count
    feeds: dict[str, tuple[str, ...]] = {}
    for station in lifeline:
        for (node, source), count in told.items():
            if node == station.key and count >= FEEDING_SHARE * totals[node]:
                feeds[source] = (*feeds.get(source, ()), node)
    return feeds


def outranked(snapshot: Snapshot, known: Sequence[Source]) -> Snapshot:
    """The snapshot as it may be shown: a node that a silent source feeds is grey, one of a quiet source is marked.

    Where several feed a node, the one that has been silent the longest is named. An empty node behind a silent one is
    grey with it: nothing comes to it, and only its slowest orders of before are left to judge it by.
    """
    silences: dict[str, Silence] = {}
    for source in sorted(known, key=lambda one: one.silence_seconds or 0.0):
        if source.heard_at is not None and source.voice in (Voice.QUIET, Voice.SILENT):
            told = Silence(source.key, source.heard_at, source.silence_seconds or 0.0, source.voice is Voice.SILENT)
            silences |= {node: told for node in source.nodes if told.old or not silences.get(node, told).old}
    if not silences:
        return snapshot
    shown: list[NodeSnapshot] = []
    for node in snapshot.nodes:
        before = shown[-1].silence if shown else None
        starved = before is not None and before.old and not node.in_progress and node.status in _LOUD
        shown.append(_marked(node, before if starved else silences.get(node.key)))
    return replace(snapshot, nodes=tuple(shown))


def _marked(node: NodeSnapshot, silence: Silence | None) -> NodeSnapshot:
    if silence is None or not silence.old:
        return replace(node, silence=silence)
    reason = Reason("stale", {"silence_seconds": silence.seconds})
    return replace(node, status=Status.GREY, reason=reason, since=silence.heard_at, silence=silence)


def _longest_pause(messages: Messages, then: datetime) -> float | None:
    """The longest gap (seconds) open within half an hour of ``then``; ``None`` where the history does not reach."""
    minutes = messages.minutes
    low, high = (then.timestamp() / MINUTE + offset for offset in (-30, 30))
    if len(minutes) < 2 or minutes[0] > low or minutes[-1] < high:
        return None
    first = max(int(np.searchsorted(minutes, low, side="right")) - 1, 0)
    last = min(int(np.searchsorted(minutes, high, side="left")), len(minutes) - 1)
    return float(np.diff(minutes[first : last + 1]).max()) * MINUTE


def _events_before(messages: Messages, then: datetime) -> int:
    last = int(then.timestamp() // MINUTE)
    inside = (messages.minutes > last - 60) & (messages.minutes <= last)
    return int(messages.counts[inside].sum())


def _works(at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).weekday() < 5
