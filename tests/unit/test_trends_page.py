"""The trends page: its finding, its rows, its figures by their values, and its four states; in both languages."""

from dataclasses import replace
from datetime import timedelta

import plotly.graph_objects as go
import pytest

from dashboard.snapshot import Status
from dashboard.status_runs import Run
from dashboard.trends import BESIDE, NUMBERS, Mark, Step, Tip, Trend
from layouts.context import parse_window
from layouts.cumulative_panel import flow_rows
from layouts.live import live_props
from layouts.shell import Freshness
from layouts.theme import LIGHT
from layouts.trend_figure import trend_figure
from layouts.trend_labels import apart, congestions
from layouts.trend_panel import trend_rows
from layouts.trend_shown import Shown
from layouts.trend_words import finding, number_words, span_text, span_words
from layouts.trends_page import TrendsView, trends_page
from tests.builders import NOON, hours, minutes
from tests.looks import components, context, text_of, with_class

WEEK = timedelta(days=7)
STEPS = tuple(Step(hours(n), hours(n + 1), hours(n)) for n in range(-4, 0))
KEYS = [node.key for node in context().lifeline]
SPACE = "\N{NO-BREAK SPACE}"


def trend(key: str, **numbers: tuple) -> Trend:
    """Four hours to noon: 40 in progress, nothing else known but what is given."""
    unknown = dict.fromkeys((*NUMBERS, *BESIDE), (None,) * 4)
    return Trend(key, STEPS, {**unknown, "in_progress": (40,) * 4, **numbers}, (9,) * 4, (Status.GREEN,) * 4)


def runs(*spans: tuple[float, float, Status]) -> tuple[Run, ...]:
    """Runs from and to so many hours after noon, as logged."""
    return tuple(Run(hours(start), hours(end), status, logged=True) for start, end, status in spans)


CALM = runs((-4, 0.5, Status.GREEN))
RED = runs((-4, -3, Status.GREEN), (-3, -2, Status.RED), (-2, 0.5, Status.DEEP_RED))
SLOW = runs((-4, -3, Status.AMBER), (-3, 0.5, Status.GREEN))


def view(**changes) -> TrendsView:
    """All calm but the pickup, which is red since nine in the morning; it is half past twelve."""
    index = (1.0, 2.5, 4.5, 5.0)
    trends = {key: trend(key) for key in KEYS} | {"pickup": trend("pickup", congestion_index=index)}
    numbers = {**dict.fromkeys((*NUMBERS, *BESIDE)), "in_progress": 40, "congestion_index": 1.0}
    tips = {key: Tip(minutes(30), numbers, Status.GREEN) for key in KEYS}
    tips["pickup"] = Tip(minutes(30), numbers | {"congestion_index": 4.8}, Status.DEEP_RED)
    calm = TrendsView(
        trends=trends,
        tips=tips,
        runs=dict.fromkeys(KEYS, CALM) | {"pickup": RED},
        firsts=dict.fromkeys(KEYS, hours(-200)),
        since=hours(-4),
        until=minutes(30),
        axis_end=hours(1),
        span=timedelta(hours=4),
        freshness=Freshness(minutes(30), 1.0),
        before=lambda key: trend(key, congestion_index=(0.9, 1.1, 1.0, 1.2)),
        marks=lambda: [Mark("incident", "printer-offline", hours(-3), None, "pickup", {"warehouse": "HZ1"})],
    )
    return replace(calm, **changes)


def page(lang: str = "en", **changes):
    """The page as a person has it before them."""
    return trends_page(view(**changes), context(lang, path="/trends"))


def by_id(built, part_id: str):
    """The part with this id."""
    return next(part for part in components(built) if getattr(part, "id", None) == part_id)


def figure(built, name: str = "trend"):
    """A figure of the page, as Plotly reads it."""
    return by_id(built, f"live:{name}-figure").figure


def test_the_finding_names_node_time_and_day():
    """Five hours on Monday and Tuesday, two on Monday; in a week the day is told, and that another was red too."""
    told = {"pay": CALM, "pickup": runs((-2, 3, Status.RED)), "sign": runs((1, 3, Status.RED))}
    assert finding(context(), told, WEEK) == (
        f"Carrier pickup was congested for 5{SPACE}h in these 7{SPACE}days, most on Monday; 1 other node for less"
    )
    assert finding(context("zh"), {"pickup": RED}, WEEK) == (
        f"这 7{SPACE}天内，物流揽收拥堵 3{SPACE}小时{SPACE}30{SPACE}分，周一最多"
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"pay": SLOW}, f"No node was congested in these 7{SPACE}days; Paid was slow for 1{SPACE}h"),
        ({"pay": CALM}, f"No node was slow or congested in these 7{SPACE}days"),
        ({"pay": runs((-4, 0, Status.GREY))}, f"Too few orders in these 7{SPACE}days to tell"),
    ],
    ids=["slow", "calm", "grey"],
)
def test_the_finding_of_better_weeks(told, words):
    """Slow is told where nothing was congested; nothing known is not calm."""
    assert finding(context(), told, WEEK) == words


@pytest.mark.parametrize(("text", "words"), [("12w", "12 weeks"), ("28d", "28 days"), ("24h", "24 hours")])
def test_a_span_reads_as_it_is_written(text, words):
    """The link and the words of each choice."""
    span = timedelta(weeks=12) if text == "12w" else parse_window(text)
    assert (span_text(span), span_words(context(), span)) == (
        text,
        words.replace(" ", SPACE),
    )


def test_numbers_carry_their_units():
    """Index, share, seconds, count; what is not known is a dash."""
    values = {"congestion_index": 2.31, "timeout_rate": 0.241, "mean_seconds": 13_320.0, "in_progress": 1204.0}
    told = [number_words(context(), number, value) for number, value in values.items()]
    assert told == ["×2.3", "24.1\N{THIN SPACE}%", f"3.7{SPACE}h", "1,204"]
    assert number_words(context(), "load_index", None) == "–"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_node_has_a_row_that_leads_to_it(lang):
    """Its link keeps the address; the red one says for how long and since when, to the eye and to the ear."""
    built = page(lang)
    links = {part.id: part.href for part in with_class(built, "trend-link")}
    assert links == {f"trend-{key}": f"/trends?node={key}" for key in KEYS}
    said = text_of(by_id(built, "live:trend-time:pickup"))
    assert (
        said
        == {"en": f"3{SPACE}h{SPACE}30{SPACE}minsince 09:00", "zh": f"3{SPACE}小时{SPACE}30{SPACE}分自 09:00 起"}[lang]
    )
    assert "×5.0" in text_of(by_id(built, "live:trend-said:pickup"))
    assert text_of(by_id(built, "live:trend-now:pickup")) == "×4.8"


def test_the_strip_tells_by_height_as_by_colour():
    """Red, amber and green are layers of their own: green to 9:00, red to half past twelve, of five hours."""
    strip = by_id(page(), "live:trend-strip:pickup").style["backgroundImage"]
    red, amber, green = strip.split("), ")
    assert "var(--congested) 20.0% 40.0%" in red and "var(--congested) 40.0% 90.0%" in red
    assert "var(--slow)" not in amber
    assert "var(--band) 0.0% 20.0%" in green


def test_the_worst_node_is_shown_large_unless_another_is_asked_for():
    """The title names it; the number and the span stay in its links."""
    assert text_of(by_id(page(), "live:trend-title")) == "Carrier pickup: Congestion index"
    assert text_of(by_id(page(node="pay", number="in_progress"), "live:trend-title")) == "Paid: In progress"


def test_the_figure_has_the_line_the_span_before_and_the_present():
    """Four ends of hours and the present; the pale line of the four hours before; the dot is red."""
    shown = figure(page())
    go.Figure(shown)
    _, _, before, now, dot = shown["data"]
    assert now["y"] == [1.0, 2.5, 4.5, 5.0, 4.8]
    assert now["x"][0].endswith("09:00:00") and now["x"][-1].endswith("12:30:00")
    assert before["y"] == [0.9, 1.1, 1.0, 1.2]
    assert (dot["y"], dot["marker"]["color"]) == ([4.8], LIGHT.congested)
    words = [note["text"] for note in shown["layout"]["annotations"]]
    assert "<b>×4.8</b>" in words and f"4{SPACE}hours before" in words and "usual" in words
    assert f"congested 3{SPACE}h{SPACE}30{SPACE}min" in words
    assert "1 Label printer offline" in words


def test_a_congestion_is_one_however_deep():
    """Red, deep red and red again are one; a green hour between makes two."""
    told = runs((0, 1, Status.RED), (1, 2, Status.DEEP_RED), (2, 3, Status.GREEN), (3, 4, Status.RED))
    assert congestions(told) == [(hours(0), hours(2)), (hours(3), hours(4))]


@pytest.mark.parametrize("number", list(NUMBERS))
def test_every_number_can_be_drawn(number):
    """Whatever it measures, Plotly reads its figure and the ticks have words."""
    values = (0.5, None, 0.25, 1.0)
    trends = view().trends | {"pickup": trend("pickup", **{number: values})}
    shown = figure(page(number=number, trends=trends, tips={}))
    go.Figure(shown)
    assert len(shown["layout"]["yaxis"]["ticktext"]) >= 2
    assert shown["data"][3]["y"][1] is None


def test_what_is_not_known_says_so():
    """No value in the span: words in place of a line."""
    shown = figure(page(number="load_index", tips={}))
    assert [note["text"] for note in shown["layout"]["annotations"]] == ["Nothing is known of this number in this span"]


def test_marks_are_told_in_words():
    """The incident with node, place and that it goes on; without any that there was none."""
    assert text_of(by_id(page(), "live:trend-marks")) == (
        f"2{SPACE}Mar{SPACE}09:00, still going on Incident: Label printer offline · Carrier pickup, Hangzhou 1"
    )
    silent = Mark("incident", "source-silent", hours(-1), None, None, {"source": "wms"})
    assert text_of(by_id(page(marks=lambda: [silent]), "live:trend-marks")).endswith("Source system silent · WMS")
    assert "No incident" in text_of(by_id(page(marks=list), "live:trend-marks"))


def test_labels_are_kept_apart():
    """The first stays; the second goes to the nearer side; near the ground only upwards is free."""
    assert apart([5.0, 5.2], 1.0, 10.0) == [5.0, 6.0]
    assert apart([0.2, 0.1, 0.3], 1.0, 10.0) == [0.2, 1.2, 2.2]


def test_the_table_has_the_numbers_of_the_figure():
    """The newest first, with the span before and the status; only where it is asked for."""
    shown = Shown(
        context().lifeline.node("pickup"), "congestion_index", view().trends["pickup"], view().before("pickup"), None,
        RED, (), hours(-4), NOON, NOON, timedelta(hours=4),
    )  # fmt: skip
    assert [row[1:] for row in trend_rows(context(), shown)][:2] == [
        ["×5.0", "×1.2", "normal"],
        ["×4.5", "×1.0", "normal"],
    ]
    assert trend_figure(context(), shown)["data"][3]["y"] == [1.0, 2.5, 4.5, 5.0]
    assert with_class(page(), "twin-table") == []
    assert "now×4.8" in text_of(with_class(page(table="number"), "twin-table")[0])


def test_the_flow_ends_with_who_is_where():
    """Twelve nodes with forty each; through are those that came less those that stayed."""
    built = page()
    data = figure(built, "cumulative")["data"]
    go.Figure(figure(built, "cumulative"))
    assert [band["y"][-1] for band in data[1:]] == [40] * 12
    assert data[0]["y"] == [0, 9, 18, 27]
    assert data[1]["name"] == "After-sales closed"
    assert len(figure(page(upto="pay"), "cumulative")["data"]) == 3
    assert figure(page(shape="levels"), "cumulative")["data"][0]["y"] == [0] * 4
    assert flow_rows(context(), None) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_to_show_is_told_in_three_ways(lang):
    """No order ever; none of the slice; none in this span, with the way to the first."""
    none = {key: replace(trend(key, in_progress=(None,) * 4), came=(0,) * 4) for key in KEYS}
    empty = page(lang, trends=none, tips={}, firsts={})
    assert with_class(empty, "state-empty") and by_id(empty, "live:trends").hidden
    nothing_like_it = trends_page(
        view(trends=none, tips={}, slice_values={"channel": ["douyin"]}),
        replace(context(lang, path="/trends"), slice=type(context().slice)((("channel", "moon"),))),
    )
    assert "moon" in text_of(with_class(nothing_like_it, "state-no-match"))
    elsewhere = page(lang, trends=none, tips={})
    link = with_class(elsewhere, "button-primary")[0].href
    assert link.startswith("/trends?at=2026-02-2")


def test_a_panel_that_fails_leaves_the_others():
    """The span before cannot be read: its panel says so, rows and flow stand."""

    def broken(key: str):
        raise RuntimeError(key)

    built = trends_page(view(before=broken), context(path="/trends", report=lambda *_: "broken"))
    assert len(with_class(built, "panel-failed")) == 1
    assert with_class(built, "trend-rows") and by_id(built, "live:cumulative-figure").figure["data"]


def test_a_tick_keeps_the_shape():
    """Other numbers and another worst node: the same live parts."""
    other = page(runs=dict.fromkeys(KEYS, CALM) | {"pay": RED}, marks=list)
    assert live_props(page()).keys() == live_props(other).keys()


def test_links_keep_what_the_address_asks_for():
    """Number, span and node of the address are in the links to other choices; ``None`` drops one."""
    asked = replace(context(path="/trends"), own={"node": "pay", "span": "28d", "upto": "pay"})
    assert asked.link(more={"number": "overdue"}) == "/trends?node=pay&span=28d&upto=pay&number=overdue"
    assert asked.link(more={"upto": None}) == "/trends?node=pay&span=28d"
    assert asked.link("/") == "/"
