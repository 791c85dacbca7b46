"""What people stop in the demo shop: nobody orders a suspended SKU, and nothing is labelled for a frozen outlet."""

from collections.abc import Iterable
from datetime import timedelta

from dashboard.events import Event
from datasource.demo.goods import lines_of, outlets
from datasource.demo.requests import Request, Wish
from datasource.demo.shop import DemoShop
from tests.unit.test_demo_incidents import HOUR, OPENED, OPENING, shop, told
from tests.unit.test_demo_requests import asked

SKU, LATER = "DB-1001", OPENED + 6 * HOUR
BUSY = "zto"
OUTLETS = [one for one in outlets() if one.carrier == BUSY]
PLACES = {one.region for one in OUTLETS}


def opened() -> tuple[DemoShop, list[Event]]:
    """The shop when it opens to its first viewer, and its past."""
    demo = DemoShop(OPENING, shop())
    return demo, demo.advance(OPENED)


def placed(events: Iterable[Event]) -> set[str]:
    """The orders that came in."""
    return {event.order_id for event in events if event.event_id == "place.left"}


def with_sku(order_ids: Iterable[str]) -> set[str]:
    """Those that hold the SKU."""
    return {key for key in order_ids if SKU in lines_of(key)}


def picked_up(events: Iterable[Event]) -> dict[str, Event]:
    """When each order left for its carrier."""
    return {event.order_id: event for event in events if event.event_id == "pickup.left"}


def of_frozen(demo: DemoShop, order_ids: Iterable[str]) -> set[str]:
    """The orders that go to one of the outlets."""
    alive = ((key, demo.lives.alive[key].dimensions) for key in order_ids if key in demo.lives.alive)
    return {key for key, where in alive if where["carrier"] == BUSY and where["region"] in PLACES}


def stop(*wishes: tuple[Wish, str], after: timedelta = timedelta()) -> list[Request]:
    """Requests about SKUs or outlets, not taken up yet."""
    return [one for wish, key in wishes for one in asked([key], wish, OPENED + after)]


def test_no_order_with_a_suspended_sku_comes_in_and_all_others_do():
    """As many as hold it are missing, and not one of the others; those that were in go on."""
    usual, _ = opened()
    would_come = placed(usual.advance(LATER))
    demo, past = opened()
    demo.lives.learn(stop((Wish.SUSPENDED, SKU)))
    later = demo.advance(LATER)
    came, started = placed(later), placed(past)
    assert len(with_sku(would_come)) > 5
    late = {
        key
        for key in with_sku(came)
        if demo.lives.alive.get(key) and demo.lives.alive[key].created > OPENED.timestamp()
    }
    assert late == set()
    assert came == would_come - {key for key in with_sku(would_come) if key not in came}
    assert with_sku(started) & {event.order_id for event in later}


def test_it_is_taken_in_again_once_it_is_resumed():
    """From then on; what was turned away stays away."""
    usual, _ = opened()
    would_come = with_sku(placed(usual.advance(LATER)))
    demo, _ = opened()
    demo.lives.learn(stop((Wish.SUSPENDED, SKU)))
    first = with_sku(placed(demo.advance(OPENED + 3 * HOUR)))
    demo.lives.learn(stop((Wish.RESUMED, SKU), after=3 * HOUR))
    second = with_sku(placed(demo.advance(LATER)))
    assert len(second) > 2
    assert first | second < would_come


def test_orders_of_a_frozen_outlet_wait_until_it_is_open_again():
    """At the pickup, however many lorries come, while those of other outlets leave; afterwards all of them leave."""
    demo, _ = opened()
    demo.lives.learn(stop(*((Wish.FROZEN, one.outlet) for one in OUTLETS)))
    demo.advance(OPENED + 2 * HOUR)
    events = demo.advance(OPENED + 16 * HOUR)
    dispatched = {
        event.order_id for event in events if event.event_id == "dispatch.left" and event.at < OPENED + 8 * HOUR
    }
    waiting = of_frozen(demo, dispatched)
    assert waiting and not waiting & set(picked_up(events))
    assert len(set(picked_up(events)) & dispatched) > 10 * len(waiting)
    demo.lives.learn(stop(*((Wish.UNFROZEN, one.outlet) for one in OUTLETS), after=16 * HOUR))
    assert waiting <= set(picked_up(demo.advance(OPENED + 28 * HOUR)))


def test_another_label_provider_leads_past_a_frozen_outlet():
    """Only the order that has it."""
    demo, _ = opened()
    demo.lives.learn(stop(*((Wish.FROZEN, one.outlet) for one in OUTLETS)))
    demo.advance(OPENED + 16 * HOUR)
    waiting = sorted(of_frozen(demo, [key for key, order in demo.lives.alive.items() if order.node == "pickup"]))
    demo.lives.learn(asked(waiting[:1], Wish.LABEL, OPENED + 16 * HOUR))
    left = set(picked_up(demo.advance(OPENED + 17 * HOUR)))
    assert len(waiting) > 1
    assert set(waiting) & left == set(waiting[:1])


def test_a_shop_that_wakes_up_does_all_of_it_again():
    """From the notes of when each was taken up, the same events."""
    lived, events = opened()
    lived.lives.learn(stop((Wish.SUSPENDED, SKU), *((Wish.FROZEN, one.outlet) for one in OUTLETS)))
    events += lived.advance(OPENED + 5 * HOUR)
    lived.lives.learn(stop((Wish.RESUMED, SKU), (Wish.UNFROZEN, OUTLETS[0].outlet), after=5 * HOUR))
    events += lived.advance(OPENED + 12 * HOUR)
    woken = DemoShop(OPENING, shop())
    woken.lives.learn(lived.lives.unnoted())
    assert told(woken.advance(OPENED + 12 * HOUR)) == told(events)
