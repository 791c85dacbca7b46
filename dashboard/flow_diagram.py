"""The cumulative flow diagram: who came, who is where, who went on, all in one picture.

The lower edge rises with every order that is through, the upper with every one that comes; between them lie those in
progress, a band a node. A band that widens is a queue that grows; the way across, from edge to edge, is about the time
that an order takes. (Anderson: Kanban, 2010, ch. 3; Little: A proof for the queuing formula L = λW, 1961.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.trends import Trend


@dataclass(frozen=True, slots=True)
class Flow:
    """One value at each of ``ends``. ``through``: orders that went past the last node since the start, from 0 on.

    ``bands``: by node, first to last, how many were in progress. ``came``: how many had come to each since the start.
    """

    start: datetime
    ends: tuple[datetime, ...]
    nodes: tuple[str, ...]
    through: tuple[int, ...]
    bands: tuple[tuple[int, ...], ...]
    came: tuple[tuple[int, ...], ...]


def flow_diagram(trends: Sequence[Trend]) -> Flow | None:
    """The diagram of these nodes, in the order of the lifeline; ``None`` without any step, or with nobody ever there.

    ``through`` is what came to the first node, less what that added to those in progress: so that the bands are the
    very orders in progress whatever nodes an order skips, and whether it goes on or is cancelled.
    """
    if not trends or not trends[0].steps:
        return None
    steps = trends[0].steps
    bands = tuple(tuple(round(count or 0) for count in one.numbers["in_progress"]) for one in trends)
    came = tuple(_summed(one.came) for one in trends)
    if not any(map(any, (*bands, *came))):
        return None
    there = [sum(counts) for counts in zip(*bands, strict=True)]
    passed = [arrived - now for arrived, now in zip(came[0], there, strict=True)]
    through = tuple(one - min(passed) for one in passed)
    return Flow(
        steps[0].start, tuple(step.end for step in steps), tuple(one.node for one in trends), through, bands, came
    )


def _summed(counts: Sequence[int]) -> tuple[int, ...]:
    total, sums = 0, []
    for count in counts:
        total += count
        sums.append(total)
    return tuple(sums)
