"""What comes to the demo shop's orders from outside: they go on, stay or end as asked, and the same after a restart."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dashboard.events import Event
from datasource.demo.requests import Request, Standing, Wish
from datasource.demo.shop import DemoShop
from tests.unit.test_demo_incidents import HOUR, OPENED, OPENING, befallen, shop, states, told

MINUTE = timedelta(minutes=1)


def asked(order_ids: Iterable[str], wish: Wish, at: datetime, node: str | None = None) -> list[Request]:
    """The same wish for each of the orders, not taken up yet."""
    return [Request(f"{wish}-{order_id}-{at:%H%M}", order_id, wish, node, at) for order_id in order_ids]


def waiting_at(node: str, events: Iterable[Event], before: datetime) -> dict[str, datetime]:
    """The orders that came to the node before an instant and are there still."""
    return {
        order_id: state.visits[-1].entered_at
        for order_id, state in states(events).items()
        if state.visits and state.visits[-1].node == node and state.visits[-1].exit is None
        and state.visits[-1].entered_at < before
    }  # fmt: skip


def lost(hours: float = 3) -> tuple[list[Event], set[str], DemoShop]:
    """A shop whose pushes to the WMS are lost, and the orders that hang by it."""
    past, after, demo = befallen("wms-push-lost", hours, lasts=8)
    events = past + after
    stuck = {key for key in waiting_at("quality", events, OPENED + (hours - 2.5) * HOUR) if demo.lives.alive[key]}
    assert len(stuck) > 5
    return events, stuck, demo


def test_a_pick_list_leads_lost_orders_on_in_minutes() -> None:
    """The first leaves the quality check within seconds, the last after three minutes; no other order leaves."""
    events, stuck, demo = lost()
    pushed = set(sorted(stuck)[: len(stuck) - 2])
    now = OPENED + 3 * HOUR
    demo.lives.learn(asked(pushed, Wish.PICK_LIST, now))
    events += demo.advance(now + 4 * MINUTE)
    left = {event.order_id: event for event in events if event.event_id == "quality.left" and event.at > now}
    assert pushed <= set(left)
    assert not set(left) & (stuck - pushed)
    times = [(left[key].at - now).total_seconds() for key in pushed]
    assert min(times) >= 12 and max(times) <= 192.1
    assert all(left[key].source == "wms" and left[key].operator for key in pushed)
    events += demo.advance(now + 5 * HOUR)
    found = states(events)
    assert all(any(visit.node == "dispatch" and visit.left_at for visit in found[key].visits) for key in pushed)


def test_a_pick_list_that_is_taken_back_in_time_changes_nothing() -> None:
    """Five seconds later, before the warehouse moved on: the orders hang as before."""
    events, stuck, demo = lost()
    now = OPENED + 3 * HOUR
    demo.lives.learn(asked(stuck, Wish.PICK_LIST, now))
    events += demo.advance(now + timedelta(seconds=5))
    demo.lives.learn(asked(stuck, Wish.NO_PICK_LIST, now + timedelta(seconds=5)))
    events += demo.advance(now + HOUR)
    assert set(waiting_at("quality", events, OPENED + HOUR / 2)) >= stuck


def test_another_label_leads_orders_past_a_dead_printer() -> None:
    """The carrier picks them up within minutes, with their waybill; the others wait."""
    past, after, demo = befallen("printer-offline", 3)
    now, events = OPENED + 3 * HOUR, past + after
    stuck = sorted(waiting_at("pickup", events, OPENED + HOUR))
    demo.lives.learn(asked(stuck[:3], Wish.LABEL, now))
    events += demo.advance(now + 6 * MINUTE)
    picked = {event.order_id: event for event in events if event.event_id == "pickup.left" and event.at > now}
    assert set(stuck[:3]) <= set(picked) and not set(stuck[3:]) & set(picked)
    assert all(picked[key].document and picked[key].source == "carrier" for key in stuck[:3])


def test_an_order_that_a_person_ended_tells_nothing_more() -> None:
    """Wherever it was."""
    _, stuck, demo = lost()
    gone = min(stuck)
    now = OPENED + 3 * HOUR
    (wanted,) = demo.lives.compare([Standing(7, gone, None, held=False, moved=True)])
    assert (wanted.wish, wanted.request_id) == (Wish.OVER, "people-7")
    demo.lives.learn([wanted])
    later = demo.advance(now + 24 * HOUR)
    assert gone not in {event.order_id for event in later}
    assert gone not in demo.lives.alive


def test_an_order_that_a_person_moved_goes_on_from_there() -> None:
    """Passed at the review by hand: the shop tells no second passing, and the quality check comes next."""
    demo = DemoShop(OPENING, shop())
    events = demo.advance(OPENED)
    reviewed = sorted(waiting_at("review", events, OPENED))
    standings = [Standing(n, key, "quality", held=False, moved=True) for n, key in enumerate(reviewed)]
    demo.lives.learn(demo.lives.compare(standings))
    later = demo.advance(OPENED + 8 * HOUR)
    told_of = {key: [event.event_id for event in later if event.order_id == key] for key in reviewed}
    assert all("review.left" not in ids for ids in told_of.values())
    assert sum("quality.left" in ids for ids in told_of.values()) > len(reviewed) / 2


def test_a_move_that_was_undone_is_undone_here_too() -> None:
    """The order is at the review again, and is reviewed by the shop's own people."""
    demo = DemoShop(OPENING, shop())
    events = demo.advance(OPENED)
    key = next(key for key in sorted(waiting_at("review", events, OPENED)) if not demo.lives.alive[key].faults)
    demo.lives.learn(demo.lives.compare([Standing(1, key, "quality", held=False, moved=True)]))
    demo.advance(OPENED + MINUTE)
    demo.lives.learn(demo.lives.compare([Standing(2, key, "review", held=False, moved=True)]))
    later = [event.event_id for event in demo.advance(OPENED + 6 * HOUR) if event.order_id == key]
    assert later[:2] == ["review.left", "quality.left"]


def test_a_held_order_stands_still_until_it_is_let_go() -> None:
    """Nobody packs what a person holds; afterwards it goes on where it was."""
    demo = DemoShop(OPENING, shop())
    events = demo.advance(OPENED)
    key = next(key for key in sorted(waiting_at("pick", events, OPENED)) if not demo.lives.alive[key].faults)
    demo.lives.learn(demo.lives.compare([Standing(1, key, "pick", held=True, moved=False)]))
    assert demo.lives.compare([Standing(2, key, "pick", held=True, moved=False)]) != []  # it takes a step to be held
    assert key not in {event.order_id for event in demo.advance(OPENED + 5 * HOUR)}
    assert demo.lives.compare([Standing(3, key, "pick", held=True, moved=False)]) == []
    demo.lives.learn(demo.lives.compare([Standing(4, key, "pick", held=False, moved=False)]))
    later = [event.event_id for event in demo.advance(OPENED + 10 * HOUR) if event.order_id == key]
    assert later[:2] == ["pick.left", "pack.left"]


def test_what_people_note_moves_no_order() -> None:
    """An order that nobody moved, or that stands where the shop has it, is left alone; so is one that is not alive."""
    demo = DemoShop(OPENING, shop())
    events = demo.advance(OPENED)
    key = min(waiting_at("pick", events, OPENED))
    standings = [
        Standing(1, key, "pick", held=False, moved=False),
        Standing(2, key, "review", held=False, moved=False),
        Standing(3, key, "pick", held=False, moved=True),
        Standing(4, "nobody", "pick", held=True, moved=True),
    ]
    assert demo.lives.compare(standings) == []


def test_a_shop_that_wakes_up_does_all_of_it_again() -> None:
    """From the notes of when each was taken up: the same events, to the millisecond."""
    past, after, lived = befallen("wms-push-lost", 3, lasts=6)
    told_live, now = past + after, OPENED + 3 * HOUR
    stuck = sorted(waiting_at("quality", told_live, OPENED + HOUR / 2))
    picking = sorted(waiting_at("pick", told_live, now))
    lived.lives.learn(asked(stuck[:4], Wish.PICK_LIST, now - MINUTE))
    lived.lives.learn(asked(picking[:2], Wish.OVER, now - MINUTE) + asked(picking[2:4], Wish.HELD, now - MINUTE))
    noted = lived.lives.unnoted()
    assert {one.at for one in noted} == {now}
    lived.lives.note(noted)
    told_live += lived.advance(now + 0.123 * HOUR)
    lived.lives.learn(asked(stuck[4:6], Wish.PICK_LIST, now) + asked(picking[2:3], Wish.PLACED, now))
    noted += lived.lives.unnoted()
    told_live += lived.advance(now + 3 * HOUR)
    woken = DemoShop(OPENING, shop())
    woken.incidents.learn(lived.incidents.known.values())
    woken.lives.learn(noted)
    assert woken.lives.unnoted() == []
    assert told(woken.advance(now + 3 * HOUR)) == told(told_live)
    assert told(woken.advance(now + 9 * HOUR)) == told(lived.advance(now + 9 * HOUR))
