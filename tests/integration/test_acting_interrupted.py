"""A batch whose server ends in the middle of it: what was done stays done, the next server does the rest, all once."""

from datetime import datetime
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from callbacks.acting import Acting
from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.acting import ActionStatus
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.settings import Settings
from datasource.recording import record
from datasource.store import Store
from datasource.write_back import Asked
from tests.builders import NOON, hours, order_events
from tests.serving import serving

MANY = 400
LI = Caller("li.wei", CallerKind.VISITOR, Role.ADMIN)
_DONE = text("SELECT count(*) FROM action_item WHERE outcome = 'done'")
_TOLD = text("SELECT count(*), count(DISTINCT subject) FROM audit WHERE kind = 'note'")


def _begun(api: httpx.Client) -> str:
    orders = [f"MANY{number:04}" for number in range(MANY)]
    asked = {"orders": orders, "params": {"text": "rang"}}
    preview = api.post("/api/v1/actions/note/preview", json=asked).json()
    told = {"preview_id": preview["preview_id"], "reason": "a batch"}
    return api.post("/api/v1/actions", json=told, headers={"Idempotency-Key": "of-the-batch"}).json()["action_id"]


def _until(ready: Any, seconds: float = 60) -> Any:
    deadline = monotonic() + seconds
    while not (found := ready()):
        assert monotonic() < deadline
        sleep(0.02)
    return found


def _count(store: Store) -> int:
    with store.begin() as connection:
        return int(connection.execute(_DONE).scalar_one())


def _filled(store: Store, lifeline: Lifeline, at: datetime) -> None:
    nodes = [(node.key, 5.0 * (place + 1)) for place, node in enumerate(lifeline.nodes[:5])]
    with store.begin() as connection:
        for number in range(MANY):
            record(connection, order_events(f"MANY{number:04}", NOON, *nodes), lifeline, at)


def test_a_server_that_ends_leaves_the_rest_to_the_next(store: Store, lifeline: Lifeline):
    """It does not wait for the whole batch; the next takes it up by itself, once nobody has been at it for a while."""
    clock = FixedClock(hours(4))
    _filled(store, lifeline, clock.now())
    with (
        serving(store, clock, keep=False, visitor=LI) as address,
        httpx.Client(base_url=address, timeout=60) as api,
    ):
        action_id = _begun(api)
        _until(lambda: _count(store))
    left = MANY - _count(store)
    assert 0 < left < MANY
    clock.instant = hours(5)
    with serving(store, clock, visitor=LI) as address, httpx.Client(base_url=address, timeout=60) as api:
        over = _until(lambda: (told := api.get(f"/api/v1/actions/{action_id}").json())["status"] != "running" and told)
    assert (over["status"], over["done"], over["failed"]) == ("done", MANY, 0)
    with store.begin() as connection:
        assert tuple(connection.execute(_TOLD).one()) == (MANY, MANY)


@pytest.mark.parametrize("count", [2, MANY])
def test_what_is_begun_while_the_door_closes_is_left_for_the_next(store: Store, lifeline: Lifeline, count: int):
    """Small or large, it is answered as running and waits in the store; the next process does all of it, once."""
    clock = FixedClock(hours(4))
    _filled(store, lifeline, clock.now())
    services = Services(store, clock, Settings(), Metrics.fresh())
    closing, following = Acting(services), Acting(services)
    names = tuple(f"MANY{number:04}" for number in range(count))
    made = closing.preview(Asked("note", names, {"text": "rang"}), LI)
    closing.close()
    begun = closing.apply(made.preview_id, "at the last moment", "of-the-last-moment", LI)
    assert (begun.status, begun.done, _count(store)) == (ActionStatus.RUNNING, 0, 0)
    again = closing.apply(made.preview_id, "at the last moment", "of-the-last-moment", LI)
    assert again.action_id == begun.action_id
    clock.instant = hours(5)
    following.resume()
    over = _until(lambda: (found := following.action(begun.action_id, LI)).finished_at and found)
    following.close()
    assert (over.status, over.done, over.failed) == (ActionStatus.DONE, count, 0)
    with store.begin() as connection:
        assert tuple(connection.execute(_TOLD).one()) == (count, count)
