"""Trouble is seen in time, and calm is left in peace, on a small sample; ``make soak`` takes forty seeds."""

from datetime import timedelta

import pytest

from dashboard.windows import HOUR, MINUTE
from tests.soak.detection import CASES, FEW_RATE, Case, delay, few
from tests.soak.judged_node import JudgedNode
from tests.soak.simulated_node import JUDGED, WEEK, SimulatedNode

SEEDS = (0, 3)
LIMITED = [case for case in CASES if case.worst is not None]


@pytest.fixture(scope="module")
def nodes() -> dict[int, JudgedNode]:
    """Four weeks of 175 orders an hour, and what is usual in them."""
    return {seed: JudgedNode(SimulatedNode(175, seed)) for seed in SEEDS}


@pytest.mark.parametrize("case", LIMITED, ids=lambda case: case.name)
def test_trouble_turns_a_node_red_in_time(nodes: dict[int, JudgedNode], case: Case) -> None:
    """A full stop, a slow-down to a quarter (of all, of the new ones only), a silent loss: each within its limits."""
    delays = [delay(node, seed, case, step=3 * MINUTE) for seed, node in nodes.items()]
    assert case.faults(delays) == []


@pytest.mark.parametrize(
    ("per_hour", "seed", "hours"),
    [
        (40, 1_004, 56),  # the morning fills with new orders of which none has been there for long: an index of 2.04
        (40, 1_013, 81),  # the same on Thursday
        (40, 1_005, 17),  # two slow orders among sixty: an index of 2.08
        (40, 1_001, 145),  # five late ones on a Sunday night of which little is known
        (3, 1_000, 12),
        (10, 1_000, 12),
    ],
)
def test_chance_turns_nothing_red(per_hour: float, seed: int, hours: int) -> None:
    """Twelve hours, minute by minute, with what a nervous rule takes for trouble."""
    node = JudgedNode(SimulatedNode(per_hour, seed))
    begin = JUDGED + (hours - 6) * HOUR
    assert [seen.at for seen in node.watched(begin, begin + 12 * HOUR, step=4 * MINUTE) if seen.red] == []


def test_too_few_orders_are_grey() -> None:
    """Twelve a day: grey where fewer than 20 were there in 24 hours, and only there."""
    seen = few(SimulatedNode(FEW_RATE, 2_000), WEEK, timedelta(hours=2))
    assert seen.few > 0.5 * seen.looked and seen.wrong == 0
