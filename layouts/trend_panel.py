"""The panel of one node: one of its numbers large, the choice among all of them, what happened meanwhile."""

from collections.abc import Callable

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.trends import NUMBERS, Trend
from dashboard.windows import HOUR
from layouts import ids
from layouts.asked_table import asked_table
from layouts.attributes import aria
from layouts.context import Context
from layouts.figures import graph
from layouts.parts import link_button, panel, status_word
from layouts.time_axis import short_moment
from layouts.trend_figure import trend_figure
from layouts.trend_marks import marks_list
from layouts.trend_shown import Shown, tip_words
from layouts.trend_words import number_name, number_words, span_text, span_words

NewShown = Callable[[], Shown]


def trend_panel(context: Context, shown: Shown, first_at_node: str | None, table: str = "") -> Component:
    """The panel. ``first_at_node``: since when orders are known there, where that is within the span.

    ``table``: which figure is asked for as a table; this one is ``number``.
    """
    texts, name, number = context.texts, context.node_name(shown.node), number_name(context, shown.number)
    title = html.Span(texts("trends.figure.title", node=name, number=number), id=ids.live("trend-title"))
    spoken = texts("trends.figure.spoken", node=name, number=number, span=span_words(context, shown.span))
    chart = html.Div(graph(ids.live("trend-figure"), trend_figure(context, shown), spoken), className="trend-large")
    about = html.P(_about(context, shown, first_at_node), id=ids.live("trend-about"), className="trend-note")
    return panel(
        [
            _numbers(context, shown),
            chart,
            about,
            _twin(context, shown, number, table),
            marks_list(context, shown.marks, shown.until),
        ],
        title=title,
        actions=html.Div(_actions(context, shown), id=ids.live("trend-actions"), className="trend-actions"),
        classes="chart-panel trend-panel",
    )


def export_address(context: Context, node: str | None, span: str) -> str:
    """The series as CSV: of one node, or of all."""
    more: dict[str, str | int | None] = {"node": node, "span": span}
    return context.link("/api/v1/trends.csv", window="", lang=context.lang, more=more)


def _actions(context: Context, shown: Shown) -> list[Component]:
    node = context.node_name(shown.node)
    href = export_address(context, shown.node.key, span_text(shown.span))
    export = html.A(context.texts("trends.export"), href=href, className="button", download="")
    return [link_button(context.texts("trends.open_node", node=node), context.node_link(shown.node.key)), export]


def _numbers(context: Context, shown: Shown) -> html.Nav:
    """The choice: links, because the address is the state."""
    choices = []
    for number in NUMBERS:
        here = aria(current=True) if number == shown.number else {}
        link = dcc.Link(
            number_name(context, number), href=context.link(more={"number": number}), className="switch-link"
        )
        choices.append(html.Span(link, className="switch-choice", **here))
    return html.Nav(choices, className="switch trend-switch", **aria(label=context.texts("trends.number.switch")))


def _about(context: Context, shown: Shown, first: str | None) -> str:
    texts = context.texts
    told = [texts(f"trends.about.{shown.number}")]
    if shown.trend.steps:
        step = shown.trend.steps[-1]
        length = step.end - step.start
        words = {"step": context.formats.window(length), "window": context.formats.window(max(length, HOUR))}
        told.append(texts("trends.each.window" if length < HOUR else "trends.each.step", **words))
    if first:
        told.append(texts("trends.figure.known_from", time=first))
    if not any(value is not None for value in shown.earlier):
        told.append(texts("trends.figure.no_before", span=span_words(context, shown.span)))
    return " ".join(told)


def _twin(context: Context, shown: Shown, number: str, table: str) -> html.Div:
    texts = context.texts
    before = texts("trends.column.before", span=span_words(context, shown.span))
    head = [texts("trends.column.until"), number, before, texts("trends.column.status")]
    caption = texts("trends.figure.title", node=context.node_name(shown.node), number=number)
    return asked_table(
        context, "number", table, caption, head, lambda: (_tip_rows(context, shown), trend_rows(context, shown))
    )


def trend_rows(context: Context, shown: Shown) -> list[list[str]]:
    """One row for each step, the newest first: its end, the number, the number in the span before, the status."""
    trend: Trend = shown.trend
    columns = zip(trend.steps, shown.values, shown.earlier, trend.status, strict=True)
    rows = [
        [
            short_moment(step.end, context.formats),
            number_words(context, shown.number, value),
            number_words(context, shown.number, earlier),
            status_word(context.texts, status),
        ]
        for step, value, earlier, status in columns
    ]
    return rows[::-1]


def _tip_rows(context: Context, shown: Shown) -> list[list[str]]:
    if shown.tip is None:
        return []
    now = number_words(context, shown.number, shown.tip.numbers[shown.number])
    return [[tip_words(context, shown.tip), now, "", status_word(context.texts, shown.tip.status)]]
