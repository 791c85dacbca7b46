"""Who folds while the demo makes its past, and what happens beside it."""

from concurrent.futures import wait
from threading import Event

import pytest

from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.settings import Settings
from datasource.demo.beside import Beside
from datasource.demo.progress import DemoProgress
from tests.builders import NOON


def services(demo, store=None):
    """What the keeper knows of a demo that is as far as told."""
    return Services(store, FixedClock(NOON), Settings(), Metrics.fresh(), demo=demo)


@pytest.mark.parametrize(
    ("said", "itself", "share"),
    [
        ("demo_starting", True, None),  # nobody has looked yet: the keeper must not begin to fold a little at a time
        ("demo_backfilling", True, 0.4),
        ("demo_folding", True, 0.4),
        ("demo_baselines", True, 0.4),
        ("demo_waking", False, None),
        ("demo_living", False, None),
    ],
)
def test_a_demo_folds_its_past_itself_from_the_first_moment(said, itself, share):
    """And nobody else folds until it lives, or wakes up to a past that it has."""
    known = services(DemoProgress(0.4, said))
    assert (known.folds_itself, known.backfill) == (itself, share)


@pytest.mark.parametrize("demo", [None, DemoProgress(refused=True), DemoProgress(done=True)])
def test_without_a_demo_that_prepares_the_keeper_folds(demo):
    """Also on the orders of somebody whose store the demo refused."""
    assert not services(demo).folds_itself


class Held:
    """Work that waits until it is let go, and counts its turns."""

    def __init__(self):
        self.go, self.turns = Event(), 0

    def __call__(self):
        """One turn."""
        self.go.wait(10)
        self.turns += 1


def test_one_turn_at_a_time():
    """Asked while at work it declines; at the end the turn in hand is waited for."""
    with Beside(held := Held()) as beside:
        assert beside.start()
        assert not beside.start()
        held.go.set()
    assert held.turns == 1


def test_a_last_turn_follows_the_one_in_hand():
    """What was recorded while a fold was under way is folded too, and the end waits for both."""
    with Beside(held := Held()) as beside:
        assert beside.start()
        beside.follow()
        assert held.turns == 0
        held.go.set()
    assert held.turns == 2


def test_what_a_turn_raised_is_not_lost():
    """At the latest at the end."""

    def fail():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), Beside(fail) as beside:
        beside.start()


def test_what_a_turn_raised_is_told_to_whoever_asks_for_the_next():
    """Not only at the end: nobody goes on as if it were done."""

    def fail():
        raise ValueError("broken")

    beside = Beside(fail)
    beside.follow()
    wait([beside._turn])
    with pytest.raises(ValueError, match="broken"):
        beside.start()


def test_what_the_turn_before_raised_is_not_lost_by_the_one_that_follows():
    """Nor is the work done once more on what broke."""
    done = []

    def fail():
        done.append(1)
        raise ValueError("broken")

    beside = Beside(fail)
    beside.start()
    beside.follow()
    with pytest.raises(ValueError, match="broken"):
        beside.__exit__(None, None, None)
    assert done == [1]
