"""The panel that says whether a node is starved, flooded or holds its orders: its flow and that beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.balance import Balance, Level, UsualFlow, Verdict
from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot, Snapshot
from layouts import ids
from layouts.context import Context
from layouts.formats import HOUR
from layouts.parts import node_class, node_word, panel, status_mark, value


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The numbers of the nodes, and what usually comes and goes there, as far as known.

    What only a visit of the page's own node has, such as an exception, is no filter here: no other node has it.
    """

    snapshot: Snapshot
    usual: Mapping[str, UsualFlow]


def neighbours_panel(context: Context, node: Node, found: Neighbours) -> Component:
    """The verdict in words, then one row for the node before, this one and the next."""
    texts, usual = context.texts, found.usual
    numbers = {one.key: one for one in found.snapshot.nodes}
    nodes = [one for one in beside(context, node) if one.key in numbers]
    balances = {one.key: balance(numbers[one.key], usual) for one in nodes}
    head = [html.Th(texts(f"diagnosis.flow.column.{name}"), scope="col") for name in ("node", "in", "out", "held")]
    rows = [
        _row(context, one, numbers[one.key], balances[one.key], here=one is node) for one in nodes if one.key in numbers
    ]
    caption = html.Caption(texts("diagnosis.flow.title"), className="visually-hidden")
    table = html.Table([caption, html.Thead(html.Tr(head)), html.Tbody(rows)], className="small-table")
    finding = html.P(flow_words(context, node, balances), id=ids.live("flow-finding"), className="panel-finding")
    wider = texts("diagnosis.flow.wider") if context.slice.of_visits else None
    return panel([finding, table], title=texts("diagnosis.flow.title"), note=wider, classes="small-panel")


def beside(context: Context, node: Node) -> list[Node]:
    """The node before, the node itself, the next one, as far as there are any."""
    nodes = context.lifeline.nodes
    return list(nodes[max(0, node.position - 1) : node.position + 2])


def balance(numbers: NodeSnapshot, usual: Mapping[str, UsualFlow]) -> Balance:
    """What came and went at one node in the window of its numbers."""
    hours = numbers.window_used_seconds / HOUR
    return Balance(numbers.key, numbers.entered, numbers.left, hours, usual.get(numbers.key))


def flow_words(context: Context, node: Node, balances: Mapping[str, Balance]) -> str:
    """The verdict on the node, and on a neighbour where it says more."""
    texts, here = context.texts, balances.get(node.key)
    if here is None:
        return texts("diagnosis.flow.unknown")
    words = texts(f"diagnosis.flow.{here.verdict}", **_rates(context, here))
    beside_it = _beside_words(context, node, here, balances)
    return texts("diagnosis.flow.both", one=words, two=beside_it) if beside_it else words


def _beside_words(context: Context, node: Node, here: Balance, balances: Mapping[str, Balance]) -> str | None:
    """What the node before has to do with a lack of orders, or the next one with orders that are held."""
    for one in beside(context, node):
        it = balances.get(one.key)
        if it is None:
            continue
        if one.position < node.position and here.verdict is Verdict.STARVED and it.going is Level.LOW:
            return context.texts("diagnosis.flow.before_holds", node=context.node_name(one))
        if one.position > node.position and here.verdict is Verdict.HELD and it.coming is Level.LOW:
            return context.texts("diagnosis.flow.after_starves", node=context.node_name(one))
    return None


def _rates(context: Context, it: Balance) -> dict[str, str]:
    rates: Sequence[tuple[str, float | None]] = (
        ("came", it.entered / it.hours),
        ("went", it.left / it.hours),
        ("usual_in", it.usual.entered if it.usual else None),
        ("usual_out", it.usual.left if it.usual else None),
    )
    return {name: context.formats.short_count(None if rate is None else round(rate)) for name, rate in rates}


def _row(context: Context, node: Node, numbers: NodeSnapshot, it: Balance, *, here: bool) -> html.Tr:
    rates = _rates(context, it)
    name = (
        html.Strong(context.node_name(node))
        if here
        else dcc.Link(context.node_name(node), href=context.node_link(node.key))
    )
    mark = status_mark(context.texts, numbers.status, node_word(context.texts, numbers))
    cells = [
        html.Th(
            [name, html.Span(mark, id=ids.live("beside-status", node.key), className=node_class(numbers))], scope="row"
        ),
        _cell(context, "in", node, (rates["came"], rates["usual_in"]), it.coming),
        _cell(context, "out", node, (rates["went"], rates["usual_out"]), it.going),
        html.Td(context.formats.short_count(numbers.in_progress), id=ids.live("beside-held", node.key)),
    ]
    return html.Tr(cells, className="is-here" if here else "")


def _cell(context: Context, side: str, node: Node, rates: tuple[str, str], level: Level) -> html.Td:
    now, usual = rates
    mark = {Level.HIGH: " ↑", Level.LOW: " ↓"}.get(level, "")
    words = [
        html.Span([now, mark], className=f"rate is-{level}"),
        html.Span(["/ ", html.Span(value(context.texts, usual))], className="usual-rate"),
    ]
    return html.Td(words, id=ids.live(f"beside-{side}", node.key))
