"""The examples of docs/numbers.md, computed from their visits; each figure must stand in the page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from dashboard.calendar import ALWAYS
from dashboard.evidence import Usual
from dashboard.explanation import Decided, explain
from dashboard.judgement import node_snapshot
from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot
from dashboard.survival import survival
from dashboard.visit_columns import ASIDE, FOREVER, NEXT, OPEN, VisitColumns, micros, observations, visit_evidence

PAGE = (Path(__file__).parents[2] / "docs" / "numbers.md").read_text(encoding="utf-8")
PICK = Node("pick", 0, {"en": "Picked"}, "warehouse", timedelta(minutes=30))


def clock(text: str) -> datetime:
    """An instant of that day."""
    hour, minute = text.split(":")
    return datetime(2026, 3, 2, int(hour), int(minute), tzinfo=UTC)


NOW, OPENING = clock("13:00"), clock("12:00")


def table_visits() -> VisitColumns:
    """The visits as the page's first table gives them."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| ")]
    visits = [row for row in rows if row[0] in set("ABCDEFG") and len(row) == 6]
    assert len(visits) == 7
    ways = {"to the next node": NEXT, "in progress": OPEN, "cancelled": ASIDE}
    entered = np.array([micros(clock(row[1])) for row in visits])
    left = np.array([FOREVER if row[2] == "–" else micros(clock(row[2])) for row in visits])
    dwell = np.where(left == FOREVER, np.nan, (left.astype(np.float64) - entered) / 1e6)
    way_out = np.array([ways[row[3]] for row in visits], dtype=np.int32)
    due = entered + 1800 * 10**6
    return VisitColumns(entered, left, due, way_out, dwell, np.ones(7, dtype=np.bool_), np.full(7, 1000))


@pytest.fixture
def pick() -> NodeSnapshot:
    """The node at 13:00, from the visits to the snapshot."""
    counted = visit_evidence("pick", ALWAYS, table_visits(), OPENING, NOW, timedelta(hours=1))
    fields = {name: getattr(counted, name) for name in counted.__dataclass_fields__}
    known = type(counted)(**{**fields, "usual": Usual(900, 0.5, provisional=False)})
    return node_snapshot(PICK, known, NOW, ALWAYS)


def test_counts(pick: NodeSnapshot) -> None:
    """In progress, entered, left, overdue, and how long the oldest is over its time."""
    assert (pick.in_progress, pick.entered, pick.left, pick.overdue) == (2, 5, 4, 2)
    assert "in progress 2 (D, F), entered 5 (B, C, D, E, G), left 4 (A, B, C, G)" in PAGE
    assert pick.oldest_overdue_seconds == 70 * 60
    assert pick.overdue_amount == Decimal(20)


def test_dwells(pick: NodeSnapshot) -> None:
    """Mean and quantiles of the four that left."""
    assert (pick.mean_seconds, pick.p50_seconds, pick.p95_seconds) == (22.5 * 60, 20 * 60, 40 * 60)
    assert "mean 22.5, p50 20, p95 40 minutes" in PAGE


def test_settled_rate(pick: NodeSnapshot) -> None:
    """One of the five that were due."""
    assert (pick.due, pick.timeout_rate_settled) == (5, 0.2)
    assert "1 of 5, 20 %" in PAGE


def test_curve() -> None:
    """Hazard and variance at the three ages."""
    seen = observations(ALWAYS, table_visits(), OPENING, NOW)
    curve = survival(seen)
    assert (seen.entry / 60).tolist() == [10, 0, 0, 0, 0, 40, 0]
    assert (seen.duration / 60).tolist() == [20, 20, 10, 30, 25, 100, 40]
    assert (curve.times / 60).tolist() == [10, 20, 40]
    assert curve.hazard == pytest.approx([0.20, 0.65, 1.65])
    assert curve.variance == pytest.approx([0.04, 0.1425, 1.1425])
    assert curve.rmst(3600) / 60 == pytest.approx(32.47, abs=0.005) and "= 32.47 minutes" in PAGE


def test_rate_index_and_load(pick: NodeSnapshot) -> None:
    """As the page says, to the digits it gives."""
    assert pick.timeout_rate == pytest.approx(0.522, abs=5e-4)
    assert (pick.timeout_rate_low, pick.timeout_rate_high) == pytest.approx((0.131, 0.812), abs=5e-4)
    assert "52.2 %, interval 13.1 % to 81.2 %" in PAGE
    assert pick.congestion_index == pytest.approx(2.16, abs=0.005) and "32.47 / 15 = 2.16" in PAGE
    assert pick.load_index == pytest.approx(1.6) and "2 are: 1.60" in PAGE
    assert (pick.status.value, pick.reason.rule, pick.at_risk) == ("grey", "few", 7)


def test_rule_by_rate() -> None:
    """Of 100 that entered, 42 wait past the allowance: the sums of the page, term by term."""
    hazard = sum(1 / n for n in range(43, 101))
    spread = 1.959964 * sum(1 / n**2 for n in range(43, 101)) ** 0.5 / hazard
    assert (hazard, np.exp(-hazard)) == pytest.approx((0.861, 0.423), abs=5e-4)
    assert np.exp(-hazard * np.exp(spread)) == pytest.approx(0.326, abs=5e-4)
    assert "= 0.861, S = 42.3 %, lower end 32.6 % > 30 %: red" in PAGE


def test_explanation() -> None:
    """Exception and place of the page's hundred visits, to the digits it gives."""
    groups = [(24, True, "printer", "HZ1"), (2, True, None, "HZ1"), (14, False, None, "HZ1")]
    groups += [(3, True, None, "SZ2"), (57, False, None, "SZ2")]
    visits = [row for count, *row in groups for _ in range(count)]
    late = np.array([row[0] for row in visits], dtype=np.bool_)
    values = {"exception": [row[1] for row in visits], "warehouse": [row[2] for row in visits]}
    (told,) = explain(Decided(late, np.zeros(100, dtype=np.int64), values), 0.03)  # type: ignore[arg-type]
    assert told.pairs == (("exception", "printer"), ("warehouse", "HZ1"))
    assert (told.excess, told.share, told.lift) == pytest.approx((22.42, 0.862, 15.2), abs=5e-3)
    assert (told.lift_low, told.lift_high) == pytest.approx((5.73, 43.64), abs=5e-3)
    said = " ".join(PAGE.split())
    assert "24 − 24 · 5/76 = 22.4, share 22.4 / 26 = 86 %, lift 1 / (5/76) = 15.2" in said
    assert "z = 2.498, the interval is 5.7 to 43.6" in said
