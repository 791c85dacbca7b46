"""Starved, flooded or held back: a node's flow against the usual, chance allowed for."""

import pytest

from dashboard.balance import Balance, Level, UsualFlow, Verdict


def balance(came: int, went: int, usual: tuple[float, float] | None = (100, 100), hours: float = 1.0) -> Balance:
    """A node in a window."""
    return Balance("pickup", came, went, hours, UsualFlow(*usual) if usual else None)


@pytest.mark.parametrize(
    ("came", "went", "verdict"),
    [
        (100, 100, Verdict.USUAL),
        (129, 129, Verdict.USUAL),
        (150, 100, Verdict.FLOODED),
        (150, 40, Verdict.HELD),
        (100, 40, Verdict.HELD),
        (50, 40, Verdict.STARVED),
        (50, 100, Verdict.STARVED),
        (100, 150, Verdict.CLEARING),
    ],
)
def test_the_verdict(came: int, went: int, verdict: Verdict) -> None:
    """Of a hundred usual an hour, 30 % more or less count; few out with few in is a lack of orders."""
    assert balance(came, went).verdict is verdict


def test_small_numbers_prove_nothing() -> None:
    """None where two are usual comes by chance once in seven hours; none in ten hours does not."""
    assert balance(0, 2, (2, 2)).coming is Level.USUAL
    assert balance(0, 20, (2, 2), hours=10).coming is Level.LOW
    assert balance(4, 2, (2, 2)).coming is Level.USUAL


def test_without_the_usual_nothing_is_judged() -> None:
    """Neither what comes nor what goes."""
    it = balance(100, 0, None)
    assert (it.coming, it.going, it.verdict) == (Level.UNKNOWN, Level.UNKNOWN, Verdict.UNKNOWN)
