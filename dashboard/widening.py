"""How wide a window must be before its numbers mean something."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from dashboard.evidence import Evidence, Observations
from dashboard.lifeline import Node
from dashboard.survival import watched
from dashboard.windows import ENOUGH, ENOUGH_ALLOWANCES, WIDTHS


def wide_enough(node: Node, seen: Observations) -> bool:
    """Whether enough visits were at risk in the window, and were watched for long enough, all together."""
    allowance = node.allowance.total_seconds()
    return seen.at_risk >= ENOUGH and watched(seen, 2 * allowance) >= ENOUGH_ALLOWANCES * allowance


def widened(node: Node, over: Callable[[timedelta], Evidence], widths: Sequence[timedelta] = WIDTHS) -> Evidence:
    """The evidence ``over`` the first width that is wide enough, or over the last one if none is."""
    for width in widths[:-1]:
        if wide_enough(node, (found := over(width)).observations):
            return found
    return over(widths[-1])
