"""The node page: why the node has its colour, with its figures, and parts that the hub can change in place."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.snapshot import Reason, Status
from layouts import ids
from layouts.live import live_changes, live_props
from layouts.node_page import node_not_found, node_page
from layouts.shell import Freshness
from tests.builders import NOON, minutes
from tests.looks import (
    components,
    context,
    empty_node,
    grey_node,
    node_snapshot,
    node_view,
    red_node,
    snapshot,
    text_of,
    with_class,
)


def page(numbers=None, lang="en", **changes):
    """The page of a red carrier pickup, unless told otherwise."""
    numbers = numbers or red_node(since=minutes(-87), load_index=2.9)
    view = node_view(snapshot(numbers), numbers.key, state=changes.pop("state", "overdue"))
    return node_page(view, context(lang, path=f"/node/{numbers.key}", **changes))


def live_text(built, part, *keys):
    """The words of one live part, with plain spaces."""
    found = next(item for item in components(built) if getattr(item, "id", None) == ids.live(part, *keys))
    return text_of(found).replace("\N{NO-BREAK SPACE}", " ").replace("\N{THIN SPACE}", " ")


def test_the_headline_says_why():
    """Index, word with its time (10:33 in Shanghai), reason with its figures."""
    built = page()
    assert live_text(built, "node-index").endswith("×3.1")
    assert live_text(built, "node-status") == "congested since 10:33"
    assert live_text(built, "node-reason") == "Orders take 3.1 times the usual 1 h 12 min"


@pytest.mark.parametrize(
    ("rule", "lang", "figure"),
    [
        ("rate", "en", "24.1 %timeout rateindex ×1.0"),
        ("rate", "zh", "24.1 %超时率指数 ×1.0"),
        ("overdue", "en", "38newly overdue in an hourindex ×1.0"),
    ],
)
def test_the_large_figure_is_the_rule_that_fired(rule, lang, figure):
    """Red by rate or by count: that number with its unit is large, the index stands beneath, the word stays."""
    numbers = red_node(reason=Reason(rule), timeout_rate=0.241, newly_overdue=38, congestion_index=1.0)
    built = page(numbers, lang)
    assert live_text(built, "node-index") == figure
    assert live_text(built, "node-status") in {"congested", "拥堵"}


def test_the_headline_names_the_cause():
    """The most frequent exception with what helps against it; nothing to say of a node that is as usual."""
    said = live_text(page(red_node(top_exception="label_printer_offline")), "node-cause")
    assert said == "Mostly: Label printer offline. Backup label provider after 2 h"
    assert live_text(page(red_node()), "node-cause").startswith("What helps: ")
    assert live_text(page(node_snapshot()), "node-cause") == ""


def test_the_average_says_that_it_counts_those_that_left():
    """Beside an index that counts the waiting orders too."""
    assert "of 60 that left · p50 1.1 h" in live_text(page(), "node-figure", "mean")


def test_times_name_their_zone_once():
    """At the foot of the side bar."""
    assert [text_of(zone) for zone in with_class(page(), "zone-name")] == ["Times in Asia/Shanghai"]


def test_key_figures_carry_their_notes():
    """462 in progress at a load of 2.9 would usually be 159; overdue with its oldest age and money."""
    numbers = red_node(load_index=2.9, oldest_overdue_seconds=22_320.0, overdue_amount=Decimal("61300.40"))
    built = page(numbers)
    assert live_text(built, "node-figure", "in_progress") == "In progress462usual 159"
    assert live_text(built, "node-figure", "overdue") == "Overdue214oldest 6 h 12 min · ¥61,300"
    assert live_text(built, "node-figure", "rate") == "Timeout rate now1.2 %0.4–3.1"


def test_what_cannot_be_known_is_a_dash():
    """A node with too few orders: no index, no rate, and no ``since`` for the grey."""
    built = page(grey_node(since=minutes(-5)))
    assert "not known" in live_text(built, "node-figure", "rate")
    assert live_text(built, "node-status") == "too few"


def test_a_widened_window_is_told():
    """Asked for an hour, a day was needed."""
    assert live_text(page(grey_node()), "node-window") == "Last 24 hours, widened because orders are few"


def test_a_provisional_usual_is_told():
    """Under 7 days of history."""
    assert "provisional" in live_text(page(red_node(baseline_provisional=True)), "node-window")


def test_the_choice_of_orders_is_a_link():
    """Overdue is the page's own address; the others are named; the chosen one is marked and counted."""
    built = page(state="in_progress")
    links = {text_of(link): link.href for link in with_class(built, "switch-link")}
    assert links == {
        "Overdue214": "/node/pickup",
        "In progress462": "/node/pickup?state=in_progress",
        "Left in 1\N{NO-BREAK SPACE}h60": "/node/pickup?state=left",
    }
    marked = [choice for choice in with_class(built, "switch-choice") if getattr(choice, "aria-current", None)]
    assert [text_of(choice) for choice in marked] == ["In progress462"]


def test_those_that_left_are_listed_for_the_window_they_were_counted_in():
    """The window was widened to a day: the link asks for that day."""
    links = [link.href for link in with_class(page(grey_node()), "switch-link")]
    assert links[-1] == "/node/pickup?window=1d&state=left"


def test_the_same_numbers_have_the_same_live_parts():
    """Whatever the numbers, the parts are the same, so that a tick only changes props."""
    parts = [set(live_props(page(numbers))) for numbers in (red_node(), grey_node(), empty_node("pickup"))]
    assert parts[0] == parts[1] == parts[2]
    assert {ids.live("dwell-figure"), ids.live("flow-figure"), ids.live("node-reason")} <= parts[0]


def test_a_tick_pushes_only_what_changed():
    """One more overdue order: its figure, its count, and its row against last week; nothing else."""
    before, after = (live_props(page(red_node(overdue=count))) for count in (214, 215))
    assert set(live_changes(before, after)) == {
        ids.live("node-figure", "overdue"),
        ids.live("orders-count", "overdue"),
        *(ids.live(f"week-{place}", "overdue") for place in (0, 1)),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_is_drawn(lang, theme):
    """Each status in both languages and themes, without a missing text."""
    for status in Status:
        for rule in ("index", "rate", "overdue", "normal", "few", "no_baseline"):
            page(red_node(status=status, reason=Reason(rule)), lang, theme=theme)


def test_no_live_part_carries_the_grid():
    """A part pushed whole would make the grid anew and lose what was sorted, filtered and scrolled."""
    assert not any("AgGrid" in str(props) for props in live_props(page()).values())


def test_a_node_that_the_snapshot_lacks_is_refused():
    """The view names a node that its snapshot does not have."""
    view = node_view(snapshot(red_node("pickup")), "pack")
    with pytest.raises(KeyError):
        node_page(view, context())


def test_an_unknown_node_offers_those_that_there_are():
    """The page names what was asked for, and links to all twelve."""
    built = node_not_found(context(), "nowhere", Freshness(NOON, timedelta(seconds=1).total_seconds()))
    assert "nowhere" in text_of(built) and "Carrier pickup" in text_of(built)
    assert len(with_class(built, "offered")[0].children) == 12
