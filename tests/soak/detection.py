"""How soon the product sees that a node is in trouble, how often it cries wolf, and where it admits not to know."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.visit_columns import micros
from dashboard.windows import DAY, HOUR, MINUTE, opening
from tests.soak.judged_node import JudgedNode
from tests.soak.simulated_node import BY_HOUR, JUDGED, WEEK, ZONE, SimulatedNode, Trouble

BLIND = 12 * HOUR
"""A trouble that is not seen by then is not looked for any longer."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of trouble, and how soon half of the runs, and every one of them, must show red; ``None``: only told.

    ``by_day``: it begins in an hour in which no fewer orders come than on average, else at any minute of the week.
    """

    name: str
    trouble: Trouble
    median: timedelta | None = None
    worst: timedelta | None = None
    per_hour: float = 175
    by_day: bool = False

    def faults(self, delays: Sequence["Delay"]) -> list[str]:
        """Where the limits were not met."""
        half, last = middle(delays), slowest(delays)
        found = []
        if self.median is not None and half > self.median:
            found.append(f"{self.name}: red after {minutes(half)} min (median)")
        if self.worst is not None and last > self.worst:
            found.append(f"{self.name}: red after {minutes(last)} min (worst)")
        return found


_STOP, _SLOW, _LOSS = Trouble(JUDGED, speed=0.0), Trouble(JUDGED, speed=0.25), Trouble(JUDGED, lost=0.068)
_SOON, _LATER = (timedelta(minutes=30), timedelta(minutes=40)), (timedelta(minutes=75), timedelta(minutes=90))
_IN_HOURS = (3 * HOUR, 5 * HOUR)
CASES = (
    Case("full stop", _STOP, *_SOON),
    Case("a quarter of the speed", _SLOW, *_LATER),
    Case("a quarter of the speed, for new orders only", replace(_SLOW, spares=True), *_LATER),
    Case("6.8 % lost in silence, by day", _LOSS, *_IN_HOURS, by_day=True),
    Case("6.8 % lost in silence, nights too", _LOSS, _IN_HOURS[0]),
    Case("full stop", _STOP, per_hour=40),
    Case("a quarter of the speed", _SLOW, per_hour=40),
    Case("6.8 % lost in silence", _LOSS, per_hour=40),
    Case("full stop", _STOP, per_hour=10),
)
CALM_RATES = (3.0, 10.0, 40.0, 175.0)
FEW_RATE = 0.5


@dataclass(frozen=True, slots=True)
class Delay:
    """How long the node was in trouble before it was red, and by which rule; ``BLIND`` where it was not seen."""

    after: timedelta
    rule: str


@dataclass(frozen=True, slots=True)
class Calm:
    """What was seen of nodes without any trouble. ``spells``: times that one turned red, by rule."""

    spells: Counter[str]
    red: timedelta
    watched: timedelta

    def faults(self, per_hour: float) -> list[str]:
        """One false red at most in 84 days of a node."""
        most = max(1, round(self.watched / (84 * DAY)))
        count = self.spells.total()
        return [f"{per_hour:g} orders/h: {count} false reds"] if count > most else []


@dataclass(frozen=True, slots=True)
class Few:
    """Of nodes with few orders: how many instants were seen, at how many too few were there, or the colour wrong."""

    looked: int
    few: int
    wrong: int

    def faults(self) -> list[str]:
        """Grey there, and only there."""
        return [f"grey in the wrong place {self.wrong} times"] if self.wrong else []


def delay(node: JudgedNode, seed: int, case: Case, step: timedelta = MINUTE) -> Delay:
    """From the trouble to red; a node that is red already has not seen it before it turns so again."""
    begins = _beginning(seed, by_day=case.by_day)
    seen = node.watched(begins - HOUR, begins + BLIND, replace(case.trouble, begins=begins), step)
    for last, now in pairwise(seen):
        if now.at >= begins and now.red and not last.red:
            return Delay(now.at - begins, now.node.reason.rule)
    return Delay(BLIND, "never")


def calm(nodes: Iterator[JudgedNode], span: timedelta, step: timedelta) -> Calm:
    """What is seen of each node in the first days of its week, in which nothing happens."""
    spells, red, watched = Counter[str](), 0, 0
    for node in nodes:
        before = False
        for seen in node.watched(JUDGED, JUDGED + span, step=step):
            if seen.red and not before:
                spells[seen.node.reason.rule] += 1
            before = seen.red
            red += seen.red
            watched += 1
    return Calm(spells, red * step, watched * step)


def few(simulated: SimulatedNode, span: timedelta, step: timedelta) -> Few:
    """A node is grey, for want of orders, where fewer than 20 were there in 24 hours; counted here from the visits."""
    visits = simulated.visits()
    looked = too_few = wrong = 0
    for seen in JudgedNode(simulated).watched(JUDGED, JUDGED + span, step=step):
        opened = micros(opening(seen.at, DAY))
        should = np.count_nonzero((visits.entered <= micros(seen.at)) & (visits.left >= opened)) < 20
        looked += 1
        too_few += should
        wrong += should != (seen.node.reason.rule == "few") or should != (seen.node.status.value == "grey")
    return Few(looked, int(too_few), int(wrong))


def study(tell: Tell, seeds: int = 40, weeks: int = 12) -> list[str]:
    """Every case with so many seeds, and so many weeks of calm; what was not as it must be."""
    faults: list[str] = []
    for per_hour in sorted({case.per_hour for case in CASES}, reverse=True):
        delays: dict[Case, list[Delay]] = {case: [] for case in CASES if case.per_hour == per_hour}
        for seed in range(seeds):
            node = JudgedNode(SimulatedNode(per_hour, seed))
            for case, found in delays.items():
                found.append(delay(node, seed, case))
        for case, found in delays.items():
            tell(_row(case, found))
            faults += case.faults(found)
    for per_hour in CALM_RATES:
        nodes = (JudgedNode(SimulatedNode(per_hour, 1_000 + seed)) for seed in range(weeks))
        quiet = calm(nodes, WEEK, 5 * MINUTE)
        told = f"{quiet.spells.total()} false reds, {minutes(quiet.red)} min {dict(quiet.spells) or ''}"
        tell(f"{per_hour:g} orders/h, {quiet.watched / DAY:.0f} node-days of calm: {told}")
        faults += quiet.faults(per_hour)
    scarce = [few(SimulatedNode(FEW_RATE, 2_000 + seed), WEEK, 10 * MINUTE) for seed in range(weeks)]
    looked, grey, wrong = (sum(getattr(one, name) for one in scarce) for name in ("looked", "few", "wrong"))
    tell(f"{FEW_RATE:g} orders/h: too few at {grey:,} of {looked:,} instants, a wrong colour at {wrong}")
    return faults + Few(looked, grey, wrong).faults()


def middle(delays: Sequence[Delay]) -> timedelta:
    """The median."""
    return median(one.after for one in delays)


def slowest(delays: Sequence[Delay]) -> timedelta:
    """The worst."""
    return max(one.after for one in delays)


def minutes(span: timedelta) -> int:
    """Whole minutes, those begun included."""
    return -(-span // MINUTE)


def _row(case: Case, delays: Sequence[Delay]) -> str:
    limits = ", ".join(f"{minutes(limit)}" for limit in (case.median, case.worst) if limit is not None)
    rules = Counter(one.rule for one in delays)
    told = f"red after {minutes(middle(delays))} min (median), {minutes(slowest(delays))} (worst)"
    return f"{case.per_hour:g} orders/h, {case.name}: {told}; limits {limits or 'none'}; by {dict(rules)}"


def _beginning(seed: int, *, by_day: bool) -> datetime:
    """A minute of the week, late enough to see the node before and early enough to follow it to the end."""
    random = np.random.default_rng(seed)
    while True:
        begins = JUDGED + int(random.integers(61, (WEEK - BLIND) // MINUTE)) * MINUTE
        if not by_day or BY_HOUR[begins.astimezone(ZoneInfo(ZONE)).hour] >= BY_HOUR.mean():
            return begins
