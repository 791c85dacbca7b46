"""The figures of the node page, by their values; each is also read by Plotly's own schema."""

from dataclasses import replace
from datetime import timedelta

import plotly.graph_objects as go
import pytest
from dash import html

from callbacks.rendering import rendered
from dashboard.series import DwellDistribution, FlowSeries
from layouts.dwell_panel import OPEN_FROM, dwell_figure, dwell_rows, position
from layouts.figures import graph, round_ticks
from layouts.flow_panel import drawn_steps, flow_figure, flow_rows, hourly, settled
from layouts.live import live_changes
from layouts.theme import DARK, LIGHT
from layouts.time_axis import time_ticks
from tests.builders import NOON, days, hours, minutes, seconds
from tests.looks import context

HOUR = 3600.0
DWELLS = DwellDistribution((0.0, 2 * HOUR, 4 * HOUR, 6 * HOUR), (30, 9, 2), (1, 4, 7))
FLOW = FlowSeries((hours(-2), hours(-1)), 3600, (20, 30), (10, 15), (110, 125))


def pickup():
    """A node with an allowance of 4 h."""
    return context().lifeline.node("pickup")


def words(figure):
    """The direct labels of a figure."""
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_bars_are_red_from_the_allowance_on():
    """Allowance 4 h, bars of 2 h: two quiet ones, one red; those still here are stacked on top, hatched."""
    figure = dwell_figure(context(), pickup(), DWELLS)
    left, waiting = figure["data"]
    assert left["y"] == [30, 9, 2] and waiting["y"] == [1, 4, 7]
    assert left["marker"]["color"] == [LIGHT.queue, LIGHT.queue, LIGHT.congested]
    assert waiting["marker"]["pattern"]["shape"] == "/" and figure["layout"]["barmode"] == "stack"


def test_the_allowance_is_a_line_with_its_words():
    """4 h is where the third bar begins: at 2 bars from the left."""
    figure = dwell_figure(context(), pickup(), DWELLS)
    assert [(shape["x0"], shape["x1"]) for shape in figure["layout"]["shapes"]] == [(2.0, 2.0)]
    assert "allowance 4\N{NO-BREAK SPACE}h" in words(figure)
    assert any("41 left" in text for text in words(figure)) and any("12 still here" in text for text in words(figure))


def test_a_label_beside_the_allowance_stands_above_all_the_bars_it_covers():
    """16 bars of half an hour, a label four of them wide; the one moved left of the line ends where the 8th bar does.

    It covers the 5th to the 8th bar, and the 5th is the highest of these: 70.
    """
    left = (10, 35, 40, 12) + (0,) * 12
    waiting = (100, 80, 75, 65, 70, 57, 55, 45, 18, 12) + (0,) * 6
    bars = DwellDistribution(tuple(1800.0 * step for step in range(17)), left, waiting)
    notes = dwell_figure(context(), pickup(), bars)["layout"]["annotations"]
    (still_here,) = (note for note in notes if "still here" in note["text"])
    assert (still_here["x"], still_here["xanchor"], still_here["y"]) == (8.0, "right", 70)


def test_an_allowance_beyond_the_bars_is_not_drawn():
    """The allowance is 4 h, the bars end at 1 h."""
    short = DwellDistribution((0.0, 1800.0, HOUR), (3, 4), (0, 0))
    assert dwell_figure(context(), pickup(), short)["layout"]["shapes"] == []


@pytest.mark.parametrize(("at", "place"), [(0, 0.0), (HOUR, 0.5), (2 * HOUR, 1.0), (6 * HOUR, 3.0), (7 * HOUR, None)])
def test_position_counts_bars_from_the_left(at, place):
    """An instant within a bar stands at its share of the bar."""
    assert position(DWELLS.edges, at) == place


def test_bars_of_unequal_width_keep_their_places():
    """Steps that double: 3 h is half way through the bar from 2 h to 4 h."""
    assert position((0, HOUR, 2 * HOUR, 4 * HOUR), 3 * HOUR) == 2.5


def test_an_open_last_step_is_said_so():
    """The last step takes all that are longer, whether or not its edge is finite: the bar and its row say so."""
    endless = DwellDistribution((0.0, HOUR, float("inf")), (1, 2), (0, 0))
    assert dwell_rows(context(), pickup(), endless)[-1][0] == "1\N{NO-BREAK SPACE}h or more"
    assert dwell_rows(context(), pickup(), DWELLS)[-1][0] == "4\N{NO-BREAK SPACE}h or more"
    figure = dwell_figure(context(), pickup(), DWELLS)
    assert "≥ 4\N{NO-BREAK SPACE}h" in words(figure)
    assert max(figure["layout"]["xaxis"]["tickvals"]) < 3 * OPEN_FROM
    go.Figure(dwell_figure(context(), pickup(), endless))


def test_nothing_to_draw_says_why():
    """No order left and none is here: words in place of bars."""
    empty = DwellDistribution((0.0, HOUR), (0,), (0,))
    figure = dwell_figure(context(), pickup(), empty)
    assert figure["data"] == [] and words(figure) == ["No order left in this window and none is here"]


def test_the_table_twin_has_the_numbers_of_the_figure():
    """One row for each step: range, side of the allowance, left, still here."""
    assert [row[1:] for row in dwell_rows(context(), pickup(), DWELLS)] == [
        ["within", "30", "1"],
        ["within", "9", "4"],
        ["over", "2", "7"],
    ]


def test_rates_are_per_hour():
    """Steps of 20 minutes: 10 orders in one are 30 an hour."""
    flow = FlowSeries((minutes(-40), minutes(-20)), 1200, (10, 5), (0, 0), (1, 2))
    assert hourly(flow.entered, flow, NOON) == [30.0, 15.0]


def test_a_running_step_counts_only_what_has_passed():
    """The last hour has run for 15 minutes: 5 orders are 20 an hour, and it is drawn; after 10 minutes it is not."""
    flow = FlowSeries((hours(-1), NOON), 3600, (10, 5), (0, 0), (1, 2))
    assert hourly(flow.entered, flow, minutes(15)) == [10.0, 20.0]
    assert drawn_steps(flow, minutes(15)) == 2 and drawn_steps(flow, minutes(10)) == 1


def test_the_figure_stands_still_while_its_counts_do():
    """Seconds within one minute change nothing; a step that began this second has an end after its start."""
    assert settled(FLOW, seconds(1)) == settled(FLOW, seconds(59)) == NOON
    begun = FlowSeries((seconds(30),), 3600, (1,), (0,), (1,))
    assert settled(begun, seconds(30)) == seconds(31)


def test_flow_has_direct_labels_at_its_end():
    """In progress 125; 30 in and 15 out per hour in the last step."""
    figure = flow_figure(context(), FLOW, NOON)
    assert words(figure)[:3] == ["<b>125</b>", "in 30", "out 15"]
    assert figure["data"][0]["x"][-1] == "2026-03-02T12:00:00"  # noon in Shanghai


def test_close_rates_keep_their_words_apart():
    """Equal rates: the two labels are pushed to either side, a line of words apart."""
    flow = replace(FLOW, left=FLOW.entered)
    labels = [note for note in flow_figure(context(), flow, NOON)["layout"]["annotations"] if "yshift" in note]
    came, went = (note["yshift"] for note in labels if note.get("yref") == "y2")
    assert came - went == 17


def test_flow_table_begins_with_the_newest():
    """The newest step first: in, out, in progress at its end."""
    assert [row[1:] for row in flow_rows(context(), FLOW, NOON)] == [["30", "15", "125"], ["20", "10", "110"]]


def test_no_flow_says_why():
    """No step at all: words in place of lines, an empty table."""
    nothing = FlowSeries((), 3600, (), (), ())
    assert words(flow_figure(context(), nothing, NOON)) == ["Nothing recorded in these hours"]
    assert flow_rows(context(), nothing, NOON) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_what_plotly_knows(lang, theme):
    """Both figures pass Plotly's validation, carry no template, and take their colours from the theme."""
    view = context(lang, theme=theme)
    for figure in (dwell_figure(view, pickup(), DWELLS), flow_figure(view, FLOW, NOON)):
        go.Figure(figure)
        assert "template" not in figure["layout"] and figure["layout"]["showlegend"] is False
        assert figure["layout"]["font"]["color"] == (DARK if theme == "dark" else LIGHT).secondary


def test_only_the_data_of_a_live_figure_moves():
    """Another tick of the same node keeps axes of one kind and the view as the reader left it."""
    one, two = (flow_figure(context(), replace(FLOW, entered=count), NOON) for count in ((20, 30), (21, 29)))
    assert one["layout"]["uirevision"] == two["layout"]["uirevision"]
    assert one["layout"]["xaxis"] == two["layout"]["xaxis"]


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [(0, [0]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (73, [0, 20, 40, 60]), (443, [0, 100, 200, 300, 400])],
)
def test_ticks_of_counts_are_round_and_whole(largest, ticks):
    """Steps of 1, 2 or 5 times a power of ten, about four of them."""
    assert round_ticks(largest) == ticks


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (seconds(3), ["12:00:00", "12:00:01", "12:00:02", "12:00:03"]),
        (minutes(50), ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50"]),
        (hours(15), ["12:00", "15:00", "18:00", "21:00", "3 Mar", "03:00"]),
        (days(3), ["3 Mar", "4 Mar", "5 Mar"]),
        (days(30), ["9 Mar", "16 Mar", "23 Mar", "30 Mar"]),
    ],
)
def test_time_ticks_fit_their_span(end, said):
    """From seconds to weeks, on round local times (noon in Shanghai is the start); midnight is told as a date."""
    ticks = time_ticks(NOON, end, context().formats, most=6)
    told = [text.replace("\N{NO-BREAK SPACE}", " ") for _, text in ticks]
    assert told == said
    assert all(NOON <= at <= end for at, _ in ticks)


def test_time_ticks_never_crowd():
    """Twenty years on one axis: no more ticks than asked for, and one for the end."""
    assert len(time_ticks(NOON, NOON + timedelta(days=7300), context().formats, most=6)) <= 7


def test_words_of_a_figure_change_in_place():
    """They count what is drawn: as no live part, each new count would draw the whole page anew, its ticks lost."""
    pages = [html.Div([graph("live:any", {}, f"{n} orders")], id="live:content") for n in (1, 2)]
    one, other = (rendered(page) for page in pages)
    assert one.shape == other.shape
    assert live_changes(one.props, other.props) == {"live:any-spoken": {"children": "2 orders"}}
