"""The demo shop's simulation: the same always, complete, within its parameters, and troubled where it is said to be."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt

import pytest

from dashboard.events import Event, Kind
from dashboard.lifeline import Lifeline
from dashboard.visits import Exit, OrderState, derive
from datasource.demo.cities import demo_lifeline, read_cities
from datasource.demo.parameters import Parameters, demo_parameters
from datasource.demo.shop import DemoShop, Opening

OPENED = datetime(2026, 2, 25, 7, 30, tzinfo=UTC)
Orders = dict[str, list[Event]]


def small(orders_per_day: float = 60) -> Parameters:
    """The shop with fewer orders, and nothing that befalls it as a whole."""
    return replace(demo_parameters(), orders_per_day=orders_per_day, incidents=())


def by_order(events: Iterable[Event]) -> Orders:
    """Events by order id, in the order of their ids."""
    found: Orders = {}
    for event in sorted(events, key=lambda event: (event.order_id, event.event_id)):
        found.setdefault(event.order_id, []).append(event)
    return found


def past(seed: int, days: float, parameters: Parameters) -> Orders:
    """All that the shop tells of its past."""
    batches = DemoShop(Opening(seed, OPENED, days), parameters).backfill()
    return by_order(event for batch in batches for event in batch)


@pytest.fixture(scope="module")
def fortnight() -> Orders:
    """Two weeks of a shop with 150 orders a day."""
    return past(5, 14, small(150))


@pytest.fixture(scope="module")
def states(fortnight: Orders) -> dict[str, OrderState]:
    """What the events of the two weeks say of each order."""
    lifeline = demo_lifeline()
    return {order_id: derive(events, lifeline) for order_id, events in fortnight.items()}


def test_same_seed_same_events() -> None:
    """Two shops of one seed tell the very same; another seed tells something else."""
    assert past(1, 3, small()) == past(1, 3, small())
    assert past(1, 3, small()).keys() != past(2, 3, small()).keys()


def test_pieces_make_no_difference() -> None:
    """Asked every 17 minutes, the shop tells what it tells when asked once, and goes on beyond its opening."""
    at_once, in_pieces = (DemoShop(Opening(3, OPENED, 2), small(400)) for _ in range(2))
    whole = [event for batch in at_once.backfill() for event in batch]
    whole += at_once.advance(OPENED + timedelta(days=1))
    pieces: list[Event] = []
    until = OPENED - timedelta(days=2)
    while until < OPENED + timedelta(days=1):
        until = min(until + timedelta(minutes=17), OPENED + timedelta(days=1))
        pieces += in_pieces.advance(until)
    assert by_order(pieces) == by_order(whole)


def test_nothing_is_told_before_it_happened() -> None:
    """What the shop tells up to an instant happened by then, and is told once."""
    shop = DemoShop(Opening(3, OPENED, 1), small(300))
    told: list[Event] = []
    for hour in range(1, 30):
        until = OPENED - timedelta(days=1) + timedelta(hours=hour)
        told += shop.advance(until)
        assert all(event.at <= until for event in told)
    assert len({(event.order_id, event.event_id) for event in told}) == len(told)


def test_woken_shop_goes_on_as_before() -> None:
    """Simulated from three weeks before it was last told of only, the shop tells the same from there on."""
    told_until = OPENED + timedelta(days=10)
    lived = DemoShop(Opening(8, OPENED, 14), small(80))
    woken = DemoShop(Opening(8, OPENED, 14), small(80), since=told_until - timedelta(days=21))
    for shop in (lived, woken):
        shop.advance(told_until)
    later = told_until + timedelta(days=2)
    assert by_order(woken.advance(later)) == by_order(lived.advance(later))


def test_each_order_comes_in_one_batch() -> None:
    """The past comes in batches of at most so many orders, none of them in two."""
    batches = list(DemoShop(Opening(5, OPENED, 4), small(100)).backfill(orders=50))
    ids = [{event.order_id for event in batch} for batch in batches]
    assert all(0 < len(these) <= 50 for these in ids)
    assert sum(len(these) for these in ids) == len(set().union(*ids))


def test_as_many_orders_as_the_parameters_say(fortnight: Orders) -> None:
    """14 days at 150 a day are 2,100 orders, within five standard deviations of a Poisson count."""
    assert abs(len(fortnight) - 2100) < 5 * sqrt(2100)


def test_channels_have_their_shares(states: dict[str, OrderState]) -> None:
    """Each channel's share is its parameter, within five standard deviations of a binomial count."""
    count = Counter(state.facts.dimensions["channel"] for state in states.values())
    for channel in demo_parameters().channels:
        share, sigma = channel.share, sqrt(channel.share * (1 - channel.share) / len(states))
        assert abs(count[channel.key] / len(states) - share) < 5 * sigma


def test_faults_have_their_shares(states: dict[str, OrderState]) -> None:
    """Reviews lack invoice data, stock is short and payments never come as often as the parameters say."""
    faults = demo_parameters().faults
    marks = Counter(
        (visit.node, visit.exception) for state in states.values() for visit in state.visits if visit.exception
    )
    expected = {
        ("pay", "customer_cancelled"): faults["never_paid"].share,
        ("review", "invoice_incomplete"): faults["invoice_incomplete"].share,
        ("pick", "stock_short"): faults["stock_short"].share,
    }
    for mark, share in expected.items():
        # Few orders are lost between placing and picking, or still on the way: below a tenth in all.
        assert 0.9 * share * len(states) - 5 * sqrt(share * len(states)) < marks[mark]
        assert marks[mark] < share * len(states) + 5 * sqrt(share * len(states))


def test_every_order_is_whole(states: dict[str, OrderState]) -> None:
    """Each order has its facts, begins at ``place``, and its visits follow on each other without a gap."""
    regions = {city.adcode for city in read_cities()}
    for state in states.values():
        assert state.facts.created_at and state.facts.amount and state.facts.outer_order_id
        assert state.facts.dimensions["region"] in regions
        assert state.visits[0].node == "place" and state.visits[0].entered_at == state.facts.created_at
        for before, after in pairwise(state.visits):
            assert after.entered_at == before.left_at


def test_only_clocks_that_are_behind_make_contradictions(fortnight: Orders, states: dict[str, OrderState]) -> None:
    """The visits that count for no duration are pickups that the carrier's clock puts before the dispatch; a few."""
    unmeasured = [visit for state in states.values() for visit in state.visits if not visit.measured]
    assert {(visit.node, visit.exception) for visit in unmeasured} <= {("pickup", "out_of_order")}
    assert len(unmeasured) < 0.005 * len(fortnight)


def test_every_order_is_done_open_or_cancelled(states: dict[str, OrderState], lifeline: Lifeline) -> None:
    """An order ends closed after all twelve nodes, or cancelled, or waits at exactly one node."""
    ends: Counter[str] = Counter()
    for state in states.values():
        last, still_open = state.visits[-1], [visit for visit in state.visits if visit.exit is None]
        if state.cancelled_at:
            assert last.exit is Exit.CANCELLED and not still_open
            ends["cancelled"] += 1
        elif last.exit is Exit.NEXT:
            assert last.node == "close" and {visit.node for visit in state.visits} == {node.key for node in lifeline}
            ends["closed"] += 1
        else:
            assert still_open == [last]
            ends["open"] += 1
    assert min(ends["cancelled"], ends["closed"], ends["open"]) > 50


def test_bounced_reviews_are_rework(states: dict[str, OrderState]) -> None:
    """An order that bounces is sent back from the quality check and reviewed a second time."""
    bounced = [state for state in states.values() if any(visit.exception == "review_bounced" for visit in state.visits)]
    assert bounced
    for state in bounced:
        ways = [(visit.node, visit.number, visit.exit) for visit in state.visits]
        assert ("quality", 1, Exit.RETURNED) in ways
        assert ("review", 1, Exit.NEXT) in ways and any(way[:2] == ("review", 2) for way in ways)


def test_words_are_the_lifelines(fortnight: Orders) -> None:
    """Every node, exception, status and source is one that the lifeline names."""
    lifeline = demo_lifeline()
    events = [event for events in fortnight.values() for event in events]
    assert {event.node for event in events} - {None} == {node.key for node in lifeline}
    assert {event.exception for event in events} - {None} <= lifeline.exceptions.keys()
    assert {event.status for event in events} - {None} <= lifeline.statuses.keys()
    assert {event.source for event in events} == set(lifeline.systems)
    assert {event.kind for event in events} >= {Kind.LEFT, Kind.STATUS, Kind.EXCEPTION, Kind.CANCELLED, Kind.ENTERED}


def test_cities_have_codes_and_names() -> None:
    """Each city has a six-digit code of its own, and the lifeline names it in both languages."""
    cities = read_cities()
    assert len({city.adcode for city in cities}) == len(cities) >= 40
    assert all(len(city.adcode) == 6 and city.adcode.isdigit() for city in cities)
    region = next(dimension for dimension in demo_lifeline().dimensions if dimension.key == "region")
    assert region.values["440300"] == {"en": "Shenzhen", "zh": "深圳"}


def test_printer_offline_holds_one_warehouse() -> None:
    """While the printer is offline nothing of HZ1 is picked up, and it says why; the others go on as usual."""
    began = OPENED - timedelta(hours=3.5)
    shop = replace(demo_parameters(), orders_per_day=1500)
    states = [derive(events, demo_lifeline()) for events in past(5, 2, shop).values()]
    stays = [
        (state.facts.dimensions["warehouse"], visit)
        for state in states
        for visit in state.visits
        if visit.node == "pickup"
    ]
    reaction = timedelta(minutes=1)
    gone = Counter(
        warehouse for warehouse, visit in stays if visit.measured and visit.left_at and visit.left_at > began + reaction
    )
    assert gone["HZ1"] == 0 and gone["SZ2"] > 20 and gone["CD3"] > 10
    told = Counter(warehouse for warehouse, visit in stays if visit.exception == "label_printer_offline")
    assert set(told) == {"HZ1"}
    assert told["HZ1"] > 50
    assert all(visit.exit is None for _, visit in stays if visit.exception == "label_printer_offline")


def test_printer_comes_back_and_fails_again() -> None:
    """It lasts 5.5 hours; the held orders are then picked up, and 25 hours after the first time it begins again."""
    shop = DemoShop(Opening(5, OPENED, 1), replace(demo_parameters(), orders_per_day=600))
    began = OPENED - timedelta(hours=3.5)
    told = shop.advance(began + timedelta(hours=40))
    taken = [event.at for event in told if event.event_id == "pickup.left"]
    held = {event.order_id: event.at for event in told if event.exception == "label_printer_offline"}
    over = began + timedelta(hours=5.5)
    released = [event for event in told if event.event_id == "pickup.left" and event.order_id in held]
    assert sum(over < event.at < over + timedelta(hours=3) for event in released) > 30
    starts = sorted(at for at in held.values())
    assert starts[0] >= began
    assert any(began + timedelta(hours=25) <= at < began + timedelta(hours=30.5) for at in starts)
    assert not any(over + timedelta(hours=1) < at < began + timedelta(hours=25) for at in starts)
    assert len(taken) > 100
