"""The diagnosis on the node page: what its panels say, and links that keep every filter."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from dashboard.balance import UsualFlow
from dashboard.explanation import Explanation
from dashboard.holders import Holder, Holders
from dashboard.slices import Slice
from dashboard.snapshot import Reason, Status
from dashboard.spectrum import spectrum
from dashboard.visit_columns import FOREVER, NEXT, OPEN, VisitColumns, micros
from layouts import ids
from layouts.explanation_words import explanation_name, explanation_sentence
from layouts.live import live_props
from layouts.neighbours_panel import Neighbours
from layouts.node_page import node_page
from tests.builders import NOON, hours, minutes
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

PRINTER = Explanation(
    pairs=(("exception", "label_printer_offline"), ("warehouse", "HZ1")),
    visits=205, late=201, amount=Decimal(58_210), excess=190.5, share=0.712, lift=5.24, lift_low=3.9, lift_high=7.0,
)  # fmt: skip
ZTO = Explanation((("carrier", "zto"),), 80, 30, Decimal(0), 12.0, 0.08, 1.6, 1.2, None)


def page(numbers=None, view=None, **changes):
    """The page of a red carrier pickup, explained by the printer and by ZTO."""
    numbers = numbers or red_node()
    shown = {"explanations": (PRINTER, ZTO), **(view or {})}
    lang = changes.pop("lang", "en")
    return node_page(
        node_view(snapshot(numbers, *changes.pop("beside", ())), numbers.key, **shown),
        context(lang, path=f"/node/{numbers.key}", **changes),
    )


def part(built, *keys):
    """The live part of this name."""
    return next(item for item in components(built) if getattr(item, "id", None) == ids.live(*keys))


def words(value):
    """Its words, with plain spaces."""
    return text_of(value).replace("\N{NO-BREAK SPACE}", " ").replace("\N{THIN SPACE}", " ")


@pytest.mark.parametrize(
    ("lang", "pairs", "sentence"),
    [
        ("en", PRINTER.pairs, "Label printer offline at Hangzhou 1 explains 71 %"),
        ("zh", PRINTER.pairs, "杭州一仓面单打印机离线：占 71 %"),
        ("en", (("warehouse", "HZ1"),), "Warehouse: Hangzhou 1 explains 71 %"),
        ("en", (("exception", "no_scan"),), "No scan for 24 h explains 71 %"),
        ("en", (("exception", "no_scan"), ("operator", "li")), "No scan for 24 h, operator li explains 71 %"),
        ("en", (("carrier", "zto"), ("warehouse", "HZ1")), "Carrier: ZTO, Warehouse: Hangzhou 1 explains 71 %"),
        ("en", (("operator", "li"),), "Operator: li explains 71 %"),
        ("en", (("exception", "unheard_of"),), "unheard_of explains 71 %"),
    ],
)
def test_an_explanation_in_a_sentence(lang, pairs, sentence):
    """An exception and its place read as such, all else as dimension and value."""
    said = explanation_sentence(context(lang), replace(PRINTER, pairs=pairs))
    assert said.replace("\N{THIN SPACE}", " ") == sentence
    assert explanation_name(context(lang), replace(PRINTER, pairs=pairs)) in said


def test_explanations_are_told_with_their_figures():
    """Share with a bar as long, late of all, lift with its interval, money; no upper end, no money: said so."""
    first, second = with_class(page(), "why-row")
    assert words(first) == "Label printer offline at Hangzhou 171 %201 of 205×5.23.9–7, between 3.9 and 7¥58,210"
    assert words(second) == "Carrier: ZTO8 %30 of 80×1.6at least 1.2–"
    assert [fill.style for fill in with_class(page(), "why-fill")] == [{"width": "71.2%"}, {"width": "8.0%"}]


def test_what_stays_unexplained_is_told():
    """Of all but 71 and 8 %, a word; where everything is explained, none."""
    assert "The other 21 % have nothing in common" in words(part(page(), "why"))
    assert "The other" not in words(part(page(view={"explanations": (replace(PRINTER, share=0.97),)}), "why"))


def test_an_explanation_leads_to_its_orders_and_keeps_every_filter():
    """Channel, window, instant and the choice of orders stay; exception and place come in addition."""
    built = page(
        slice=Slice.parse("channel=jd"), window=timedelta(hours=4), at=minutes(-5), view={"state": "in_progress"}
    )
    links = [link.href for link in with_class(part(built, "why"), "value-link")]
    kept = "&window=4h&at=2026-03-02T03:55:00Z&state=in_progress"
    assert links == [
        f"/node/pickup?slice=channel=jd,exception=label_printer_offline,warehouse=HZ1{kept}",
        f"/node/pickup?slice=carrier=zto,channel=jd{kept}",
    ]


def test_each_filter_can_be_dropped_alone():
    """Three values, three ways to do without one, and one to do without all."""
    built = page(slice=Slice.parse("channel=jd,exception=no_scan,operator=li"), window=timedelta(hours=4))
    trail = part(built, "trail")
    links = {words(link): link.href for link in with_class(trail, "trail-value")}
    assert links == {
        "Channel: JD": "/node/pickup?slice=exception=no_scan,operator=li&window=4h",
        "Exception: No scan for 24 h": "/node/pickup?slice=channel=jd,operator=li&window=4h",
        "Operator: li": "/node/pickup?slice=channel=jd,exception=no_scan&window=4h",
    }
    assert trail.children[-1].href == "/node/pickup?window=4h"
    assert part(page(), "trail").children == []


def test_a_value_that_no_address_can_say_is_no_link():
    """A comma in an operator's name would read as two filters."""
    told = replace(ZTO, pairs=(("operator", "Li, Wei"),))
    why = part(page(view={"explanations": (told,)}), "why")
    assert "Li, Wei" in words(why) and not with_class(why, "value-link")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (grey_node(), "Too few orders to tell"),
        (node_snapshot(timeout_rate_settled=0.0), "Nothing is late here"),
        (node_snapshot(overdue=3), "No more is late than usual"),
        (red_node(), "No value stands out"),
    ],
)
def test_where_nothing_explains_the_panel_says_why(numbers, said):
    """Too few, none late, as usual, or alike everywhere; in Chinese too."""
    assert said in words(part(page(numbers, {"explanations": ()}), "why"))
    assert words(part(page(numbers, {"explanations": ()}, lang="zh"), "why"))


def test_slow_orders_are_told_as_slow_and_not_of_a_node_as_usual():
    """The heading of the column and the note say it; a green node has nothing to explain."""
    slow = (replace(PRINTER, slow=True),)
    built = page(view={"explanations": slow})
    assert "Slow" in words(part(built, "why")) and "hardly any is late yet" in words(part(built, "why-note"))
    assert not with_class(page(node_snapshot(), {"explanations": slow}), "why-row")


def some_visits():
    """Out in time, out late, here, here late."""
    entered = np.array([micros(minutes(m)) for m in (-300, -355, -30, -290)], dtype=np.int64)
    left = np.array([micros(minutes(-200)), micros(minutes(-60)), FOREVER, FOREVER], dtype=np.int64)
    out = np.array([NEXT, NEXT, OPEN, OPEN], dtype=np.int32)
    nothing = np.zeros(4)
    return VisitColumns(entered, left, entered + 4 * 3600 * 10**6, out, nothing, nothing == 0, nothing.astype(np.int64))


def test_the_spectrum_draws_each_fate_apart():
    """One line each: from entry to exit, or to now as deep as it is old; tone and dash both tell them apart."""
    found = spectrum(some_visits(), hours(-6), NOON, steps=6)
    figure = part(page(view={"spectrum": found}), "spectrum-figure").figure
    lines = [(trace["x"][:2], trace["y"][:2]) for trace in figure["data"]]
    assert lines == [
        (["2026-03-02T07:00:00", "2026-03-02T08:40:00"], [1.0, 0.0]),
        (["2026-03-02T06:05:00", "2026-03-02T11:00:00"], [1.0, 0.0]),
        (["2026-03-02T11:30:00", "2026-03-02T12:00:00"], [1.0, 0.938]),
        (["2026-03-02T07:10:00", "2026-03-02T12:00:00"], [1.0, 0.396]),
    ]
    assert len({(trace["line"]["color"], trace["line"].get("dash")) for trace in figure["data"]}) == 4
    assert all(trace["type"] == "scatter" for trace in figure["data"])


def test_the_spectrum_says_how_many_were_drawn_and_has_a_table():
    """All four; by time of entry, the newest first."""
    built = page(view={"spectrum": spectrum(some_visits(), hours(-6), NOON, steps=6)})
    assert words(part(built, "spectrum-note")) == "all 4 orders"
    assert words(part(built, "spectrum-key")) == "1 left in time1 left late1 still here in time1 still here, late"
    rows = [words(row) for row in components(part(built, "spectrum-table")) if type(row).__name__ == "Tr"]
    assert rows[1:3] == ["2 Mar 11:0010010", "2 Mar 10:0000000"] and len(rows) == 7


HELD = "It holds them: 180 come in an hour, only 40 go on, usually 180."
STARVED = "Starved: only 40 come in an hour, usually 180."


@pytest.mark.parametrize(
    ("here", "before", "after", "said"),
    [
        ((180, 180), (180, 180), (180, 180), "As many come and go as usual."),
        ((180, 40), (180, 180), (40, 180), f"{HELD} In transit gets fewer than usual."),
        ((180, 40), (180, 180), (180, 180), HELD),
        ((40, 40), (180, 40), (40, 180), f"{STARVED} Dispatched lets fewer go than usual."),
        ((40, 40), (180, 180), (40, 180), STARVED),
        ((400, 180), (180, 400), (180, 180), "Flooded: 400 come in an hour, usually 180."),
    ],
)
def test_the_flow_is_judged_in_words(here, before, after, said):
    """Against 180 an hour at all three, and with what the neighbours have to do with it."""
    nodes = [
        node_snapshot(key, entered=came, left=went)
        for key, (came, went) in (("dispatch", before), ("pickup", here), ("transit", after))
    ]
    usual = dict.fromkeys(("dispatch", "pickup", "transit"), UsualFlow(180, 180))
    built = page(red_node(), {"neighbours": Neighbours(snapshot(*nodes), usual)})
    assert words(part(built, "flow-finding")) == said
    assert words(part(built, "beside-in", "pickup")).startswith(str(here[0]))


@pytest.mark.parametrize("key", ["place", "close"])
def test_the_first_and_the_last_node_have_one_neighbour(key):
    """Two rows, no usual known: said, and no figure invented."""
    numbers = node_snapshot(key)
    beside = [node_snapshot(other) for other in ("pay", "sign")]
    built = page(numbers, beside=beside)
    assert len([item for item in components(built) if str(getattr(item, "id", "")).startswith("live:beside-held")]) == 2
    assert "not known" in words(part(built, "flow-finding"))


def test_the_holders_of_the_oldest_are_named_with_links():
    """The team whose turn it is; then each value with count, age and money."""
    held = Holders(100, (Holder("warehouse", "HZ1", 92, 60, 22_320.0, Decimal(32_631)),))
    built = page(view={"holders": held}, window=timedelta(hours=4))
    assert words(part(built, "holders-note")) == "the oldest 100 in progress"
    assert words(part(built, "holders")).endswith("WarehouseHangzhou 1926 h 12 min¥32,631")
    assert "It is the turn of Logistics." in words(part(built, "holders"))
    (link,) = with_class(part(built, "holders"), "value-link")
    assert link.href == "/node/pickup?slice=warehouse=HZ1&window=4h"
    assert "No order is here now" in words(part(page(), "holders"))


def test_last_week_is_told_with_signed_differences():
    """462 now, 300 then; a rate differs in points; the link leads to the page of then."""
    then = node_snapshot(in_progress=300, overdue=220, timeout_rate=0.020, mean_seconds=3600.0, left=60)
    built = page(view={"earlier": then}, window=timedelta(hours=4))
    assert words(part(built, "week-2", "in_progress")) == "+162"
    assert words(part(built, "week-2", "overdue")) == "−6"
    assert words(part(built, "week-2", "rate")) == "−0.8 points"
    assert words(part(built, "week-2", "mean")) == "+10 min"
    assert words(part(built, "week-2", "out")) == "0"
    assert part(built, "week-link").href == "/node/pickup?window=4h&at=2026-02-23T04:00:00Z"
    assert words(part(built, "week-finding")) == "More orders are here than a week ago (+162)."


def test_an_unknown_week_is_not_compared_with():
    """No order was seen then: dashes, not zeros."""
    built = page(view={"earlier": empty_node("pickup")})
    assert words(part(built, "week-finding")) == "Nothing is known of this hour a week ago."
    assert "not known" in words(part(built, "week-1", "in_progress"))


def test_whatever_is_told_the_parts_are_the_same():
    """So that a tick changes props only: explained or not, held or not, empty or full."""
    full = page(view={"holders": Holders(3, (Holder("channel", "jd", 2, 0, 9.0, Decimal(0)),))})
    bare = page(empty_node("pickup"), {"explanations": ()})
    assert set(live_props(full)) == set(live_props(bare))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_panel_is_drawn_in_both_languages(status, lang):
    """No text is missing."""
    found = spectrum(some_visits(), hours(-6), NOON)
    held = Holders(3, (Holder("exception", "no_scan", 2, 1, 9.0, Decimal(5)),))
    view = {"spectrum": found, "holders": held}
    page(
        red_node(status=status, reason=Reason("index")), view, lang=lang, theme="dark", slice=Slice.parse("operator=li")
    )
