"""The node page: why the node has its colour, how long orders stay, how many come and go, and the orders themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.explanation import Explanation
from dashboard.holders import Holders
from dashboard.lifeline import Node
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.shared import Stopped, kind_at
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from dashboard.spectrum import Spectrum
from layouts import ids
from layouts.boundary import guarded
from layouts.context import Context
from layouts.dwell_panel import dwell_panel
from layouts.flow_panel import flow_panel
from layouts.formats import UNKNOWN, Formats
from layouts.holders_panel import holders_panel
from layouts.neighbours_panel import Neighbours, neighbours_panel
from layouts.notices import notice
from layouts.orders_grid import DEFAULT_STATE, orders_panel
from layouts.parts import figure, figures, hidden, node_class, node_word, panel, part, state_panel, status_mark
from layouts.reasons import optimisation_text, reason_sentence, silence_sentence
from layouts.shared_panel import shared_panel
from layouts.shell import Freshness, Heading, shell
from layouts.shortcuts import shortcut
from layouts.slice_trail import slice_trail
from layouts.spectrum_panel import spectrum_panel
from layouts.week_panel import week_panel
from layouts.why_panel import why_panel


@dataclass(frozen=True, slots=True)
class NodeView:
    """All that the page shows. What a panel of its own shows is told as how to read it: each fails by itself.

    ``state``: which of the node's orders: ``overdue``, ``in_progress`` or ``left``. ``earlier``: the node's numbers a
    week ago. ``stopped``: of a kind of what can be stopped at this node, what is stopped now.
    """

    snapshot: Snapshot
    node: str
    flow: Callable[[], FlowSeries]
    distribution: Callable[[], DwellDistribution]
    explanations: Callable[[], Sequence[Explanation]]
    spectrum: Callable[[], Spectrum]
    neighbours: Callable[[], Neighbours]
    holders: Callable[[], Holders]
    earlier: Callable[[], NodeSnapshot]
    stopped: Callable[[str], Stopped]
    slice_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    state: str = DEFAULT_STATE

    @property
    def numbers(self) -> NodeSnapshot:
        """The numbers of this node. Raises ``KeyError`` if the snapshot has none of it."""
        found = next((numbers for numbers in self.snapshot.nodes if numbers.key == self.node), None)
        if found is None:
            raise KeyError(self.node)
        return found


def node_page(view: NodeView, context: Context) -> Component:
    """The whole page. Raises ``KeyError`` if the lifeline or the snapshot has no such node."""
    node, numbers = context.lifeline.node(view.node), view.numbers
    heading = Heading(
        title=context.node_name(node),
        finding=context.team_name(node.owner),
        trail=[(context.texts("common.nav.lifeline"), context.link("/"))],
        aside=_steps(context, node),
    )
    more = {"state": None if view.state == DEFAULT_STATE else view.state}
    said = notice(context, view.snapshot, view.slice_values)
    parts = [
        html.Div([said] if said else [], id=ids.live("notice"), className="notice"),
        slice_trail(context, more),
        guarded(context, "node_headline", lambda: _headline(context, node, view)),
        _row("why-and-dwell", numbers, [
            guarded(context, "why", lambda: why_panel(context, numbers, view.explanations(), more)),
            guarded(context, "dwell", lambda: _dwell(context, node, view)),
        ]),
        *_shared(context, view),
        _row("spectrum-and-flow", numbers, [
            guarded(context, "spectrum", lambda: spectrum_panel(context, node, view.spectrum())),
            guarded(context, "flow", lambda: flow_panel(context, view.flow(), view.snapshot.as_of)),
        ]),
        _row("beside", numbers, [
            guarded(context, "neighbours", lambda: neighbours_panel(context, node, view.neighbours())),
            guarded(context, "holders", lambda: holders_panel(context, node, view.holders(), more)),
            guarded(context, "week", lambda: week_panel(context, numbers, view.earlier(), view.snapshot.as_of, more)),
        ], "panel-trio"),
        html.Div(
            guarded(context, "orders", lambda: orders_panel(context, node, numbers, view.state)),
            id=ids.ORDERS, tabIndex=-1, className="landing",
        ),
    ]  # fmt: skip
    freshness = Freshness(view.snapshot.as_of, view.snapshot.silence_seconds)
    return shell(context, heading, parts, freshness, slice_values=view.slice_values)


def _shared(context: Context, view: NodeView) -> list[Component]:
    """What is stopped here; as it is now, so that a view of the past has none of it."""
    kind = kind_at(view.node)
    if kind is None or context.at is not None or context.replay is not None:
        return []
    return [
        guarded(context, "shared", lambda: shared_panel(context, kind, view.stopped(kind), view.snapshot.as_of)),
    ]


def _steps(context: Context, node: Node) -> html.Span:
    """Links to the orders below, and to the nodes before and after, for the hand and for the keys."""
    nodes = context.lifeline.nodes
    beside = [("k", "node.before", node.position - 1), ("j", "node.after", node.position + 1)]
    links = [
        html.Span(
            dcc.Link(
                context.texts(text, node=context.node_name(nodes[place])), href=context.node_link(nodes[place].key)
            ),
            **shortcut(key),
        )
        for key, text, place in beside
        if 0 <= place < len(nodes)
    ]
    trends = dcc.Link(context.texts("trends.to_node"), href=context.link("/trends", more={"node": node.key}))
    orders = html.A(context.texts("node.to_orders"), href=f"#{ids.ORDERS}")
    return html.Span([html.Span(orders), *links, html.Span(trends)], className="node-steps")


def _row(name: str, numbers: NodeSnapshot, panels: list[Component], classes: str = "chart-pair") -> html.Div:
    """Panels side by side, greyed where the node's data are old."""
    return html.Div(panels, id=ids.live("panels", name), className=f"{classes} is-old" if numbers.stale else classes)


def _dwell(context: Context, node: Node, view: NodeView) -> Component:
    return dwell_panel(context, node, view.distribution(), view.numbers.window_used_seconds)


def node_not_found(context: Context, key: str, freshness: Freshness) -> Component:
    """Says which node was asked for, and offers those that there are."""
    texts = context.texts
    links = [html.Li(dcc.Link(context.node_name(node), href=context.node_link(node.key))) for node in context.lifeline]
    title = texts("node.not_found", node=key)
    missing = state_panel("no-match", title, texts("node.not_found_text"), html.Ul(links, className="offered"))
    trail = [(texts("common.nav.lifeline"), context.link("/"))]
    return shell(context, Heading(title=key, trail=trail), [missing], freshness)


def _headline(context: Context, node: Node, view: NodeView) -> Component:
    numbers, texts = view.numbers, context.texts
    known = "" if numbers.congestion_index is not None or _by_figure(numbers) else " is-unknown"
    index = html.P(
        _loud_figure(context, numbers),
        id=ids.live("node-index"),
        className=f"node-index {node_class(numbers)}{known}",
    )
    why = [
        part(ids.live("node-status"), html.P, _status(context, view), "node-status"),
        part(ids.live("node-reason"), html.P, _reason(context, node, numbers), "node-reason"),
        part(ids.live("node-cause"), html.P, _cause(context, numbers), "node-cause"),
        part(ids.live("node-window"), html.P, _window(context, view), "node-window"),
    ]
    finding = html.Div([index, html.Div(why)], className="node-finding")
    return panel(
        [finding, figures(_figures(context, numbers))], classes="node-headline", label=texts("node.figures.label")
    )


def _reason(context: Context, node: Node, numbers: NodeSnapshot) -> str:
    """Why it has its status; a source that has been quiet for a while is told after it."""
    zone, systems = context.formats.zone, context.lifeline.systems
    why = reason_sentence(context.texts, numbers, node, zone, systems)
    if numbers.silence is None or numbers.stale:
        return why
    return f"{why} · {silence_sentence(context.texts, numbers, zone, systems)}"


def _by_figure(numbers: NodeSnapshot) -> bool:
    """Whether the status came of another number than the index."""
    return numbers.status not in (Status.GREEN, Status.GREY) and numbers.reason.rule in {"rate", "overdue"}


def _loud_figure(context: Context, numbers: NodeSnapshot) -> list[Component | str]:
    """The number whose rule fired, large: the index, or the rate or the count with its unit and the index beneath."""
    texts, formats = context.texts, context.formats
    index = formats.index(numbers.congestion_index)
    if not _by_figure(numbers):
        return [hidden(texts("node.index")), index]
    rule = numbers.reason.rule
    figure = formats.percent(numbers.timeout_rate) if rule == "rate" else formats.short_count(numbers.newly_overdue)
    unit = html.Span(texts(f"node.{rule}"), className="node-index-note")
    beside = html.Span(texts("node.index_beside", index=index), className="node-index-note is-quiet")
    return [figure, unit, *([] if index == UNKNOWN else [beside])]


def _cause(context: Context, numbers: NodeSnapshot) -> str:
    """Of a node in trouble: what most often went wrong and what helps against it, or what helps at all."""
    if numbers.status in (Status.GREEN, Status.GREY):
        return ""
    texts, helps = context.texts, optimisation_text(context.texts, context.lifeline, numbers)
    if numbers.top_exception is None:
        return texts("node.helped", optimisation=helps) if helps else ""
    exception = context.exception_name(numbers.top_exception)
    return texts("node.cause_helped" if helps else "node.cause", exception=exception, optimisation=helps)


def _status(context: Context, view: NodeView) -> Component:
    numbers, texts = view.numbers, context.texts
    word = node_word(texts, numbers)
    if numbers.since is not None and (numbers.stale or numbers.status is not Status.GREY):
        word = texts("node.since", status=word, time=context.formats.since(numbers.since, view.snapshot.as_of))
    return status_mark(texts, numbers.status, word)


def _window(context: Context, view: NodeView) -> str:
    numbers, texts = view.numbers, context.texts
    widened = numbers.window_used_seconds > view.snapshot.window_seconds
    words = [
        texts("node.widened" if widened else "node.window", window=context.formats.window(numbers.window_used_seconds))
    ]
    words += [texts("common.reason.provisional")] if numbers.baseline_provisional else []
    return " · ".join(words)


def _figures(context: Context, numbers: NodeSnapshot) -> list[Component]:
    texts, formats = context.texts, context.formats
    due = texts("node.figures.due", count=formats.count(numbers.due))
    rows = [
        ("in_progress", formats.count(numbers.in_progress), _usual(context, numbers), None),
        ("overdue", formats.count(numbers.overdue), _stuck(context, numbers), None),
        ("rate", formats.percent(numbers.timeout_rate), _interval(formats, numbers), "rate_title"),
        ("settled", formats.percent(numbers.timeout_rate_settled), due, "settled_title"),
        ("mean", formats.duration(numbers.mean_seconds), _spread(context, numbers), None),
        ("load", formats.number(numbers.load_index), texts("node.figures.load_note"), "load_title"),
    ]
    return [
        figure(
            context,
            texts(f"node.figures.{key}"),
            number,
            note,
            part_id=ids.live("node-figure", key),
            title=texts(f"node.figures.{title}") if title else None,
        )
        for key, number, note, title in rows
    ]


def _usual(context: Context, numbers: NodeSnapshot) -> str:
    if not numbers.load_index:
        return ""
    usual = context.formats.count(round(numbers.in_progress / numbers.load_index))
    return context.texts("node.figures.usual", count=usual)


def _stuck(context: Context, numbers: NodeSnapshot) -> str:
    if not numbers.overdue:
        return context.texts("node.figures.none_overdue")
    age = context.formats.elapsed(numbers.oldest_overdue_seconds)
    money = context.formats.money(numbers.overdue_amount, cents=False)
    return context.texts("node.figures.oldest", age=age, money=money)


def _interval(formats: Formats, numbers: NodeSnapshot) -> str:
    interval = formats.interval(numbers.timeout_rate_low, numbers.timeout_rate_high)
    return "" if interval == UNKNOWN else interval


def _spread(context: Context, numbers: NodeSnapshot) -> str:
    if numbers.p50_seconds is None:
        return ""
    half, most = context.formats.duration(numbers.p50_seconds), context.formats.duration(numbers.p95_seconds)
    return context.texts("node.figures.spread", count=context.formats.count(numbers.left), half=half, most=most)
