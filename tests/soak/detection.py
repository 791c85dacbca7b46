"""How soon the product sees that a node is in trouble, how often it cries wolf, and where it does not know."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

import numpy as np

from dashboard.windows import DAY, HOUR, MINUTE
from tests.soak.judged_node import JudgedNode, Seen
from tests.soak.simulated_node import JUDGED, WEEK, SimulatedNode, Trouble

PER_HOUR = 175
BLIND = 12 * HOUR
"""A trouble that is not seen by then is not looked for any longer."""


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of trouble, and by when it must be seen: half of the runs, and every one of them."""

    speed: float
    lost: float
    median: timedelta
    worst: timedelta


CASES: Mapping[str, Case] = {
    "full stop": Case(0.0, 0.0, timedelta(minutes=30), timedelta(minutes=40)),
    "a quarter of the speed": Case(0.25, 0.0, timedelta(minutes=75), timedelta(minutes=90)),
    "6.8 % lost in silence": Case(1.0, 0.068, timedelta(hours=3), timedelta(hours=5)),
}


@dataclass(frozen=True, slots=True)
class Delay:
    """How long the node was in trouble before it was red, and by which rule; ``BLIND`` where it was not seen."""

    seed: int
    after: timedelta
    rule: str


@dataclass(frozen=True, slots=True)
class Calm:
    """What was seen of nodes without any trouble. ``spells``: times that one turned red."""

    spells: int
    red: timedelta
    grey_share: float
    watched: timedelta
    rules: Counter[str]


def delay(node: JudgedNode, seed: int, case: Case, step: timedelta = MINUTE) -> Delay:
    """From the trouble to red; it begins at any minute of the week, but so that it can be followed to the end.

    The node must not be red for another reason when it begins.
    """
    begins = JUDGED + timedelta(minutes=int(np.random.default_rng(seed).integers(60, (WEEK - BLIND) // MINUTE)))
    trouble = Trouble(begins, case.speed, case.lost)
    for seen in node.watched(begins - HOUR, begins + BLIND, trouble, step):
        if seen.red and seen.at >= begins:
            return Delay(seed, seen.at - begins, seen.node.reason.rule)
    return Delay(seed, BLIND, "never")


def calm(nodes: Iterable[JudgedNode], span: timedelta, step: timedelta = MINUTE) -> Calm:
    """What is seen of each node in the first days of its week, in which nothing happens."""
    spells, red, grey, watched, rules = 0, 0, 0, 0, Counter[str]()
    for node in nodes:
        seen = list(node.watched(JUDGED, JUDGED + span, step=step))
        began = [now for last, now in pairwise([None, *seen]) if now and now.red and not (last and last.red)]
        spells += len(began)
        rules.update(now.node.reason.rule for now in began)
        red += sum(one.red for one in seen)
        grey += sum(one.node.status.value == "grey" for one in seen)
        watched += len(seen)
    return Calm(spells, red * step, grey / watched, watched * step, rules)
