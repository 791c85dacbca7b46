"""The node table: the chain's text twin, one row per node with the numbers that managers know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot, Status
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.icons import disc
from layouts.parts import Children, hidden, node_class, node_word, value
from layouts.reasons import optimisation_text
from layouts.sparks import spark

Sparks = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    side: str
    cell: Callable[[Context, NodeSnapshot], Children]


def node_table(context: Context, nodes: Sequence[NodeSnapshot], sparks: Sparks) -> html.Div:
    """The table of these nodes, in their order; nodes that the lifeline does not know are left out."""
    columns = _columns(sparks)
    head = html.Thead(html.Tr([_head(context, "node", "start"), *(_head(context, c.key, c.side) for c in columns)]))
    rows = [_row(context, node, columns) for node in nodes if node.key in context.lifeline]
    caption = html.Caption(context.texts("lifeline.table.caption"), className="visually-hidden")
    table = html.Table([caption, head, html.Tbody(rows)], className="table node-table")
    return html.Div(
        table,
        className="table-scroll",
        role="region",
        tabIndex=0,
        **aria(label=context.texts("lifeline.table.caption")),
    )


def _columns(sparks: Sparks) -> list[_Column]:
    return [
        _Column("congestion", "end", _congestion),
        _Column("spark", "start", partial(_spark, sparks)),
        _Column("mean", "end", lambda context, node: _number(context, context.formats.duration(node.mean_seconds))),
        _Column("timeout_rate", "end", _timeout_rate),
        _Column("in_progress", "end", lambda context, node: _number(context, context.formats.count(node.in_progress))),
        _Column("overdue", "end", _overdue),
        _Column("exception", "start", _exception),
        _Column("optimisation", "start", _optimisation),
    ]


def _head(context: Context, key: str, side: str) -> html.Th:
    texts = context.texts
    explained = html.Span(
        texts(f"lifeline.table.{key}"), title=texts(f"lifeline.table.{key}_tip"), className="explained"
    )
    return html.Th(explained, scope="col", className=f"cell-{side} col-{key.replace('_', '-')}")


def _row(context: Context, snapshot: NodeSnapshot, columns: Sequence[_Column]) -> html.Tr:
    cells: list[Component] = [_name(context, snapshot)]
    cells += [
        html.Td(
            column.cell(context, snapshot),
            id=ids.live("row-" + column.key.replace("_", "-"), snapshot.key),
            className=f"cell-{column.side} col-{column.key.replace('_', '-')}",
        )
        for column in columns
    ]
    return html.Tr(cells, id=ids.live("row", snapshot.key), className=f"row {node_class(snapshot)}")


def _name(context: Context, snapshot: NodeSnapshot) -> html.Th:
    node = context.lifeline.node(snapshot.key)
    name = dcc.Link(context.node_name(node), href=context.node_link(snapshot.key), className="row-name")
    team = html.Span(context.team_name(node.owner), className="row-owner")
    status = hidden(node_word(context.texts, snapshot), id=ids.live("row-status", snapshot.key))
    mark = disc(snapshot.status, part_id=ids.live("row-disc", snapshot.key))
    return html.Th(
        html.Div([mark, status, html.Div([name, team], className="row-words")], className="row-node"), scope="row"
    )


def _number(context: Context, text: str, classes: str = "") -> html.Span:
    return html.Span(value(context.texts, text), className=f"number {classes}".strip())


def _congestion(context: Context, node: NodeSnapshot) -> html.Span:
    return _number(context, context.formats.index(node.congestion_index), f"row-index {_cause(node, 'index')}".strip())


def _cause(node: NodeSnapshot, rule: str) -> str:
    """The class that colours the number whose rule gave the node its status."""
    return "is-cause" if node.reason.rule == rule and node.status not in (Status.GREEN, Status.GREY) else ""


def _spark(sparks: Sparks, context: Context, node: NodeSnapshot) -> html.Span:
    return spark(context, sparks.get(node.key, ()))


def _timeout_rate(context: Context, node: NodeSnapshot) -> Children:
    formats = context.formats
    interval = formats.interval(node.timeout_rate_low, node.timeout_rate_high)
    rate = _number(context, formats.percent(node.timeout_rate), _cause(node, "rate"))
    return rate if interval == UNKNOWN else [rate, html.Span(interval, className="interval")]


def _overdue(context: Context, node: NodeSnapshot) -> html.Span:
    loud = node.status not in (Status.GREEN, Status.GREY) or node.overdue * 20 >= max(1, node.in_progress)
    return _number(context, context.formats.count(node.overdue), "is-late" if node.overdue and loud else "is-quiet")


def _exception(context: Context, node: NodeSnapshot) -> Children:
    if node.top_exception is None:
        return value(context.texts, UNKNOWN) if node.at_risk < 1 else _none(context)
    return context.exception_name(node.top_exception)


def _none(context: Context) -> html.Span:
    return html.Span(context.texts("lifeline.table.no_exception"), className="is-quiet")


def _optimisation(context: Context, node: NodeSnapshot) -> Children:
    return value(context.texts, optimisation_text(context.texts, context.lifeline, node) or UNKNOWN)
