"""The door to actions, as pages and API use it: small ones at once, large ones aside, broken-off ones taken up."""

from time import monotonic, sleep

import pytest

from callbacks.acting import AT_ONCE, Acting
from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.acting import ActionStatus
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.settings import Settings
from datasource.store import Store
from datasource.write_back import ActionDenied, Asked, TooMany, begin
from tests.builders import days
from tests.contract.acting_shop import LI, open_shop

MANY = tuple(f"REFUND{number:03}" for number in range(AT_ONCE + 10))
FEW = MANY[:3]
PATIENCE_SECONDS = 30.0


@pytest.fixture
def services(store: Store, lifeline: Lifeline) -> Services:
    """What the door needs, over a small shop; an action takes at most as many as there are."""
    open_shop(store, lifeline, MANY)
    return Services(store, FixedClock(days(1)), Settings(batch_most=len(MANY)), Metrics.fresh())


@pytest.fixture
def acting(services: Services):
    """The door."""
    door = Acting(services)
    yield door
    door.close()


def counted(services: Services, outcome: str) -> float | None:
    """How many releases came out so."""
    told = {"kind": "release_stock", "outcome": outcome}
    return services.metrics.registry.get_sample_value("lifeline_acted_total", told)


def wait_for(acting: Acting, action_id: str) -> None:
    """Until the action is over."""
    deadline = monotonic() + PATIENCE_SECONDS
    while acting.action(action_id, LI).status is ActionStatus.RUNNING:
        assert monotonic() < deadline
        sleep(0.02)


def test_a_small_action_is_done_when_it_is_answered(services: Services, acting: Acting):
    """And counted; so is what was refused."""
    made = acting.preview(Asked("release_stock", (*FEW, "NOBODY"), {}), LI)
    done = acting.apply(made.preview_id, "because", "a-small-one", LI)
    assert (done.status, done.done, done.failed) == (ActionStatus.PARTIAL, 3, 1)
    assert counted(services, "done") == 3
    back = acting.undo(done.action_id, "a mistake", "and-back-again", LI)
    assert (back.status, back.done) == (ActionStatus.DONE, 3)


def test_a_large_action_goes_on_aside(services: Services, acting: Acting):
    """It is answered while it runs."""
    made = acting.preview(Asked("release_stock", MANY, {}), LI)
    begun = acting.apply(made.preview_id, "because", "a-large-one", LI)
    assert begun.total == len(MANY)
    wait_for(acting, begun.action_id)
    assert acting.action(begun.action_id, LI).done == len(MANY)
    assert counted(services, "done") == len(MANY)


def test_what_another_process_left_is_taken_up(services: Services, acting: Acting):
    """Not at once, for whoever began it may be at work; after a while."""
    made = acting.preview(Asked("release_stock", FEW, {}), LI)
    left, _ = begin(services.store, made.preview_id, "because", "left-behind", LI, days(1))
    acting.resume()
    assert acting.action(left.action_id, LI).status is ActionStatus.RUNNING
    services.clock.instant = days(2)
    acting.resume()
    wait_for(acting, left.action_id)
    assert acting.action(left.action_id, LI).done == len(FEW)


def test_a_closed_door_leaves_the_rest_for_another(services: Services):
    """Nothing is cancelled by the end of a process."""
    closed, next_one = Acting(services), Acting(services)
    made = closed.preview(Asked("release_stock", FEW, {}), LI)
    closed.close()
    begun = closed.apply(made.preview_id, "because", "after-the-end", LI)
    assert (begun.status, begun.done) == (ActionStatus.RUNNING, 0)
    services.clock.instant = days(2)
    next_one.resume()
    wait_for(next_one, begun.action_id)
    next_one.close()


def test_the_setting_bounds_a_batch_and_viewers_see_nothing(acting: Acting):
    """One more than the setting is too many."""
    with pytest.raises(TooMany):
        acting.preview(Asked("hold", (*MANY, "ONE-MORE"), {}), LI)
    with pytest.raises(ActionDenied):
        acting.action("whatever", Caller("vera", CallerKind.PERSON, Role.VIEWER))
