"""One node that fills a wall: its figure large, what it means in words, and its day against usual."""

from dash import html
from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot, Snapshot
from layouts import ids
from layouts.context import Context
from layouts.icons import disc
from layouts.reasons import reason_sentence
from layouts.wall_problems import Causes, Row, problem


def node_panel(context: Context, snapshot: Snapshot, node: NodeSnapshot, causes: Causes) -> html.Section:
    """The node's name and state, its figure, the facts and the cause, and its counts."""
    row = problem(context, snapshot, node, causes)
    body = [_head(row), _figure(row), _words(context, node, row), _counts(context, node)]
    return html.Section(
        html.Div(body, className=f"wall-node-body {row.tone}", id=ids.live("wall-node")),
        className="panel wall-node",
    )


def _head(row: Row) -> html.Div:
    whose = html.P([html.Span(row.owner), html.Span(row.since)], className="wall-node-whose")
    return html.Div([html.H2(row.name, className="wall-node-name"), whose], className="wall-node-head")


def _figure(row: Row) -> html.P:
    return html.P(
        [html.Span(row.figure, className="wall-node-figure"), disc(row.status, "large"), html.Span(row.word)],
        className="wall-node-state",
    )


def _words(context: Context, node: NodeSnapshot, row: Row) -> html.Div:
    own = context.lifeline.node(node.key)
    reason = reason_sentence(context.texts, node, own, context.formats.zone, context.lifeline.systems)
    said = [row.cause, row.helps, *([] if row.cause == reason else [reason])]
    return html.Div([html.P(words) for words in said if words], className="wall-node-words")


def _counts(context: Context, node: NodeSnapshot) -> html.Dl:
    formats = context.formats
    figures = {
        "in_progress": formats.count(node.in_progress),
        "overdue": formats.count(node.overdue),
        "oldest": formats.elapsed(node.oldest_overdue_seconds),
        "money": formats.money(node.overdue_amount, cents=False),
        "rate": formats.percent(node.timeout_rate),
        "mean": formats.duration(node.mean_seconds),
    }
    pairs: list[Component] = [
        html.Div([html.Dt(context.texts(f"wall.node.{name}")), html.Dd(figure)]) for name, figure in figures.items()
    ]
    return html.Dl(pairs, className="wall-node-counts")
