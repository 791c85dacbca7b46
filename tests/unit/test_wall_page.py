"""The wall: what it says, in every state, for any lifeline."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest

from callbacks.rendering import rendered
from dashboard.explanation import Explanation
from dashboard.lifeline import Lifeline
from dashboard.snapshot import NodeSnapshot, Reason, Snapshot, Status
from dashboard.sources import Source, outranked
from dashboard.throughput import Throughput, UsualDay
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.live import live_props
from layouts.message_page import failed_page
from layouts.wall_chart import SCENE, line_image, smooth_band
from layouts.wall_page import SceneView, WallView, wall_page, wrong_scenes_page
from layouts.wall_problems import problem_nodes, rows
from layouts.wall_scenes import Scene, SceneError, read_scenes
from layouts.wall_throughput import throughput_panel
from tests.builders import NOON
from tests.looks import context, empty_node, grey_node, node_snapshot, red_node, snapshot, text_of, with_class

USUAL = UsualDay(2370, 4700, (80.0,) * 24, (120.0,) * 24, 20)
TODAY = Throughput("dispatch", NOON, 1942, 0.5, ((0.25, 100.0), (0.5, 50.0)), USUAL)
PRINTER = Explanation(
    (("exception", "label_printer_offline"), ("warehouse", "HZ1")), 300, 214, Decimal(61300), 200, 0.71, 8, 5, 12
)
SPACES = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{THIN SPACE}": ""})


def plain(text: str) -> str:
    """The text with plain spaces."""
    return text.translate(SPACES)


def late(key: str = "pickup", **changes) -> NodeSnapshot:
    """The red node of the picture."""
    figures = {"oldest_overdue_seconds": 22_320.0, "overdue_amount": Decimal("61300.00")}
    return red_node(key, **{**figures, "since": NOON - timedelta(minutes=87), **changes})


def wall(shown: Snapshot, view: Context | None = None, scenes: str = "", causes=dict):
    """The page with these scenes of one snapshot."""
    view = view or context(path="/wall")
    values = {"channel": ["douyin", "tmall"]}
    views = [SceneView(s, shown, lambda _: TODAY, causes) for s in read_scenes(scenes, view.lifeline, values)]
    return wall_page(WallView(views, timedelta(seconds=20), "e1", values), view)


def of(page, name: str) -> list[str]:
    """The words of the parts with a class."""
    return [plain(text_of(part)) for part in with_class(page, name)]


def test_the_problem_in_words():
    """Figure, name, count, oldest age, money, what explains it and helps, whose turn, since when (Shanghai time)."""
    page = wall(snapshot(late(), node_snapshot("pick")), causes=lambda: {"pickup": PRINTER})
    assert of(page, "wall-figure") == ["×3.1"]
    assert of(page, "wall-word") == ["congested"]
    assert of(page, "wall-problem-name") == ["Carrier pickup"]
    assert of(page, "wall-problem-head") == ["Carrier pickup214 overdue, oldest 6 h 12 min · ¥61,300"]
    assert of(page, "wall-problem-cause") == [
        "Label printer offline at Hangzhou 1 explains 71%Backup label provider after 2 h"
    ]
    assert of(page, "wall-problem-whose") == ["Logisticssince 10:33"]
    assert of(page, "wall-finding") == ["Carrier pickup is three times slower than usual"]
    assert with_class(page, "wall-finding")[0].className == "wall-finding finding-red"


def test_the_problem_in_chinese():
    """The same."""
    page = wall(snapshot(late()), context("zh", path="/wall"), causes=lambda: {"pickup": PRINTER})
    assert of(page, "wall-problem-head") == ["物流揽收超时 214 单，最久 6 小时 12 分 · ¥61,300"]
    assert of(page, "wall-problem-cause")[0].startswith("杭州一仓面单打印机离线")
    assert of(page, "wall-problem-whose") == ["物流始于 10:33"]


def test_without_an_explanation_the_most_frequent_exception_is_told_else_the_rule():
    """And what helps against the exception."""
    told = [late(top_exception="label_printer_offline"), late("pick", baseline_seconds=4320.0)]
    assert of(wall(snapshot(*told)), "wall-problem-cause") == [
        "Mostly: Label printer offlineBackup label provider after 2 h",
        "Orders take 3.1 times the usual 1 h 12 min",
    ]


def test_the_figure_is_that_of_the_rule():
    """A rate and a count have their own words."""
    rate = late("pay", reason=Reason("rate"), timeout_rate=0.241)
    more = late("pick", reason=Reason("overdue"), newly_overdue=38)
    page = wall(snapshot(rate, more))
    assert list(zip(of(page, "wall-figure"), of(page, "wall-word"), strict=True)) == [
        ("24%", "late"),
        ("+38", "newly late"),
    ]


def test_the_gravest_first_then_what_to_watch():
    """Deep red, red, amber; then by overdue orders; three at most; a silent node is no problem of its own."""
    deep = late("pay", status=Status.DEEP_RED)
    amber = late("pack", status=Status.AMBER, congestion_index=1.6)
    watched = [node_snapshot("sign", overdue=4), node_snapshot("close", overdue=90)]
    names = [node.key for node in problem_nodes(snapshot(*watched, amber, late(), deep))]
    assert names == ["pay", "pickup", "pack"]
    assert [node.key for node in problem_nodes(snapshot(*watched, deep))] == ["pay", "close", "sign"]
    assert problem_nodes(snapshot(node_snapshot("pick"))) == []


def test_quiet_is_said_and_what_is_nearest_to_slow():
    """12 nodes would be 12; here three, one of them with too few orders; 6 overdue and within what is usual."""
    shown = snapshot(
        node_snapshot("pay"), node_snapshot("pick", congestion_index=1.3, overdue=6), grey_node("pack", in_progress=9)
    )
    calm, watched = rows(context(), shown, {})
    assert (calm.name, calm.facts) == ("Nothing is worse than usual", "2 of 3 nodes as usual · 89 orders in progress")
    assert calm.cause == "6 overdue, no more than usual · slowest is Picked at ×1.3"
    assert (watched.name, watched.word) == ("Picked", "normal")


def test_only_where_no_order_is_overdue_nothing_needs_anybody():
    """What is usual may be bad enough for those who wait."""
    (calm,) = rows(context(), snapshot(node_snapshot("pay")), {})
    assert (calm.name, calm.cause.partition(" · ")[0]) == ("Nothing needs anybody now", "No order is overdue")


def test_too_few_orders_are_no_calm():
    """Nothing can be told, and green would be a lie."""
    (row,) = rows(context(), snapshot(grey_node("pay"), grey_node("pick")), {})
    assert (row.status, row.name) == (Status.GREY, "Nothing can be told yet")
    assert row.cause == "The first findings come with some more orders"


def test_a_silent_source_stands_between_red_and_amber():
    """WMS was last heard at 11:40: its nodes cannot be told."""
    told = Source("wms", NOON, NOON - timedelta(minutes=20), None, ("pick", "pack"), 0)
    amber = late("pay", status=Status.AMBER, congestion_index=1.6)
    shown = outranked(snapshot(late(), amber, node_snapshot("pick"), node_snapshot("pack")), [told])
    found = rows(context(sources=(told,)), shown, {})
    assert [row.name for row in found] == ["Carrier pickup", "WMS", "Paid"]
    assert plain(found[1].facts) == "silent for 20 min"
    assert (found[1].cause, found[1].since) == ("Cannot be told: Picked, Packed", "since 11:40")


def test_stale_outranks_everything():
    """No source for 23 minutes: the content is grey, the finding says the time of the data, no colour is left in it."""
    page = wall(snapshot(late(), silence=1380))
    content = next(part for part in with_class(page, "wall-content"))
    assert "is-stale" in content.className.split()
    assert of(page, "wall-finding") == ["No source has reported for 23 min: this is the picture of 11:37"]
    assert with_class(page, "wall-finding")[0].className == "wall-finding finding-stale"
    assert of(page, "wall-voice") == ["No source heard for 23 min"]


def test_behind_marks_the_words_and_leaves_the_colours():
    """Four minutes."""
    page = wall(snapshot(late(), silence=240))
    assert with_class(page, "wall-voice")[0].className == "wall-voice is-behind"
    assert of(page, "wall-finding") == ["Carrier pickup is three times slower than usual"]


def test_the_clock_and_the_time_of_the_data_are_the_stores():
    """Noon in Shanghai, 04:00 where the address asks for UTC."""
    page = wall(snapshot(late()))
    assert (of(page, "wall-clock"), of(page, "wall-as-of")) == (["12:00"], ["As of 12:00:00"])
    assert of(wall(snapshot(late()), context(path="/wall", zone="UTC")), "wall-clock") == ["04:00"]


def test_throughput_in_words():
    """1,942 against 2,370 is 18 % less; 126 overdue orders are promises at risk."""
    panel = throughput_panel(context(), TODAY, 126)
    assert of(panel, "wall-throughput-title") == ["Dispatched today, against usual"]
    assert of(panel, "wall-throughput-count") == ["1,942"]
    assert of(panel, "wall-throughput-beside") == ["usually 2,370 by nowpromise at risk for 126"]
    (delta,) = with_class(panel, "wall-delta")
    assert (plain(text_of(delta)), delta.className) == ("−18% behind usual", "wall-delta is-behind")


@pytest.mark.parametrize(
    ("count", "words", "shade"),
    [
        (2370, "±0% ahead of usual", ""),
        (2607, "+10% ahead of usual", ""),
        (1185, "−50% behind usual", " is-far-behind"),
    ],
)
def test_the_difference_has_a_sign_and_a_colour_where_it_matters(count: int, words: str, shade: str):
    """From a tenth behind on."""
    (delta,) = with_class(throughput_panel(context(), replace(TODAY, so_far=count), 0), "wall-delta")
    assert (plain(text_of(delta)), delta.className) == (words, f"wall-delta{shade}")


def test_nothing_usual_is_said():
    """A new shop has a count, and no comparison."""
    panel = throughput_panel(context(), replace(TODAY, usual=None), 0)
    assert of(panel, "wall-throughput-beside") == ["nothing usual to compare with yetno promise at risk"]
    assert of(panel, "wall-delta") == [""]
    assert with_class(panel, "flow-band") == []


def test_the_line_is_drawn_where_the_orders_are():
    """Half of the day gone at half of the height: in the middle of the picture."""
    image = unquote(line_image(((0.0, 0.0), (0.5, 50.0)), 100.0, SCENE))
    assert re.findall(r"points='([^']*)'", image) == [f"0,{SCENE.height} 500,{SCENE.height / 2:g}"]


def test_the_band_is_level_where_the_usual_is():
    """80 to 120 all day; with a steep hour it never crosses itself or falls below nothing."""
    low, high = smooth_band(TODAY)
    assert (set(low), set(high)) == ({80.0}, {120.0})
    steep = replace(USUAL, low=(0.0,) * 12 + (90.0,) + (0.0,) * 11, high=(1.0,) * 12 + (100.0,) + (1.0,) * 11)
    low, high = smooth_band(replace(TODAY, usual=steep))
    assert all(0 <= a <= b for a, b in zip(low, high, strict=True))


def test_the_chart_has_its_numbers_for_those_who_hear_it():
    """24 hours, today's and the usual ones."""
    (table,) = [
        part for part in with_class(throughput_panel(context(), TODAY, 0), "visually-hidden") if "06" in text_of(part)
    ]
    assert "0610080–120" in plain(text_of(table))


def test_scenes_take_turns_on_one_page():
    """Each has its finding, its name and ids of its own; the first one's are those of a wall without scenes."""
    page = wall(snapshot(late()), scenes="wall,lifeline,node:pickup,channel=douyin")
    assert [part.className for part in with_class(page, "wall-scene")] == [
        f"wall-scene scene-{kind}" for kind in ("wall", "lifeline", "node", "wall")
    ]
    assert of(page, "wall-turn") == ["Everything", "Lifeline", "Carrier pickup", "Channel: Douyin"]
    assert of(page, "wall-finding")[3].startswith("Channel: DouyinCarrier pickup")
    ids = live_props(page)
    assert {"live:chain-count:pickup", "live:scene-2:chain-count:pickup", "live:scene-4:problems"} <= set(ids)


def test_one_scene_has_no_turns():
    """Nothing to turn to."""
    assert with_class(wall(snapshot(late())), "wall-turns") == []


def test_the_worst_node_fills_a_scene():
    """Whichever it is now; where all is well, the first of the lifeline."""
    page = wall(snapshot(node_snapshot("place"), late()), scenes="node")
    assert of(page, "wall-node-name") == ["Carrier pickup"]
    assert of(page, "wall-node-figure") == ["×3.1"]
    assert of(wall(snapshot(node_snapshot("place"), node_snapshot("pay")), scenes="node"), "wall-node-name") == [
        "Order placed"
    ]


def test_the_shape_stays_from_tick_to_tick():
    """Red, calm, silent, stale or empty: the hub sends differences, never the whole page."""
    told = Source("wms", NOON, NOON - timedelta(minutes=20), None, ("pickup",), 0)
    states = [
        snapshot(late()),
        snapshot(node_snapshot("pickup")),
        outranked(snapshot(late()), [told]),
        snapshot(late(), silence=1380),
        snapshot(empty_node("pickup")),
    ]
    for scenes in ("", "wall,problems,throughput,lifeline,node:pickup"):
        shapes = {rendered(wall(state, scenes=scenes)).shape for state in states}
        assert len(shapes) == 1


def test_any_state_becomes_any_other_in_place():
    """A wall that could not be read has the same live frame as one that could: its content is all that is replaced."""
    failed = rendered(failed_page(context(path="/wall"), Freshness(NOON)))
    whole = rendered(wall(snapshot(late())))
    assert set(whole.whole) == set(failed.whole) == {"live:content"}


def test_an_empty_shop_says_what_fills_it():
    """In the place of the problems."""
    page = wall(snapshot(empty_node("place"), empty_node("pay")))
    assert of(page, "wall-finding") == ["Waiting for the first orders"]
    assert of(page, "state-title") == ["No orders yet"]
    assert with_class(page, "wall-problem") == []


def test_no_match_offers_to_clear_the_filter():
    """A slice that holds no order."""
    page = wall(snapshot(empty_node("place")), scenes="channel=none")
    assert of(page, "state-title") == ["Nothing matches this filter"]


def test_a_failing_part_leaves_the_others():
    """Throughput breaks, the problems stand; causes break, the problems are told without."""

    def broken(*_):
        raise RuntimeError

    reported = []
    view = replace(context(path="/wall"), report=lambda part, _: reported.append(part) or "broken")
    page = wall_page(
        WallView([SceneView(Scene(), snapshot(late()), broken, broken)], timedelta(seconds=20), "e1", {}), view
    )
    assert of(page, "state-title") == ["This panel could not be shown"]
    assert of(page, "wall-problem-name") == ["Carrier pickup"]
    assert sorted(reported) == ["causes", "throughput"]


def test_wrong_scenes_are_told_with_those_that_there_are():
    """And the way to the whole wall."""
    page = wrong_scenes_page(context(path="/wall"), SceneError("scene", "nope"), Freshness(NOON))
    words = text_of(page)
    assert "There is no scene “nope”" in words
    assert all(name in words for name in ("lifeline", "problems", "throughput", "node:KEY", "channel=*"))
    assert with_class(page, "button-primary")[0].href == "/wall"


def lifeline_of(count: int, **label: str) -> Lifeline:
    """A lifeline of so many nodes."""
    base = context().lifeline
    nodes = [replace(base.nodes[i % 12], key=f"n{i}", position=i) for i in range(count)]
    return replace(base, nodes=tuple(replace(node, label=label) if label else node for node in nodes), throughput="")


@pytest.mark.parametrize("count", [1, 2, 4, 12, 20])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_any_lifeline_all_red_with_large_numbers_and_long_names(count: int, lang: str):
    """Six-digit counts, a long Chinese name on every node."""
    lifeline = lifeline_of(count, en="International consolidation warehouse", zh="国际跨境保税集货仓复核称重")
    nodes = [late(node.key, in_progress=456_789, overdue=123_456) for node in lifeline]
    page = wall(snapshot(*nodes), context(lang, lifeline, path="/wall"), "wall,problems,node")
    assert len(with_class(page, "chain-link")) == count
    assert len(with_class(page, "wall-problem")) == 2 * min(3, count)
    assert "123,456" in text_of(page)


def test_a_lifeline_without_nodes():
    """Nothing configured, nothing broken."""
    page = wall(snapshot(), context(lifeline=lifeline_of(0), path="/wall"), "wall,node")
    assert of(page, "state-title") == ["No orders yet", "No orders yet"]


def test_links_of_the_wall_keep_its_scenes():
    """The switch of the language leads to the same wall; a node's page knows nothing of scenes."""
    view = context(path="/wall", own={"scenes": "wall,problems"})
    page = wall(snapshot(late()), view)
    hrefs = [part.href for part in with_class(page, "wall-tools")[0].children if hasattr(part, "href")]
    assert hrefs == []
    assert view.link(lang="zh") == "/wall?lang=zh&scenes=wall,problems"
    assert with_class(page, "chain-link")[0].href == "/node/pickup"
