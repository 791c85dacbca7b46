"""The panel that names who holds the oldest orders of a node."""

from dash import html
from dash.development.base_component import Component

from dashboard.holders import Holder, Holders
from dashboard.lifeline import Node
from layouts import ids
from layouts.context import Context, Parameters
from layouts.formats import UNKNOWN
from layouts.parts import panel
from layouts.why_panel import value_link

MOST = 5
COLUMNS = ("who", "orders", "oldest", "money")


def holders_panel(context: Context, node: Node, found: Holders, more: Parameters | None = None) -> Component:
    """Of each dimension the value that holds most of the oldest orders, as a link that filters the page to it."""
    texts = context.texts
    note = html.Span(_note(context, found), id=ids.live("holders-note"))
    held = html.Div(_content(context, node, found, more), id=ids.live("holders"))
    return panel(held, title=texts("diagnosis.holders.title"), note=note, classes="small-panel")


def _note(context: Context, found: Holders) -> str:
    return context.texts("diagnosis.holders.note", count=context.formats.count(found.orders)) if found.orders else ""


def _content(context: Context, node: Node, found: Holders, more: Parameters | None) -> list[Component]:
    texts, team = context.texts, context.team_name(node.owner)
    if not found.orders:
        return [html.P(texts("diagnosis.holders.none"), className="panel-finding is-quiet")]
    turn = html.P(texts("diagnosis.holders.turn", team=team), className="panel-finding")
    if not found.holders:
        return [turn, html.P(texts("diagnosis.holders.nobody"), className="panel-finding is-quiet")]
    head = [
        html.Th(texts(f"diagnosis.holders.column.{name}"), scope="col") for name in ("who", "orders", "oldest", "money")
    ]
    rows = [_row(context, one, more) for one in found.holders[:MOST]]
    caption = html.Caption(texts("diagnosis.holders.title"), className="visually-hidden")
    return [turn, html.Table([caption, html.Thead(html.Tr(head)), html.Tbody(rows)], className="small-table")]


def _row(context: Context, one: Holder, more: Parameters | None) -> html.Tr:
    formats, pair = context.formats, (one.dimension, one.value)
    name = value_link(context, context.value_name(*pair), (pair,), more)
    cells = [
        html.Th([html.Span(context.dimension_name(one.dimension), className="holder-kind"), name], scope="row"),
        html.Td(formats.count(one.orders)),
        html.Td(formats.elapsed(one.oldest_seconds), className="is-late" if one.overdue else ""),
        html.Td(formats.money(one.amount, cents=False) if one.amount else UNKNOWN),
    ]
    return html.Tr(cells)
