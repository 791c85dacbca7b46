"""For how long a node had which colour."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dashboard.snapshot import Status
from dashboard.status_runs import Change, Run, seconds_in, status_runs, worst_day
from dashboard.trends import BESIDE, NUMBERS, Step, Trend
from tests.builders import hours, minutes

SHANGHAI = ZoneInfo("Asia/Shanghai")
GREEN, AMBER, RED, DEEP, GREY = Status.GREEN, Status.AMBER, Status.RED, Status.DEEP_RED, Status.GREY


def judged(*statuses: Status, since: float = -6) -> Trend:
    """A trend of hours with these statuses, and no number known."""
    starts = [hours(since + number) for number in range(len(statuses))]
    steps = tuple(Step(start, start + timedelta(hours=1), start) for start in starts)
    numbers = {name: (None,) * len(steps) for name in (*NUMBERS, *BESIDE)}
    return Trend("pick", steps, numbers, (0,) * len(steps), statuses)


def told(runs: tuple[Run, ...]) -> list[tuple[float, str]]:
    """Hours and status of each run."""
    return [(run.seconds / 3600, run.status.value) for run in runs]


def test_the_log_says_when_a_colour_began_to_the_second():
    """Green before the view began; red from 12:20 to 13:05, then green until four."""
    log = [Change(hours(-9), GREEN), Change(minutes(20), RED), Change(minutes(65), GREEN)]
    runs = status_runs(log, None, hours(-1), hours(4))
    assert told(runs) == [(80 / 60, "green"), (0.75, "red"), (175 / 60, "green")]
    assert (runs[0].start, runs[-1].end) == (hours(-1), hours(4))
    assert all(run.logged for run in runs)


def test_before_the_log_the_numbers_tell():
    """Six hours judged, of which the log takes over after four and a half: red from there on."""
    runs = status_runs([Change(minutes(-90), RED)], judged(GREEN, AMBER, AMBER, GREEN, RED, RED), hours(-6), hours(0))
    assert told(runs) == [(1, "green"), (2, "amber"), (1, "green"), (0.5, "red"), (1.5, "red")]
    assert [run.logged for run in runs] == [False, False, False, False, True]


def test_a_step_that_is_not_over_goes_on_as_the_last_one_did():
    """The last hour judged ended at noon; half an hour later it still counts, two hours later nobody knows."""
    assert told(status_runs([], judged(GREEN, RED, since=-2), hours(-2), minutes(30))) == [(1, "green"), (1.5, "red")]
    late = status_runs([], judged(GREEN, RED, since=-2), hours(-2), hours(2))
    assert told(late) == [(1, "green"), (1, "red"), (2, "grey")]


def test_what_nobody_tells_of_is_grey():
    """Neither log nor numbers."""
    assert told(status_runs([], None, hours(0), hours(1))) == [(1, "grey")]


def test_red_and_deep_red_are_one_congestion():
    """An hour of each, and an hour of amber that does not count."""
    runs = status_runs(
        [Change(hours(0), RED), Change(hours(1), DEEP), Change(hours(2), AMBER)], None, hours(0), hours(3)
    )
    assert seconds_in(runs) == 2 * 3600
    assert seconds_in(runs, frozenset({AMBER})) == 3600


def test_the_worst_day_is_local():
    """Red from 22:00 on Monday to 3:00 on Tuesday in Shanghai: two hours on the 2nd, three on the 3rd."""
    runs = (Run(hours(10), hours(15), RED, logged=True), Run(hours(15), hours(40), GREEN, logged=True))
    assert worst_day(runs, SHANGHAI) == date(2026, 3, 3)
    assert worst_day((Run(hours(0), hours(9), GREY, logged=True),), SHANGHAI) is None
