"""What becomes of a message after an attempt: the rules, with an injected draw."""

from datetime import timedelta

import pytest

from dashboard.deliveries import Attempt, Fault, Patience, read_retry_after
from tests.builders import NOON

PATIENCE = Patience()
SECOND = timedelta(seconds=1)


def test_pauses_double_up_to_an_hour():
    """At the upper end of the draw: 2 s, 4 s, 8 s ... and never more than an hour."""
    longest = [PATIENCE.pause(attempt, None, 1.0) / SECOND for attempt in range(1, 20)]
    assert longest[:4] == [2, 4, 8, 16]
    assert longest[10:] == [2048] + [3600] * 8
    assert sum(longest) / 2 / 3600 == pytest.approx(4.6, abs=0.1)


def test_full_jitter():
    """The draw takes any share of it, from nothing on."""
    assert [PATIENCE.pause(5, None, draw) / SECOND for draw in (0.0, 0.25, 0.5)] == [0, 8, 16]


def test_a_receiver_is_left_alone_as_long_as_it_asks():
    """Never shorter, whatever the draw; longer if the own pause is; a day at most."""
    assert PATIENCE.pause(1, 90 * SECOND, 0.0) == 90 * SECOND
    assert PATIENCE.pause(8, 90 * SECOND, 1.0) == 256 * SECOND
    assert PATIENCE.pause(1, timedelta(days=400), 0.0) == timedelta(days=1)


@pytest.mark.parametrize(
    ("came", "attempts"),
    [
        (Attempt(410, Fault.STATUS), 1),
        (Attempt(400, Fault.STATUS), 3),
        (Attempt(401, Fault.STATUS), 3),
        (Attempt(404, Fault.STATUS), 3),
        (Attempt(302, Fault.REDIRECT), 3),
        (Attempt(408, Fault.STATUS), 20),
        (Attempt(409, Fault.STATUS), 20),
        (Attempt(425, Fault.STATUS), 20),
        (Attempt(429, Fault.STATUS), 20),
        (Attempt(500, Fault.STATUS), 20),
        (Attempt(503, Fault.STATUS), 20),
        (Attempt(None, Fault.TIMEOUT), 20),
        (Attempt(None, Fault.FORBIDDEN_ADDRESS), 20),
    ],
)
def test_after_how_many_attempts_it_is_dead(came: Attempt, attempts: int):
    """410 at once, other refusals after three, all else after twenty."""
    assert next(n for n in range(1, 99) if PATIENCE.dead(n, came)) == attempts


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", None),
        ("-3", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Mon, 02 Mar 2026 04:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 03:59:00 GMT", None),
        ("99999999999999999999", 999999999),
    ],
)
def test_retry_after(header: str | None, expected: int | None):
    """Seconds or a date; what cannot be read, and the past, ask for nothing."""
    assert read_retry_after(header, NOON) == (timedelta(seconds=expected) if expected else None)
