"""What explains late orders: causes that were put in are found and named, and nothing where there is none."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.explanation import Decided, Explanation, explain

Row = tuple[int, bool, dict[str, str]]
"""So many visits alike: whether they are late, what they have."""


def decided(rows: Sequence[Row], cents: int = 100) -> Decided:
    """Visits by groups; each of the late ones is a yuan that is still there."""
    late = np.array([is_late for count, is_late, _ in rows for _ in range(count)], dtype=np.bool_)
    keys = sorted({key for *_, values in rows for key in values})
    values = {key: [has.get(key) for count, _, has in rows for _ in range(count)] for key in keys}
    return Decided(late, np.where(late, cents, 0), values)


PRINTER = {"warehouse": "HZ1", "exception": "printer_offline"}
HZ1, SZ2 = {"warehouse": "HZ1"}, {"warehouse": "SZ2"}
EXAMPLE: list[Row] = [(24, True, PRINTER), (2, True, HZ1), (14, False, HZ1), (3, True, SZ2), (57, False, SZ2)]
"""The example of the docs: 100 visits, 29 late."""


def test_the_worked_example() -> None:
    """Every figure by hand: others 5 of 76 late; 24 - 24·5/76 of 29 - 3; looks 4, so z is 2.4977."""
    (told,) = explain(decided(EXAMPLE), 0.03)
    assert told.pairs == (("exception", "printer_offline"), ("warehouse", "HZ1"))
    assert (told.visits, told.late, told.amount, told.slow) == (24, 24, Decimal(24), False)
    assert told.excess == pytest.approx(24 - 24 * 5 / 76)
    assert told.share == pytest.approx((24 - 24 * 5 / 76) / 26)
    assert told.lift == pytest.approx(76 / 5)
    for end in (told.lift_low, told.lift_high):
        assert chi_squared(24, 24, 5, 76, end) == pytest.approx(2.49771**2, rel=1e-3)


def chi_squared(late: int, visits: int, others_late: int, others: int, ratio: float) -> float:
    """The least that any two rates of this ratio are away from the counts, tried one by one."""
    rate = np.linspace(1e-6, min(1.0, 1 / ratio) - 1e-9, 400_000)
    likelihood = others_late * np.log(rate) + (others - others_late) * np.log1p(-rate)
    likelihood += late * np.log(ratio * rate) + (visits - late) * np.log1p(-ratio * rate)
    best = float(rate[likelihood.argmax()])
    pairs = ((late, visits, ratio * best), (others_late, others, best))
    return sum((k - n * p) ** 2 / (n * p * (1 - p)) for k, n, p in pairs)


def test_without_the_exception_the_place_is_told() -> None:
    """HZ1: 30 of 40 late, the others 3 of 60: 28 too many."""
    rows: list[Row] = [(30, True, HZ1), (10, False, HZ1), (3, True, SZ2), (57, False, SZ2)]
    (told,) = explain(decided(rows), 0.03)
    assert (told.pairs, told.visits, told.late) == ((("warehouse", "HZ1"),), 40, 30)
    assert (told.excess, told.share, told.lift) == pytest.approx((28.0, 28 / 30, 15.0))


def test_where_all_are_late_alike_nothing_explains() -> None:
    """A third late everywhere: late enough, but of no value more than of another."""
    rows: list[Row] = [(30, late, {"warehouse": place}) for place in ("HZ1", "SZ2", "CD3") for late in (True, False)]
    assert explain(decided(rows), 0.02) == ()


def test_nothing_out_of_the_usual_needs_no_explanation() -> None:
    """As in the example, but that so many are usually late: nothing is told."""
    assert explain(decided(EXAMPLE), 0.29) == ()
    assert explain(decided([(50, False, HZ1)]), 0.01) == ()
    assert explain(decided([])) == ()


def test_too_few_late_visits_say_nothing() -> None:
    """Four late ones may be an accident anywhere."""
    assert explain(decided([(4, True, HZ1), (200, False, SZ2)]), 0.0) == ()


def test_what_goes_along_with_the_cause_is_silent() -> None:
    """HZ1 is late whatever the carrier; ZTO has most of its orders there, and looks late for that alone."""
    rows: list[Row] = []
    for place, carriers, share in (("HZ1", {"zto": 80, "sf": 20}, 0.8), ("SZ2", {"zto": 20, "sf": 80}, 0.1)):
        for carrier, count in carriers.items():
            values, late = {"warehouse": place, "carrier": carrier}, round(count * share)
            rows += [(late, True, values), (count - late, False, values)]
    assert [told.pairs for told in explain(decided(rows), 0.05)] == [(("warehouse", "HZ1"),)]


def test_two_values_are_told_together_where_only_both_are_late() -> None:
    """ZTO at HZ1 is late; ZTO elsewhere and the other carriers at HZ1 are not."""
    rows: list[Row] = []
    for place in ("HZ1", "SZ2", "CD3"):
        for carrier in ("zto", "sf", "yto"):
            values = {"warehouse": place, "carrier": carrier}
            late = 36 if (place, carrier) == ("HZ1", "zto") else 2
            rows += [(late, True, values), (40 - late, False, values)]
    (told,) = explain(decided(rows), 0.05)
    assert told.pairs == (("carrier", "zto"), ("warehouse", "HZ1"))
    assert (told.visits, told.late) == (40, 36)


def test_two_causes_are_told_in_order_of_what_they_contribute() -> None:
    """HZ1 is the greater one; JD is judged among the orders of the other places. Shares do not exceed the whole."""
    rows: list[Row] = []
    for place in ("HZ1", "SZ2", "CD3"):
        for channel in ("jd", "tmall"):
            values, late = {"warehouse": place, "channel": channel}, 1 + 60 * (place == "HZ1") + 30 * (channel == "jd")
            rows += [(late, True, values), (100 - late, False, values)]
    first, second = explain(decided(rows), 0.01)
    assert (first.pairs, second.pairs) == ((("warehouse", "HZ1"),), (("channel", "jd"),))
    assert first.excess == pytest.approx(152 - 200 * 64 / 400)
    assert second.excess == pytest.approx(62 - 200 * 2 / 200)
    assert (first.share, second.share) == pytest.approx((120 / 210, 60 / 210))


def test_an_exception_that_happens_everywhere_has_no_place() -> None:
    """Half in each warehouse: the exception alone is told."""
    rows: list[Row] = []
    for place in ("HZ1", "SZ2"):
        rows += [(20, True, {"warehouse": place, "exception": "invoice"}), (100, False, {"warehouse": place})]
    (told,) = explain(decided(rows), 0.0)
    assert told.pairs == (("exception", "invoice"),)
    assert told.lift > 100 and told.lift_low is not None and 1 < told.lift_low < told.lift


def test_who_reported_an_exception_is_not_its_cause() -> None:
    """All that li reported was the printer, and two other late ones: the printer is told, at the place where it is."""
    at_printer, by_li = {**PRINTER, "operator": "li"}, {"warehouse": "SZ2", "operator": "li"}
    rows: list[Row] = [(24, True, at_printer), (2, True, by_li), (16, False, HZ1), (3, True, SZ2), (55, False, SZ2)]
    (told,) = explain(decided(rows), 0.03)
    assert told.pairs == (("exception", "printer_offline"), ("warehouse", "HZ1"))


def test_an_operator_who_is_slow_is_told() -> None:
    """Twenty of li's thirty late, of the ninety others nine."""
    rows: list[Row] = [(20, True, {"operator": "li"}), (10, False, {"operator": "li"})]
    for who in ("wang", "zhao", "chen"):
        rows += [(3, True, {"operator": who}), (27, False, {"operator": who})]
    (told,) = explain(decided(rows), 0.1)
    assert (told.pairs, told.excess, told.lift) == ((("operator", "li"),), pytest.approx(17), pytest.approx(20 / 3))


visits = st.lists(
    st.tuples(st.booleans(), st.sampled_from("abc"), st.sampled_from(["x", "y", None]), st.sampled_from("12")),
    min_size=1,
    max_size=200,
)


def told_of(rows: Sequence[tuple[bool, str, str | None, str]]) -> tuple[Explanation, ...]:
    """Explanations of visits with three dimensions."""
    late = np.array([row[0] for row in rows], dtype=np.bool_)
    values = {key: [row[place] for row in rows] for place, key in enumerate(("one", "exception", "three"), start=1)}
    return explain(Decided(late, np.where(late, 100, 0), values), 0.05)  # type: ignore[arg-type]


@given(visits)
@settings(max_examples=60, deadline=None)
def test_whatever_the_visits_the_figures_agree(rows: list[tuple[bool, str, str | None, str]]) -> None:
    """Counts are those of the rows not told before, shares add up to at most one, and order does not matter."""
    told, left = told_of(rows), list(rows)
    assert told == told_of(sorted(rows, key=repr))
    for one in told:
        places = [("one", "exception", "three").index(key) + 1 for key, _ in one.pairs]
        here = [row for row in left if all(row[p] == value for p, (_, value) in zip(places, one.pairs, strict=True))]
        assert (one.visits, one.late, one.amount) == (len(here), sum(row[0] for row in here), sum(r[0] for r in here))
        left = [row for row in left if row not in here]
    assert sum(one.share for one in told) <= 1 + 1e-9


def test_false_findings_are_rare() -> None:
    """Visits late by chance, of 4 dimensions with 3 to 40 values: of 60 nodes at most 3 are told anything."""
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(60):
        count = 400
        values = {f"d{n}": [str(v) for v in random.integers(0, size, count)] for n, size in enumerate((3, 6, 8, 40))}
        wrong += bool(explain(Decided(random.random(count) < 0.2, np.zeros(count, dtype=np.int64), values), 0.05))
    assert wrong <= 3
