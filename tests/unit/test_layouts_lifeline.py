"""The lifeline page: its finding, its table, its states, its links."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dash.development.base_component import Component

from dashboard.lifeline import Lifeline
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Reason, Status
from dashboard.sources import Source, outranked
from layouts import ids
from layouts.context import Context, parse_window, window_text
from layouts.headline import headline, tone
from layouts.lifeline_page import LifelineView, lifeline_page
from layouts.live import live_props
from layouts.parts import failed_state
from layouts.reasons import optimisation_text, reason_sentence
from layouts.shell import search_results
from layouts.sparks import spark_points
from layouts.texts import Texts
from tests.builders import NOON
from tests.looks import (
    components,
    context,
    empty_node,
    grey_node,
    node_snapshot,
    red_node,
    snapshot,
    text_of,
    with_class,
)

AMBER = {"status": Status.AMBER, "reason": Reason("index")}


def plain(text: str) -> str:
    """The text with common spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{THIN SPACE}", " ")


@pytest.mark.parametrize(
    ("nodes", "en", "colour"),
    [
        ([node_snapshot("pick"), node_snapshot()], "Everything runs as usual", ""),
        ([node_snapshot("pick"), red_node()], "Carrier pickup is three times slower than usual", "red"),
        (
            [node_snapshot("pick", congestion_index=1.6, **AMBER), node_snapshot()],
            "Picked takes 1.6 times as long as usual",
            "amber",
        ),
        (
            [node_snapshot("pick", congestion_index=1.6, **AMBER), red_node()],
            "2 of 2 nodes slower than usual, most of all Carrier pickup",
            "red",
        ),
        (
            [red_node(reason=Reason("rate"), timeout_rate=0.241)],
            "Carrier pickup misses its allowance for 24.1 % of orders",
            "red",
        ),
        (
            [red_node(reason=Reason("overdue"), newly_overdue=38)],
            "Carrier pickup: 38 orders newly overdue in the last hour",
            "red",
        ),
        ([node_snapshot("pick"), grey_node()], "Nothing slower than usual; 1 node has too few orders to tell", ""),
        ([grey_node()], "Too few orders to tell", ""),
        ([empty_node("pickup")], "Waiting for the first orders", ""),
        ([], "Waiting for the first orders", ""),
    ],
)
def test_headline(nodes: list[NodeSnapshot], en: str, colour: str) -> None:
    """The finding names the worst node, or how many are slow, or that all is well; its colour is the worst status."""
    assert plain(headline(context(), snapshot(*nodes))) == en
    assert tone(snapshot(*nodes)) == colour


@pytest.mark.parametrize(
    ("node", "en", "zh"),
    [
        (red_node(), "Orders take 3.1 times the usual 1 h 12 min", "订单耗时是平时 1 小时 12 分的 3.1 倍"),
        (
            red_node(reason=Reason("rate"), timeout_rate=0.241, timeout_rate_low=0.207, timeout_rate_high=0.279),
            "Timeout rate 24.1 % is surely above the tolerated 10 % (20.7–27.9)",
            "超时率 24.1 % 可确定高于容许的 10 %（20.7–27.9）",
        ),
        (
            red_node(reason=Reason("overdue", {"usual": 2.0}), newly_overdue=38),
            "38 newly overdue in the last hour, usually 2",
            "最近一小时新增超时 38 单，平时 2 单",
        ),
        (grey_node(), "Too few orders to tell (12 in 24 h)", "订单太少，无法判断（24 小时内 12 单）"),
        (
            node_snapshot(reason=Reason("no_baseline"), congestion_index=None),
            "Nothing usual to compare with yet",
            "尚无平时水平可比较",
        ),
        (node_snapshot(), "As usual: orders take 1.0 times the usual 1 h 12 min", None),
        (
            node_snapshot(congestion_index=0.3),
            "Faster than usual: orders take 0.3 times the usual 1 h 12 min",
            "快于平时：订单耗时是平时 1 小时 12 分的 0.3 倍",
        ),
    ],
)
def test_reason_sentence(lifeline: Lifeline, node: NodeSnapshot, en: str, zh: str | None) -> None:
    """The rule that fired, in words, with the figures that it compared."""
    assert plain(reason_sentence(Texts("en"), node, lifeline.node(node.key))) == en
    if zh is not None:
        assert plain(reason_sentence(Texts("zh"), node, lifeline.node(node.key))) == zh


def test_optimisation_prefers_the_exception(lifeline: Lifeline) -> None:
    """What helps against the most frequent exception, else what helps at the node."""
    printer = node_snapshot(top_exception="label_printer_offline")
    assert optimisation_text(Texts("en"), lifeline, printer) == "Backup label provider after 2 h"
    assert optimisation_text(Texts("en"), lifeline, node_snapshot()) == "Call an extra pickup"
    assert optimisation_text(Texts("en"), lifeline, node_snapshot(top_exception="unheard_of")) == "Call an extra pickup"


def page(view: Context, *nodes: NodeSnapshot, silence: float | None = 1.0) -> Component:
    """The whole page of these nodes."""
    values = {"channel": ["douyin", "tmall"], "warehouse": ["HZ1"]}
    return lifeline_page(LifelineView(snapshot(*nodes, silence=silence), {"pickup": (3, 9, 27)}, values), view)


def test_table_has_a_row_per_node_in_order() -> None:
    """The chain's text twin: one row per node, in the lifeline's order, with its numbers."""
    view = context()
    built = page(
        view, *(red_node(node.key) if node.key == "pickup" else node_snapshot(node.key) for node in view.lifeline)
    )
    assert [text_of(name) for name in with_class(built, "row-name")] == [view.node_name(node) for node in view.lifeline]
    row = next(part for part in components(built) if getattr(part, "id", None) == ids.live("row", "pickup"))
    assert "Logistics" in text_of(row) and "462" in text_of(row) and "214" in text_of(row)


def test_heads_are_explained() -> None:
    """Each column's head has a short explanation."""
    heads = with_class(page(context(), node_snapshot()), "explained")
    assert len(heads) == 9
    assert all(len(head.title) > 10 for head in heads)


def test_unknown_is_a_dash_that_is_spoken() -> None:
    """A null is never 0: a dash to the eye, words to the ear."""
    built = page(context(), grey_node())
    row = text_of(
        next(part for part in components(built) if getattr(part, "id", None) == ids.live("row-mean", "pickup"))
    )
    assert row == "–not known"


def test_empty_and_no_match() -> None:
    """Nothing at all says how to fill the page; nothing in a slice offers to clear it."""
    assert with_class(page(context(), empty_node("pickup")), "state-empty")
    sliced = page(context(slice=Slice.parse("channel=douyin")), empty_node("pickup"))
    assert with_class(sliced, "state-no-match")
    clear = with_class(sliced, "button-primary")[0]
    assert clear.href == "/"


def test_a_time_without_orders_leads_back_to_the_present() -> None:
    """Nobody asked for a part of the orders, so that there is no filter to clear."""
    then = page(context(at=NOON), empty_node("pickup"))
    assert text_of(with_class(then, "state-title")) == "No orders at that time"
    back = with_class(then, "button-primary")[0]
    assert (text_of(back), back.href) == ("Back to live", "/")
    short = page(context(window=timedelta(minutes=5)), empty_node("pickup"))
    assert "No order was seen in this window." in text_of(short)


def test_the_empty_page_fills_in_place() -> None:
    """The empty page has the live parts of the full one, so that the first order needs no reload."""
    empty = live_props(page(context(), empty_node("pickup")))
    full = live_props(page(context(), node_snapshot("pickup")))
    assert empty.keys() == full.keys()
    assert empty["live:notice"]["children"] != full["live:notice"]["children"]


@pytest.mark.parametrize(
    ("silence", "level", "words"),
    [
        (1.0, "live", ""),
        (119.0, "live", ""),
        (121.0, "behind", "No source has reported since"),
        (901.0, "stale", "check"),
    ],
)
def test_stale(silence: float, level: str, words: str) -> None:
    """Over two minutes of silence a banner warns, over 15 the whole content greys."""
    built = page(context(), node_snapshot(), silence=silence)
    assert with_class(built, "content")[0].className == f"content is-{level}"
    assert words in text_of(with_class(built, "banners")[0])
    assert bool(with_class(built, "banner-stale")) == (level == "stale")


def test_what_was_heard_last_is_one_click_away() -> None:
    """Old orders, freshly imported, are all grey at the present: the banner leads to the instant of the last word."""
    built = page(context(), node_snapshot(), silence=86_400.0)
    (link,) = with_class(built, "banner-link")
    assert (text_of(link), link.href) == ("Show that time", "/?at=2026-03-01T04:00:01Z")


def test_past_and_backfill_banners() -> None:
    """A past instant says so and leads back; making demo orders says how far it is."""
    past = page(context(at=NOON, slice=Slice.parse("channel=jd")), node_snapshot(), silence=99_999.0)
    back = with_class(past, "banner-link")[0]
    assert back.href == "/?slice=channel=jd"
    assert not with_class(past, "is-stale")
    filling = page(context(backfill=0.43), empty_node("pickup"), silence=None)
    assert "43 %" in plain(text_of(with_class(filling, "banners")[0]))


def test_landmarks_and_headings() -> None:
    """One main, one heading of the first level, a skip link to the main part, and the page's language."""
    built = page(context("zh"), node_snapshot())
    kinds = [type(part).__name__ for part in components(built)]
    assert [kinds.count(kind) for kind in ("Main", "H1", "Nav", "Header")] == [1, 1, 1, 1]
    assert with_class(built, "skip")[0].href == f"#{ids.MAIN}"
    assert with_class(built, "shell")[0].lang == "zh-Hans"


def test_pickers_are_links_that_keep_the_rest() -> None:
    """Each choice is an address; the present one is marked."""
    view = context(slice=Slice.parse("channel=tmall"), window=timedelta(hours=4), pinned=frozenset({"lang"}))
    built = page(view, node_snapshot())
    addresses = [link.href for link in with_class(built, "picker-option")]
    assert "/?slice=channel=douyin&window=4h&lang=en" in addresses
    assert "/?slice=channel=tmall&lang=en" in addresses  # the window back to automatic
    assert [text_of(value) for value in with_class(built, "picker-value")] == [
        "Channel: Tmall",
        plain("4 hours").replace(" ", "\xa0"),
    ]


def test_switches_keep_the_view() -> None:
    """Language and theme change in the address, nothing else does."""
    view = context(slice=Slice.parse("channel=tmall"), path="/node/pick")
    assert view.link(lang="zh") == "/node/pick?slice=channel=tmall&lang=zh"
    assert view.link(theme="dark") == "/node/pick?slice=channel=tmall&theme=dark"
    assert view.order_link("DB/1 2") == "/order/DB/1%202"


@pytest.mark.parametrize(("hours", "text"), [(1, "1h"), (4, "4h"), (24, "1d"), (168, "7d"), (0.5, "30m")])
def test_window_round_trip(hours: float, text: str) -> None:
    """A window is read back as it was written."""
    assert window_text(timedelta(hours=hours)) == text
    assert parse_window(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1w", "h", "1.5h"])
def test_bad_windows(text: str) -> None:
    """What is no window is refused."""
    with pytest.raises(ValueError, match="window"):
        parse_window(text)


def test_search_results() -> None:
    """Found orders are links, nothing found says so, nothing asked shows nothing."""
    assert search_results(context(), " ", []) == []
    assert "x9" in text_of(search_results(context(), "x9", []))
    found = search_results(context(), "DB", [("DB1", "6921"), ("DB2", None)])
    assert [part.href for part in components(found) if type(part).__name__ == "Link"] == ["/order/DB1", "/order/DB2"]


def test_more_found_than_listed() -> None:
    """Ten of eleven are listed, and that there are more is seen and not counted."""
    found = search_results(context(), "DB", [(f"DB{number}", None) for number in range(11)])
    assert len([part for part in components(found) if type(part).__name__ == "Link"]) == 10
    assert "More than 10 orders begin with “DB”" in text_of(found)


def test_failed_state_says_what_to_do() -> None:
    """A failure is announced and offers to try again."""
    built = failed_state(context())
    assert built.role == "alert"
    assert with_class(built, "button-primary")[0].href == "/"


def test_spark_is_quiet_when_little_changes() -> None:
    """Two per cent up and down stay near the middle; a doubling fills the height."""
    quiet = [float(point.split(",")[1]) for point in spark_points([100, 102, 100, 102]).split()]
    loud = [float(point.split(",")[1]) for point in spark_points([100, 150, 200]).split()]
    assert max(quiet) - min(quiet) < 2
    assert (loud[0], loud[-1]) == (22, 2)


@pytest.mark.parametrize("count", [0, 1, 2, 4, 20])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_any_number_of_nodes(count: int, lang: str) -> None:
    """The page is built for any length of lifeline."""
    base = context().lifeline
    nodes = tuple(replace(base.nodes[i % 12], key=f"n{i}", position=i) for i in range(count))
    view = context(lang, lifeline=replace(base, nodes=nodes))
    built = page(view, *(red_node(node.key, in_progress=123_456, overdue=98_765) for node in nodes))
    assert len(with_class(built, "chain-link")) == len(with_class(built, "row")) == count


def test_a_silent_source_takes_the_colour_and_says_since_when() -> None:
    """At noon the carrier was last heard at 11:40 (Shanghai): word, reason, class and headline tell it."""
    told = Source("carrier", NOON, NOON - timedelta(minutes=20), None, ("pickup",), 0)
    silent = outranked(snapshot(node_snapshot("pick"), red_node("pickup")), [told])
    view = context(sources=(told,))
    built = lifeline_page(LifelineView(silent), view)
    node = next(part for part in components(built) if getattr(part, "id", None) == ids.live("chain-node", "pickup"))
    assert node.className == "chain-node is-grey is-old"
    assert "silent" in text_of(node)
    assert "Carrier has been silent since 11:40: these numbers may be old" in text_of(node)
    assert headline(view, silent) == "Carrier has been silent since 11:40: 1 node cannot be told"
    assert "Carrier has been silent since 11:40." in text_of(with_class(built, "banners")[0])
    assert plain(text_of(with_class(built, "sources-line")[0])) == "Carrier silent for 20 min"
    assert with_class(built, "sources-link")[0].href == "/sources"


def test_a_quiet_source_is_said_and_the_colour_stays() -> None:
    """Five minutes: the node is still red, a normal one is marked by a word; no banner."""
    told = Source("wms", NOON, NOON - timedelta(minutes=5), None, ("pick", "pack"), 0)
    quiet = outranked(snapshot(node_snapshot("pick"), red_node("pack")), [told])
    built = lifeline_page(LifelineView(quiet), context(sources=(told,)))
    words = [text_of(part) for part in with_class(built, "chain-word")]
    assert words == ["source quiet", "congested"]
    assert text_of(with_class(built, "banners")[0]) == ""
    assert plain(text_of(with_class(built, "sources-line")[0])) == "WMS quiet for 5 min"
