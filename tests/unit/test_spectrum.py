"""The performance spectrum: every visit counted by its fate, a bounded number drawn, the same ones tick after tick."""

from datetime import timedelta

import numpy as np
import pytest

from dashboard.spectrum import MOST_LINES, spectrum, spectrum_span
from dashboard.visit_columns import FOREVER, NEXT, OPEN, VisitColumns, micros
from tests.builders import hours, minutes

FOUR_HOURS = 4 * 3600 * 10**6


def visits(*rows: tuple[float, float | None]) -> VisitColumns:
    """Visits of a node with an allowance of four hours: minutes of entry and exit, from noon."""
    entered = np.array([micros(minutes(row[0])) for row in rows], dtype=np.int64)
    left = np.array([FOREVER if row[1] is None else micros(minutes(row[1])) for row in rows], dtype=np.int64)
    way_out = np.where(left == FOREVER, OPEN, NEXT).astype(np.int32)
    nothing = np.zeros(len(rows))
    return VisitColumns(entered, left, entered + FOUR_HOURS, way_out, nothing, nothing == 0, nothing.astype(np.int64))


def test_each_visit_has_its_fate() -> None:
    """Between 6:00 and noon: out in time, out late, here, here late; who left before or came later is not in it."""
    seen = visits((-300, -200), (-355, -60), (-30, None), (-290, None), (-500, -361), (1, None))
    found = spectrum(seen, hours(-6), hours(0), steps=6)
    assert [found.count(fate) for fate in ("on_time", "late", "there", "there_late")] == [1, 1, 2, 1]
    assert (found.total, found.drawn, found.every) == (4, 4, 1)
    assert found.lines.entered.tolist() == sorted(found.lines.entered.tolist())
    assert found.lines.ended.tolist() == [micros(minutes(m)) for m in (-60, -200, 0, 0)]


def test_steps_hold_those_that_came_in_them() -> None:
    """Two hours each; who came before the first is counted in it."""
    found = spectrum(visits((-400, -100), (-350, -340), (-239, None), (-1, None)), hours(-6), hours(0), steps=3)
    assert [(step.start, step.entered, step.there) for step in found.steps] == [
        (hours(-6), 2, 0),
        (hours(-4), 1, 1),
        (hours(-2), 1, 1),
    ]


@pytest.mark.parametrize("count", [MOST_LINES, MOST_LINES + 1, 5000])
def test_the_number_of_lines_is_bounded(count: int) -> None:
    """All up to the limit; of more about one in ``every``, all of them counted."""
    rows = [(-350 + 340 * n / count, None) for n in range(count)]
    found = spectrum(visits(*rows), hours(-6), hours(0))
    assert found.total == count and found.drawn <= MOST_LINES
    assert (found.every == 1) == (count <= MOST_LINES)
    assert found.drawn == pytest.approx(count / found.every, rel=0.3)


def test_a_line_that_was_drawn_stays() -> None:
    """A minute later there are a few more visits: what was drawn is drawn again."""
    rows = [(-350 + 340 * n / 3000, None) for n in range(3000)]
    before = spectrum(visits(*rows), hours(-6), minutes(-5))
    after = spectrum(visits(*rows, (-4.5, None), (-4.2, None)), hours(-6), minutes(-4))
    assert set(before.lines.entered.tolist()) <= set(after.lines.entered.tolist())


def test_the_span_shows_a_late_orders_whole_way() -> None:
    """Twice the allowance but a week at most, the window where that is wider, an hour at least."""
    assert spectrum_span(timedelta(days=7), timedelta(hours=1)) == timedelta(days=7)
    assert spectrum_span(timedelta(hours=4), timedelta(hours=1)) == timedelta(hours=8)
    assert spectrum_span(timedelta(hours=4), timedelta(days=9)) == timedelta(days=9)
    assert spectrum_span(timedelta(seconds=15), timedelta(minutes=1)) == timedelta(hours=1)
