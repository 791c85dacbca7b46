"""The measures of the chain: how thick its band is along the way, and how tall the queue under each node."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10, sqrt
from statistics import median

from dashboard.snapshot import NodeSnapshot

SAMPLES = 6
THINNEST = 0.07
STEPS = (1, 1.5, 2, 3, 5, 7, 10)
SMALLEST_QUEUE = 20.0
OUTLIER = 10


def flow(node: NodeSnapshot) -> float:
    """Orders that left the node per hour of the window its numbers were taken from."""
    return node.left * 3_600 / node.window_used_seconds if node.window_used_seconds > 0 else 0.0


def thicknesses(flows: Sequence[float]) -> list[float]:
    """The band's thickness (share of its height, at least a line) along the way, ``SAMPLES`` to each stretch.

    At a node it is the node's own flow, in between it eases from one to the next. The number of samples depends only
    on the number of nodes, so a change of shape can ease too.
    """
    most = max(flows, default=0.0)
    heights = [max(THINNEST, flow / most) if most else THINNEST for flow in flows]
    if len(heights) == 1:
        heights = heights * 2
    stretches = [a + (b - a) * _ease(i / SAMPLES) for a, b in pairwise(heights) for i in range(SAMPLES)]
    return [*stretches, *heights[-1:]]


def band_polygon(flows: Sequence[float]) -> str:
    """The band as a CSS ``polygon()`` in percent of its box, from the first node's middle to the last one's."""
    heights = thicknesses(flows)
    last = max(1, len(heights) - 1)
    along = [100 * i / last for i in range(len(heights))]
    upper = [f"{x:.4g}% {50 - 50 * height:.3g}%" for x, height in zip(along, heights, strict=True)]
    lower = [f"{x:.4g}% {50 + 50 * height:.4g}%" for x, height in zip(along, heights, strict=True)]
    return f"polygon({', '.join([*upper, *reversed(lower)])})"


def queue_scale(queues: Sequence[int]) -> float:
    """The queue that fills the height: the longest, or ten times the middle one where one is far longer than the rest.

    It is rounded up, so that the columns do not all move with each order.
    """
    held = [queue for queue in queues if queue > 0]
    if not held:
        return SMALLEST_QUEUE
    most = max(SMALLEST_QUEUE, min(max(held), OUTLIER * median(held)))
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in STEPS if step * power >= most)


def queue_share(queue: int, scale: float) -> float:
    """The height of a queue as a share of the tallest, by square root; a longer one than ``scale`` is cut there.

    A node that holds orders for days would otherwise flatten those that hold them for minutes.
    """
    return round(min(1.0, sqrt(queue / scale)), 4) if queue > 0 else 0.0


def overdue_share(node: NodeSnapshot) -> float:
    """The share of the queue that is overdue, in steps of 0.1 %, rounded up so that one order is seen."""
    return min(1.0, ceil(1000 * node.overdue / node.in_progress) / 1000) if node.in_progress > 0 else 0.0


def _ease(share: float) -> float:
    return share * share * (3 - 2 * share)
