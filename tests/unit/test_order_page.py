"""The order page: one sentence, its way on one time axis, what each system says, every event."""

from datetime import timedelta

import pytest

from dashboard.events import Kind
from dashboard.order_detail import Contradiction, OrderDetail
from dashboard.snapshot import Status
from dashboard.visits import Exit, derive
from layouts import ids
from layouts.live import live_props
from layouts.order_axis import order_axis
from layouts.order_page import OrderView, headline, order_not_found, order_page
from layouts.order_timeline import nodes_ahead, visit_status
from layouts.shell import Freshness
from tests.builders import (
    NOON,
    cancelled,
    days,
    entered,
    event,
    facts,
    hours,
    left,
    minutes,
    seconds,
    status,
    trouble,
    visit,
)
from tests.looks import context, text_of, with_class

WAY = [("place", 0), ("pay", 1), ("review", 30), ("quality", 98), ("allocate", 102), ("pick", 199), ("pack", 226)]


def view(*events, now=NOON, doubts=()):
    """The page's view of an order with these events, as of ``now``."""
    detail = OrderDetail("A-1", derive(events, context().lifeline), tuple(events), tuple(doubts))
    return OrderView(detail, now, 1.0)


def stuck(*more, doubts=()):
    """Dispatched 6 h 12 min ago, at the carrier pickup since, whose allowance is 4 h."""
    told = facts(at=hours(-10), created_at=hours(-10), amount="1288.00", currency="CNY", outer="6921", channel="douyin")
    way = [left(node, hours(-10) + timedelta(minutes=after)) for node, after in WAY]
    return view(told, *way, left("dispatch", hours(-6.2), source="wms"), *more, doubts=doubts)


def plain(built):
    """All words of a page, with plain spaces."""
    return text_of(built).replace("\N{NO-BREAK SPACE}", " ")


def sentence(shown, lang="en"):
    """The headline with plain spaces."""
    return headline(shown, context(lang)).replace("\N{NO-BREAK SPACE}", " ")


def test_a_stuck_order_says_for_how_long():
    """6 h 12 min at a node with 4 h."""
    assert sentence(stuck()) == "Stuck at carrier pickup for 6 h 12 min, 2 h 12 min over its allowance"
    assert sentence(stuck(), "zh") == "卡在物流揽收 6 小时 12 分，超出时限 2 小时 12 分"


def test_an_order_in_time_says_what_is_left():
    """An hour into the 2 h of the finance review."""
    shown = view(left("place", hours(-1.5)), left("pay", hours(-1)))
    assert sentence(shown) == "1 h at “Finance review”, 1 h of its allowance left"


def test_a_finished_order_says_when():
    """The last node was left an hour ago, 3 d 4 h after the order came."""
    shown = view(facts(at=hours(-77), created_at=hours(-77)), left("place", hours(-77)), left("close", hours(-1)))
    assert sentence(shown) == "After-sales closed 11:00, 3 d 4 h after the order came"


def test_a_cancelled_order_says_where_and_when():
    """Cancelled at the review; with no time recorded, that is said."""
    way = [facts(at=hours(-3), created_at=hours(-3)), left("place", hours(-3)), left("pay", hours(-2.5))]
    assert sentence(view(*way, cancelled(hours(-2)))) == "Cancelled 10:00 at finance review, 1 h after the order came"
    undated = event(kind=Kind.ABANDONED, node=None, at=hours(-2))
    assert sentence(view(*way, undated)) == "Cancelled at finance review, time unknown"


def test_an_order_without_a_place_says_so():
    """Only facts without a time of creation: no visit."""
    shown = view(facts(channel="douyin"))
    assert sentence(shown) == "Nothing recorded says at which node this order is"
    assert "Events" in plain(order_page(shown, context()))


def test_the_crumb_leads_to_the_node_where_the_order_is():
    """Stuck at the pickup: the crumb is the pickup's page; a finished order's is the lifeline."""
    crumb = with_class(order_page(stuck(), context()), "crumb")[0]
    assert text_of(crumb) == "Carrier pickup / " and crumb.children[0].href == "/node/pickup"
    done = view(left("place", hours(-2)), left("close", hours(-1)))
    assert with_class(order_page(done, context()), "crumb")[0].children[0].href == "/"


def test_the_facts_stand_in_one_line():
    """Channel with the outer id, then the money."""
    assert "Douyin 6921 · ¥1,288.00" in plain(order_page(stuck(), context()))


def test_one_row_for_each_stay_and_each_node_ahead():
    """Nine stays, the last in progress, and three nodes not reached yet."""
    built = order_page(stuck(), context())
    assert len(with_class(built, "way-row")) == 12 and len(with_class(built, "is-ahead")) == 3
    last = with_class(built, "way-row")[8]
    assert "is-red" in last.className and "in progress" in text_of(last)
    assert "2 h 12 min over its allowance of 4 h" in plain(last)


def test_an_order_that_is_over_has_nothing_ahead():
    """Cancelled at the review: the other nodes are not promised."""
    shown = view(left("place", hours(-3)), left("pay", hours(-2.5)), cancelled(hours(-2)))
    assert with_class(order_page(shown, context()), "is-ahead") == []


def test_rework_is_numbered():
    """The review was bounced: its two stays carry numbers, the others none."""
    shown = view(
        left("place", hours(-9)),
        left("pay", hours(-8.9)),
        left("review", hours(-8)),
        entered("review", hours(-7)),
        left("review", hours(-6.5)),
    )
    words = plain(order_page(shown, context()))
    assert "Finance review, visit 1" in words and "Finance review, visit 2" in words and "Paid, visit" not in words


def test_contradicting_stamps_are_marked_in_words():
    """Approved after it was handed on: the row says so with both times, and has no duration."""
    shown = view(left("place", hours(-2)), left("pay", hours(-1)), left("review", hours(-1.5)))
    row = next(row for row in with_class(order_page(shown, context()), "way-row") if "Finance review" in text_of(row))
    assert "Time stamps out of order: left 10:30, before it came 11:00" in plain(row)
    assert "not known" in text_of(row) and with_class(row, "is-backwards")


def test_stamps_of_two_years_are_told_with_their_years():
    """From December to March, and paid a year before it was placed."""
    over = [left("place", days(-70)), left("pay", days(-60)), left("close", days(-1))]
    words = plain(order_page(view(facts(at=days(-70), created_at=days(-70)), *over), context()))
    assert "22 Dec 2025 12:00" in words and "1 Mar 2026 12:00" in words
    backwards = view(facts(at=NOON, created_at=NOON), left("place", NOON), left("pay", days(-365)))
    assert "left 2 Mar 2025 12:00, before it came 2 Mar 2026 12:00" in plain(order_page(backwards, context()))


def test_an_exception_stands_at_its_node():
    """The label printer is told beside the pickup."""
    built = order_page(stuck(trouble("label_printer_offline", "pickup", hours(-5))), context())
    assert "Label printer offline" in text_of(with_class(built, "way-row")[8])


@pytest.mark.parametrize(
    ("stay", "expected"),
    [
        (visit("pick", hours(-3), hours(-2)), Status.GREEN),
        (visit("pick", hours(-3), hours(-1.4)), Status.AMBER),
        (visit("pick", hours(-4), hours(-1)), Status.RED),
        (visit("pick", hours(-1)), Status.GREEN),
        (visit("pick", hours(-3)), Status.RED),
        (visit("pick", hours(-3), hours(-4), measured=False, exception="out_of_order"), Status.AMBER),
        (visit("pick", hours(-1.7), hours(0), exit=Exit.CANCELLED), Status.GREEN),
    ],
)
def test_a_stay_is_judged_by_its_allowance(stay, expected):
    """2 h are allowed: amber from 80 % of it, red past it, amber where the stamps contradict each other."""
    assert visit_status(context(), stay, NOON) is expected


def test_a_contradiction_says_what_does_not_fit():
    """The carrier knows no waybill, though the order was dispatched at 05:48; the channel claims a delivery."""
    doubts = (
        Contradiction("carrier", "no_such_waybill", "dispatch", claims=False),
        Contradiction("channel", "signed", "sign", claims=True),
    )
    told = (
        status("no_such_waybill", hours(-1), source="carrier"),
        status("signed", hours(-2), source="channel"),
        status("dispatched", hours(-6), source="wms"),
    )
    rows = [plain(row) for row in with_class(order_page(stuck(*told, doubts=doubts), context()), "voice")]
    assert rows[0].startswith("Carrierno such waybillcontradicts: “Dispatched” was done at 05:48")
    assert "contradicts: “Delivered” is not done yet" in rows[1]
    assert "contradicts" not in rows[2] and "fits" in rows[2]


def test_events_are_listed_newest_first():
    """A correction takes an earlier event's place: both are shown and marked."""
    fixed = left("pick", hours(-1), event_id="new", corrects="old", operator="fin-02")
    shown = view(left("place", hours(-5)), left("pick", hours(-2), event_id="old"), fixed)
    rows = [plain(row) for row in with_class(order_page(shown, context()), "event")]
    assert rows[0] == "11:00:00done: Pickedfin-02 · correction"
    assert rows[1] == "10:00:00done: Pickedcorrected later"


def test_the_axis_reaches_from_the_first_instant_to_now():
    """In time: it reaches on to where the allowance ends, but no further than a third of what has passed."""
    axis = order_axis([visit("place", hours(-2), hours(-1)), visit("pay", hours(-1))], NOON)
    assert axis.start == hours(-2) and axis.now == NOON and axis.end == hours(0.7)
    assert axis.share(hours(-2)) == 0 and axis.share(hours(9)) == 1


def test_the_axis_of_a_short_order_has_a_width():
    """Everything at one instant: a second wide, so that no share divides by nothing."""
    axis = order_axis([visit("place", NOON, NOON)], days(3))
    assert axis.end == seconds(1) and axis.now is None


def test_optional_nodes_are_not_ahead():
    """The nodes after the furthest one, in their order."""
    assert [node.key for node in nodes_ahead(context(), [visit("pickup", minutes(-5))])] == ["transit", "sign", "close"]


def test_live_parts_stay_the_same():
    """The sentence, the way, the systems and the events can be changed in place, whatever the order's state."""
    parts = {ids.live(part) for part in ("order-sentence", "timeline", "systems", "events", "events-count")}
    for shown in (stuck(), view(facts(channel="douyin")), view(left("place", NOON))):
        assert parts <= set(live_props(order_page(shown, context())))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_event_has_its_words(lang, kind):
    """In both languages, with and without a node."""
    told = event(kind=kind, node="pick", status="paid", source="erp", exception="stock_short")
    assert order_page(view(told), context(lang))


def test_not_found_says_what_was_searched():
    """The id, the search within reach, the way back."""
    built = order_not_found(context(), "A-404", Freshness(NOON, 1.0))
    assert "A-404" in text_of(built)
    buttons = with_class(with_class(built, "offered")[0], "button")
    assert [button.href for button in buttons] == [f"#{ids.SEARCH}", "/"]


def test_a_passed_node_shows_its_allowance_beside_the_time_it_took():
    """A figure for each measured stay, not only for the nodes ahead."""
    rows = with_class(order_page(stuck(), context()), "way-of")
    assert len(rows) >= 7 and plain(rows[-1]) == "of 4 h"
