"""What each kind of incident does to the orders of the demo shop, and that the same orders come after a restart."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.contradictions import contradictions
from dashboard.events import Event
from dashboard.incidents import Incident
from dashboard.visits import OrderState, derive
from datasource.demo.cities import demo_lifeline
from datasource.demo.incidents import Effect, planned
from datasource.demo.parameters import IncidentPlan, Parameters, demo_parameters
from datasource.demo.shop import DemoShop, Opening
from datasource.demo.stations import Rooms

LIFELINE = demo_lifeline()
OPENED = datetime(2026, 2, 25, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPENING = Opening(5, OPENED, 0.4)
Key = tuple[str, str]


def shop(orders_per_day: float = 800) -> Parameters:
    """A shop where nothing befalls by itself."""
    plans = tuple(replace(plan, schedule=None) for plan in demo_parameters().incidents)
    return replace(demo_parameters(), orders_per_day=orders_per_day, incidents=plans)


def plan_of(kind: str) -> IncidentPlan:
    """The record of a kind."""
    return next(plan for plan in demo_parameters().incidents if plan.key == kind)


def befallen(
    kind: str, hours: float, *, lasts: float = 4.0, days: float = 0.4
) -> tuple[list[Event], list[Event], DemoShop]:
    """The shop's past, what it tells in the hours after an incident began at its opening, and the shop."""
    demo = DemoShop(Opening(5, OPENED, days), shop())
    past = demo.advance(OPENED)
    demo.incidents.learn([replace(planned(plan_of(kind), OPENED), until=OPENED + lasts * HOUR)])
    return past, demo.advance(OPENED + hours * HOUR), demo


def states(events: Iterable[Event]) -> dict[str, OrderState]:
    """What the events say of each order."""
    orders: dict[str, list[Event]] = {}
    for event in events:
        orders.setdefault(event.order_id, []).append(event)
    return {order_id: derive(these, LIFELINE) for order_id, these in orders.items()}


def told(events: Iterable[Event]) -> dict[Key, tuple[datetime, str | None]]:
    """Each event's instant and exception, by order and event id."""
    return {(event.order_id, event.event_id): (event.at, event.exception) for event in events}


def test_lost_push_says_nothing() -> None:
    """Of Hangzhou's orders most stop after the review and wait at the quality check; no event names a trouble."""
    past, after, _ = befallen("wms-push-lost", 3)
    found = states(past + after).values()
    here = [state for state in found if state.visits[-1].node == "quality" and state.visits[-1].exit is None]
    old = [state for state in here if state.visits[-1].entered_at < OPENED + HOUR]
    assert len(old) > 15
    assert {state.facts.dimensions["warehouse"] for state in old} == {"HZ1"}
    assert all(status.system != "wms" for state in old for status in state.statuses)


def test_lost_orders_are_pushed_again_at_the_end() -> None:
    """Three hours after it is over nobody of them waits any more."""
    past, after, _ = befallen("wms-push-lost", 5, lasts=1)
    waiting = [
        state.visits[-1]
        for state in states(past + after).values()
        if state.visits[-1].node == "quality" and state.visits[-1].exit is None
    ]
    assert all(visit.entered_at > OPENED + 1.5 * HOUR or visit.exception for visit in waiting)


def test_empty_ids_are_replaced_and_no_order_is_lost() -> None:
    """In its hour every Douyin order has an id of our own and a mark, no other order has; as many come as ever."""
    _, after, _ = befallen("empty-outer-id", 2, lasts=1)
    _, usual, _ = befallen("empty-outer-id", 2, lasts=0.001)
    placed = {key for key in told(after) if key[1] == "place.left"}
    assert placed == {key for key in told(usual) if key[1] == "place.left"}
    received = {event.order_id: event.at for event in after if event.event_id == "place.left"}
    found = {key: state for key, state in states(after).items() if key in received}
    made_up = {key for key, state in found.items() if (state.facts.outer_order_id or "").startswith("DY20260225-")}
    hit = {
        key
        for key, state in found.items()
        if state.facts.dimensions["channel"] == "douyin" and OPENED < received[key] <= OPENED + HOUR
    }
    assert made_up == hit and len(hit) > 5
    assert all(found[key].visits[0].exception == "outer_id_missing" for key in hit)


def test_early_signatures_contradict_the_way() -> None:
    """Each Yunda parcel that went out for delivery is told as signed while it is not: its page shows it."""
    past, after, _ = befallen("signed-early", 3, days=1.5)
    early = {event.order_id for event in after if event.exception == "signed_early"}
    found = states(past + after)
    assert len(early) > 3
    assert {found[key].facts.dimensions["carrier"] for key in early} == {"yunda"}
    for key in early:
        signed = any(visit.node == "sign" and visit.left_at for visit in found[key].visits)
        doubts = contradictions(found[key], LIFELINE)
        assert signed or any(
            (doubt.system, doubt.status, doubt.node) == ("carrier", "signed", "sign") for doubt in doubts
        )


def test_refunds_leave_the_stock_locked() -> None:
    """Two seconds after the revoke the money is back, the order stays at the picking, and that contradicts."""
    past, after, _ = befallen("refund-bypass", 3)
    found = states(past + after)
    revoked = {event.order_id: event.at for event in after if event.event_id == "channel.revoked"}
    paid = {event.order_id: event.at for event in after if event.status == "refunded"}
    assert len(paid) > 5
    for key, at in paid.items():
        assert (at - revoked[key]).total_seconds() == pytest.approx(2.0, abs=0.002)
        assert found[key].visits[-1].node == "pick" and found[key].visits[-1].exit is None
        assert any(doubt.status == "refunded" for doubt in contradictions(found[key], LIFELINE))


def test_refunded_orders_are_cancelled_once_it_is_over() -> None:
    """Then the stock is released, and nothing contradicts any more."""
    past, after, _ = befallen("refund-bypass", 4, lasts=1)
    found = states(past + after)
    for key in {event.order_id for event in after if event.status == "refunded"}:
        assert found[key].cancelled_at is not None
        assert contradictions(found[key], LIFELINE) == ()


def test_silent_source_tells_all_of_it_later() -> None:
    """For an hour the WMS tells nothing; then it tells everything, with the times at which it happened."""
    _, during, demo = befallen("source-silent", 0.9, lasts=1)
    assert {event.source for event in during} == {"channel", "payment", "erp", "carrier"}
    assert demo.silent == {"wms"}
    later = demo.advance(OPENED + 2 * HOUR)
    assert demo.silent == set()
    untroubled = DemoShop(OPENING, shop())
    untroubled.advance(OPENED)
    assert told(during + later) == told(untroubled.advance(OPENED + 2 * HOUR))


def test_wrong_stamps_are_late_or_out_of_order() -> None:
    """Some of Chengdu's dispatches lie before their packing; others are told when they are long past."""
    past, after, _ = befallen("stamps-off", 4)
    marks = Counter(
        state.facts.dimensions["warehouse"]
        for state in states(past + after).values()
        for visit in state.visits
        if (visit.node, visit.exception) == ("dispatch", "out_of_order")
    )
    assert set(marks) == {"CD3"} and marks["CD3"] > 3


def test_understaffed_room_works_slower() -> None:
    """A share of 15 % of eleven people are two; at the end all are back."""
    demo = DemoShop(OPENING, shop())
    demo.advance(OPENED)
    rooms: Rooms = demo.flow.rooms
    room = rooms.room("review", "HZ1")
    before = room.staff
    demo.incidents.learn([replace(planned(plan_of("review-understaffed"), OPENED), until=OPENED + HOUR)])
    demo.advance(OPENED + HOUR / 2)
    assert (before, room.staff) == (11, 2)
    demo.advance(OPENED + 1.5 * HOUR)
    assert room.staff == 11


def ordered(at: datetime, kind: str = "printer-offline") -> Incident:
    """An incident that a person ordered."""
    return replace(planned(plan_of(kind), at), incident_id="ordered-1")


def test_restart_goes_on_with_the_same_orders() -> None:
    """What was ordered, taken up late and stopped early, is done again when the shop wakes up from its notes."""
    lived = DemoShop(OPENING, shop())
    told_live = lived.advance(OPENED + HOUR)
    lived.incidents.learn([ordered(OPENED + 0.9 * HOUR)])  # it was ordered a moment before, and is seen only now
    told_live += lived.advance(OPENED + 2 * HOUR)
    (noted,) = lived.incidents.unnoted()
    assert noted.began_at == OPENED + HOUR
    lived.incidents.note([noted])
    lived.incidents.learn([replace(noted, ended_at=OPENED + 2.5 * HOUR)])
    told_live += lived.advance(OPENED + 3 * HOUR)
    woken = DemoShop(OPENING, shop())
    woken.incidents.learn(lived.incidents.known.values())
    assert told(woken.advance(OPENED + 3 * HOUR)) == told(told_live)
    later = OPENED + 6 * HOUR
    assert told(woken.advance(later)) == told(lived.advance(later))
    assert woken.incidents.known == lived.incidents.known
    assert woken.incidents.known["ordered-1"].ended_at == OPENED + 2.5 * HOUR


def test_scheduled_incident_is_noted_once_and_can_be_stopped() -> None:
    """It has the same id in every life; stopped early, it stays so."""
    parameters = replace(demo_parameters(), orders_per_day=100)
    lived = DemoShop(Opening(5, OPENED, 1), parameters)
    lived.advance(OPENED)
    (noted,) = lived.incidents.unnoted()
    assert (noted.kind, noted.began_at) == ("printer-offline", OPENED - 3.5 * HOUR)
    stopped = replace(noted, ended_at=OPENED + HOUR / 2)
    lived.incidents.learn([stopped])
    lived.advance(OPENED + HOUR)
    assert lived.incidents.unnoted() == []
    woken = DemoShop(Opening(5, OPENED, 1), parameters)
    woken.incidents.learn([stopped])
    woken.advance(OPENED + HOUR)
    assert woken.incidents.known == lived.incidents.known == {noted.incident_id: stopped}
    assert woken.incidents.going_on == []


def test_every_kind_of_the_table_has_a_rule() -> None:
    """Each names an effect that there is; what it marks is named by the lifeline."""
    for plan in demo_parameters().incidents:
        assert plan.effect in set(Effect)
        assert plan.exception is None or plan.exception in LIFELINE.exceptions
        assert set(plan.nodes) <= {node.key for node in LIFELINE}
        assert set(plan.where) <= set(plan.takes)
