"""From the red node to its cure in the demo: an action, its message, the demo's own WMS, and the shop that moves on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event as Stop
from threading import Thread

import httpx
import pytest
from sqlalchemy import text

from callbacks.demo_outside import DemoOutside, told_to_demo
from callbacks.metrics import Metrics
from callbacks.outbox import Courier, Manner
from dashboard.clock import Clock, FixedClock
from dashboard.events import Event
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.signatures import HEADER, sign
from dashboard.webhooks import Webhooks
from datasource import write_back
from datasource.action_work import work
from datasource.demo.cities import demo_lifeline
from datasource.demo.commanding import Order, start_incident
from datasource.demo.goods import lines_of, outlets
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.requests import requests_taken, requests_waiting
from datasource.demo.shop import DemoShop, Opening
from datasource.demo.stock import stock_up
from datasource.demo.telling import Teller
from datasource.outbox import messages
from datasource.recording import record
from datasource.store import Store
from tests.incident_shop import unscheduled
from tests.integration.test_courier import wait_for

OPENED = datetime(2026, 2, 25, 7, 30, tzinfo=UTC)
OPENING = Opening(5, OPENED, 0.4)
SECRET = "a-secret-for-tests-only"
SKU = "DB-1001"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LI = Caller("li.wei", CallerKind.PERSON, Role.ADMIN, origin="127.0.0.1")


def small() -> Parameters:
    """Eight hundred orders a day, and nothing befalls them by itself."""
    return replace(unscheduled(demo_parameters()), orders_per_day=800)


class Living:
    """A demo shop on a store, whose time is moved by hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, FixedClock(OPENED)
        self.memory = DemoMemory(OPENING, OPENED)
        self.lifeline = demo_lifeline()
        self.teller = Teller(store, DemoShop(OPENING, small()))
        store.install_lifeline(self.lifeline, OPENED)
        for events in self.teller.shop.backfill():
            with store.begin() as connection:
                record(connection, events, self.lifeline, OPENED)
        with store.begin() as connection:
            stock_up(connection, OPENED)
            remember(connection, self.memory, OPENED)

    def live(self, span: timedelta, step: timedelta = HOUR) -> None:
        """Let time pass."""
        end = self.clock.instant + span
        while self.clock.instant < end:
            self.clock.instant = min(self.clock.instant + step, end)
            self.memory = self.teller.tell(self.memory, self.clock.instant, self.clock.instant)

    def befall(self, kind: str) -> None:
        """Order an incident that outlasts the test."""
        with self.store.begin() as connection:
            order = Order(kind, lasts=20 * HOUR)
            start_incident(connection, order, small(), self.lifeline, self.clock.instant)

    def at(self, node: str, before: datetime) -> list[str]:
        """The orders that came to the node before an instant and are there still."""
        query = text("SELECT order_id FROM node_visit WHERE node = :node AND exit IS NULL AND entered_at < :before")
        with self.store.begin() as connection:
            return sorted(connection.execute(query, {"node": node, "before": before}).scalars())

    def place(self, order_id: str) -> tuple[str, str]:
        """The carrier of an order, and the region that it goes to."""
        query = text("SELECT dimensions->>'carrier', dimensions->>'region' FROM orders WHERE order_id = :id")
        with self.store.begin() as connection:
            return tuple(connection.execute(query, {"id": order_id}).one())

    def act(self, kind: str, order_ids: list[str], **params: str) -> str:
        """Preview, begin and work an action off; answers its id."""
        asked = write_back.Asked(kind, tuple(order_ids), params)
        now = self.clock.instant
        made = write_back.preview(self.store, asked, LI, now, self.lifeline)
        assert made.refused == ()
        begun, _ = write_back.begin(self.store, made.preview_id, "they hang", f"{kind}-{now}", LI, now)
        done = work(self.store, begun.action_id, self.clock)
        assert done.done == len(order_ids)
        return done.action_id

    def undo(self, action_id: str) -> None:
        """Take it back."""
        begun, _ = write_back.undo(self.store, action_id, "a slip", f"undo-{action_id}", LI, self.clock.instant)
        assert work(self.store, begun.action_id, self.clock).failed == 0

    def told_again(self, until: datetime) -> set[tuple[str, str, datetime]]:
        """What a shop that wakes up from the store's notes would have told."""
        woken = DemoShop(OPENING, small())
        with self.store.begin() as connection:
            woken.lives.learn(requests_taken(connection, OPENING.began))
        woken.incidents.learn(self.teller.shop.incidents.known.values())
        return {(event.order_id, event.event_id, event.at) for event in woken.advance(until)}

    def stored(self) -> set[tuple[str, str, datetime]]:
        """What the store was told by the shop."""
        query = "SELECT order_id, event_id, at FROM node_event WHERE source <> 'lifeline'"
        with self.store.begin() as connection:
            return {tuple(row) for row in connection.execute(text(query))}


@contextmanager
def outside(store: Store, clock: Clock) -> Iterator[DemoOutside]:
    """The demo's WMS and carriers, and a courier who tells them."""
    world, stop = DemoOutside(store, clock, SECRET), Stop()
    world.start()
    webhooks = told_to_demo(Webhooks(), SECRET, world)
    courier = Courier(store, clock, webhooks, Metrics.fresh(), Manner(draw=lambda: 0.0))
    thread = Thread(target=courier.run, args=(stop,))
    thread.start()
    try:
        yield world
    finally:
        stop.set()
        thread.join(15)
        world.stop()


@pytest.fixture
def living(store: Store) -> Living:
    """The shop at half past three in the afternoon."""
    return Living(store)


def all_delivered(store: Store) -> bool:
    """Whether no message waits."""
    with store.begin() as connection:
        return bool(messages(connection)) and not messages(connection, state="waiting")


def test_lost_pushes_are_cured_by_a_retry(living: Living) -> None:
    """Two hours of lost pushes; the stuck orders get their pick lists, and are past the node within a minute."""
    living.befall("wms-push-lost")
    living.live(3 * HOUR)
    stuck = living.at("quality", OPENED + HOUR / 2)
    assert len(stuck) > 3
    with outside(living.store, living.clock):
        living.act("retry_dispatch", stuck[1:])
        wait_for(lambda: all_delivered(living.store))
    asked = living.clock.instant
    living.live(20 * timedelta(seconds=1), timedelta(seconds=1))
    assert len(living.at("quality", OPENED + HOUR / 2)) < len(stuck)
    living.live(MINUTE, timedelta(seconds=10))
    assert living.at("quality", OPENED + HOUR / 2) == stuck[:1]
    with living.store.begin() as connection:
        assert requests_waiting(connection) == []
        assert {one.at for one in requests_taken(connection, OPENED)} == {asked}
    living.live(3 * HOUR)
    assert living.stored() == living.told_again(living.clock.instant)


def test_a_retry_that_is_undone_at_once_moves_nothing(living: Living) -> None:
    """Both messages arrive in their order, and the order hangs as before."""
    living.befall("wms-push-lost")
    living.live(3 * HOUR)
    stuck = living.at("quality", OPENED + HOUR / 2)
    with outside(living.store, living.clock):
        living.undo(living.act("retry_dispatch", stuck))
        wait_for(lambda: all_delivered(living.store))
    living.live(HOUR, 10 * MINUTE)
    assert living.at("quality", OPENED + HOUR / 2) == stuck
    assert living.stored() == living.told_again(living.clock.instant)


def test_what_people_stop_is_stopped_in_the_shop_too(living: Living) -> None:
    """No order with the SKU comes in, none of the outlet is picked up; once both go on, everything does."""
    living.live(HOUR)
    frozen = [one.outlet for one in outlets() if one.carrier == "zto"]
    with outside(living.store, living.clock):
        suspended, froze = living.act("suspend_intake", [SKU]), living.act("freeze_outlet", frozen)
        wait_for(lambda: all_delivered(living.store))
    stopped = living.clock.instant
    living.live(12 * HOUR)
    created = text("SELECT order_id FROM orders WHERE created_at > :since")
    with living.store.begin() as connection:
        came = list(connection.execute(created, {"since": stopped}).scalars())
    assert len(came) > 100 and not [key for key in came if SKU in lines_of(key)]
    waiting = living.at("pickup", stopped + 6 * HOUR)
    assert waiting and {living.place(key) for key in waiting} <= {("zto", one.region) for one in outlets()}
    with outside(living.store, living.clock):
        living.undo(suspended)
        living.undo(froze)
        wait_for(lambda: all_delivered(living.store))
    went_on = living.clock.instant
    living.live(12 * HOUR)
    assert not set(waiting) & set(living.at("pickup", stopped + 6 * HOUR))
    with living.store.begin() as connection:
        assert [key for key in connection.execute(created, {"since": went_on}).scalars() if SKU in lines_of(key)]
    assert living.stored() == living.told_again(living.clock.instant)


def test_what_people_did_is_not_contradicted(living: Living) -> None:
    """Reviewed by hand, cancelled, held: the shop goes on from there, and tells it the same way again."""
    living.live(HOUR)
    review, pick = living.at("review", OPENED + HOUR), living.at("pick", OPENED + HOUR)
    living.act("pass_review", review[:3], invoice_title="某公司", tax_number="91330000")
    living.act("cancel_order", pick[:2])
    living.act("hold", pick[2:4])
    living.live(8 * HOUR)
    with living.store.begin() as connection:
        told = connection.execute(
            text("SELECT order_id, node, number, exit FROM node_visit WHERE order_id = ANY(:ids)"),
            {"ids": review[:3] + pick[:4]},
        ).all()
        cancelled = set(
            connection.execute(text("SELECT order_id FROM orders WHERE cancelled_at IS NOT NULL")).scalars()
        )
    visits = {(row.order_id, row.node): row for row in told}
    assert all(visits[key, "review"].exit == "next" and (key, "quality") in visits for key in review[:3])
    assert max(row.number for row in told) == 1
    assert set(pick[:2]) <= cancelled
    assert all(visits[key, "pick"].exit == "cancelled" for key in pick[:2])
    assert all(visits[key, "pick"].exit is None for key in pick[2:4])
    assert living.stored() == living.told_again(living.clock.instant)


def test_what_a_person_does_in_the_same_moment_stands(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders that are cancelled after the shop looked, and before it tells: nothing is told of them but that."""
    living.live(HOUR)
    shop, went = living.teller.shop, list[str]()
    advance = shop.advance

    def interrupted(until: datetime) -> list[Event]:
        events = advance(until)
        waiting = set(living.at("pick", until))
        left = [event.order_id for event in events if event.event_id == "pick.left" and event.order_id in waiting]
        if left and not went:
            went.extend(left)
            living.act("cancel_order", left)
        return events

    monkeypatch.setattr(shop, "advance", interrupted)
    living.live(HOUR, MINUTE)
    assert went
    with living.store.begin() as connection:
        query = text(
            "SELECT order_id, node, exit FROM node_visit WHERE order_id = ANY(:ids) AND node IN ('pick', 'pack')"
        )
        assert {tuple(row) for row in connection.execute(query, {"ids": went})} == {
            (key, "pick", "cancelled") for key in went
        }


def test_the_wms_takes_only_what_is_signed(store: Store) -> None:
    """Unsigned, forged, old, too large, unknown: refused; the same twice: known, and noted once."""
    clock = FixedClock(OPENED)
    body = b'{"id":"m-1","kind":"pick_list.created","at":"x","subject":"order:A","body":{"order_id":"A"}}'
    world = DemoOutside(store, clock, SECRET)
    world.start()
    try:

        def post(content: bytes, signature: str | None, path: str = "wms") -> int:
            headers = {} if signature is None else {HEADER: signature}
            return httpx.post(world.url(path), content=content, headers=headers).status_code

        signed = sign(SECRET, body, OPENED)
        assert post(body, None) == 401
        assert post(body, sign("another-secret-entirely", body, OPENED)) == 401
        assert post(body, sign(SECRET, body, OPENED - HOUR)) == 401
        assert post(b"[]", sign(SECRET, b"[]", OPENED)) == 400
        assert post(body, signed, "nobody") == 404
        assert post(b"x" * 300_000, signed) == 413
        assert httpx.get(world.url("wms")).status_code == 501
        with store.begin() as connection:
            assert requests_waiting(connection) == []
        assert [post(body, signed), post(body, signed)] == [200, 200]
        with store.begin() as connection:
            assert [one.request_id for one in requests_waiting(connection)] == ["m-1"]
    finally:
        world.stop()
