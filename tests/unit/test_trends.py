"""Steps of a span, and the arithmetic of trends, on figures that can be followed by hand."""

from datetime import UTC, datetime

import numpy as np
import pytest

from dashboard.calendar import ALWAYS
from dashboard.evidence import Usual
from dashboard.flow_diagram import flow_diagram
from dashboard.lifeline import Node
from dashboard.snapshot import Status
from dashboard.trend_material import NodeMaterial, Stays, Tally, as_micros, spread
from dashboard.trend_numbers import trend, usual_by_step
from dashboard.trends import BESIDE, NUMBERS, Step, Trend, step_of, steps_between
from dashboard.visit_columns import FOREVER
from dashboard.windows import DAY, HOUR, MINUTE
from tests.builders import NOON, hours, minutes

PICK = Node("pick", 0, {"en": "Picked"}, "warehouse", 30 * MINUTE)


@pytest.mark.parametrize(
    ("span", "step"),
    [(HOUR, MINUTE), (DAY, 15 * MINUTE), (7 * DAY, HOUR), (28 * DAY, 3 * HOUR), (56 * DAY, 6 * HOUR), (84 * DAY, DAY)],
)
def test_a_step_fits_its_span(span, step):
    """From minutes for hours to days for seasons; never more than some two hundred and fifty points."""
    assert step_of(span) == step
    assert span / step <= 250


def test_only_whole_steps_are_told():
    """At 12:20 the hours from 9 to 12, when three hours are asked for; the step that runs is not among them."""
    steps = steps_between(minutes(-160), minutes(20), HOUR, "Asia/Shanghai")
    assert [(step.start, step.end) for step in steps] == [
        (hours(-3), hours(-2)),
        (hours(-2), hours(-1)),
        (hours(-1), hours(0)),
    ]
    assert all(step.opening == step.start for step in steps)


def test_short_steps_look_back_for_an_hour():
    """A quarter of an hour to noon has its window open at eleven."""
    last = steps_between(hours(-2), NOON, 15 * MINUTE, "Asia/Shanghai")[-1]
    assert last == Step(minutes(-15), NOON, hours(-1))


def test_days_are_local_and_may_have_25_hours():
    """Berlin puts its clocks back on 25 October 2026: that day is an hour longer, in one step."""
    start = datetime(2026, 10, 23, 22, tzinfo=UTC)
    steps = steps_between(start, start + 4 * DAY, DAY, "Europe/Berlin")
    assert [step.start.hour for step in steps] == [22, 22, 23]
    assert [(step.end - step.start) / HOUR for step in steps] == [24, 25, 24]


def test_a_tally_counts_what_is_between():
    """Three at 1, one at 5: the end of a stretch does not belong to it."""
    tally = Tally(np.array([5, 1, 1]), np.array([1, 2, 1]))
    openings, ends = np.array([0, 1, 2]), np.array([1, 5, 6])
    assert tally.between(openings, ends).tolist() == [0, 3, 1]
    assert tally.total == 4


def test_spread_groups_keep_their_number_and_their_hour():
    """Nine that left within an hour stand at four instants of it; one stands at one."""
    row, instants, weight = spread(np.array([0, 0]), np.array([3600, 3600]), np.array([9, 1]))
    assert np.bincount(row, weight).tolist() == [9, 1]
    assert np.bincount(row).tolist() == [4, 1]
    assert (instants >= 0).all() and (instants < 3_600_000_000).all()
    assert len(set(instants.tolist())) == 5


def material(*visits: tuple[float, float | None]) -> NodeMaterial:
    """A node whose visits came and left so many minutes after noon; without an end they are there still."""
    came = np.array([as_micros([minutes(come)])[0] for come, _ in visits])
    gone = np.array([FOREVER if end is None else as_micros([minutes(end)])[0] for _, end in visits])
    left = gone[gone < FOREVER]
    ones, due = np.ones(len(came), dtype=np.int64), came + 1_800_000_000
    late = due[gone > due]
    dwell = np.where(gone < FOREVER, (np.where(gone < FOREVER, gone, 0) - came) / 1e6, np.nan)
    none = Tally(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    counts = {
        "entered": Tally(came, ones),
        "left": Tally(left, np.ones(len(left), dtype=np.int64)),
        "cancelled": none,
        "due": Tally(due, ones),
        "missed": Tally(late, np.ones(len(late), dtype=np.int64)),
        "measured": Tally(left, np.ones(len(left), dtype=np.int64)),
        "dwell_us": Tally(left, np.rint(dwell[gone < FOREVER] * 1e6).astype(np.int64)),
    }
    net = Tally(np.concatenate([came, left]), np.concatenate([ones, -np.ones(len(left), dtype=np.int64)]))
    return NodeMaterial(counts, net, 0, Stays(came / 1e6, gone, dwell, gone < FOREVER, ones))


def test_each_number_of_a_step_is_that_of_its_window():
    """From noon to one: two came before, A (20 min, gone at 12:10) and F (there still, 80 min old at noon); five in it.

    B took 20 minutes, C 10, G 40 (a minute after one: not gone yet); D and E are there since 12:30 and 12:10.
    Overdue at one: E (50 minutes) and G (40) and F; the allowance is 30 minutes.
    """
    told = material((-10, 10), (0.5, 20.5), (5, 15), (30.5, None), (10, None), (-80, None), (20, 61))
    steps = (Step(hours(0), hours(1), hours(0)),)
    found = trend(PICK, ALWAYS, told, steps, [None])
    numbers = {name: values[0] for name, values in found.numbers.items()}
    assert (numbers["entered"], numbers["left"], numbers["in_progress"], numbers["overdue"]) == (5, 3, 4, 3)
    assert numbers["mean_seconds"] == pytest.approx(50 * 60 / 3)
    assert (numbers["p50_seconds"], numbers["p95_seconds"]) == (20 * 60, 20 * 60)
    assert numbers["timeout_rate_settled"] == pytest.approx(2 / 5)  # due in it: A, B, C, E, G; E and G were not out
    assert numbers["congestion_index"] is None and numbers["load_index"] is None
    assert found.came == (5,)
    assert found.status == (Status.GREY,)


def test_the_usual_of_a_day_is_the_mean_of_its_hours():
    """Working hours before noon take ten, those after it thirty; where one hour is not known, the day is not."""
    usual = {("working", hour): Usual(10.0 if hour < 12 else 30.0, 1.0, provisional=False) for hour in range(24)}
    day = Step(hours(-12), hours(12), hours(-12))
    early = Step(hours(-1), hours(0), hours(-1))
    assert [found.rmst_seconds for found in usual_by_step([day, early], usual, "Asia/Shanghai")] == [20.0, 10.0]
    del usual["working", 3]
    assert usual_by_step([day], usual, "Asia/Shanghai") == [None]


def counted(node: str, came: tuple[int, ...], there: tuple[int | None, ...]) -> Trend:
    """A trend of hours of which only these counts are known."""
    steps = tuple(Step(hours(n), hours(n + 1), hours(n)) for n in range(len(came)))
    numbers = {name: (None,) * len(came) for name in (*NUMBERS, *BESIDE)} | {"in_progress": there}
    return Trend(node, steps, numbers, came, (Status.GREEN,) * len(came))


def test_the_bands_of_the_flow_are_the_orders_in_progress():
    """Ten came in each hour; three, then nine wait at the first node, two at the second: 5 and 9 were through."""
    flow = flow_diagram([counted("a", (10, 10), (3, 9)), counted("b", (7, 4), (2, 2))])
    assert flow.bands == ((3, 9), (2, 2))
    assert flow.came == ((10, 20), (7, 11))
    assert flow.through == (0, 4)  # 10 - 5 and 20 - 11, counted from the start


def test_an_empty_shop_has_no_flow():
    """Nobody came and nobody is there; and neither is there anything without a step."""
    assert flow_diagram([counted("a", (0, 0), (0, None))]) is None
    assert flow_diagram([counted("a", (), ())]) is None


def test_before_the_first_order_nothing_is_known():
    """The first came at 13:30: the hour from 12 to 13 knows nothing, not even that nobody was there."""
    known = counted("a", (0, 1), (0, 1)).known_from(minutes(90))
    assert known.numbers["in_progress"] == (None, 1)
    assert known.status == (Status.GREY, Status.GREEN)
