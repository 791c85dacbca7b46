"""The lifeline chain: the band of flow, the nodes on it, and the queue that hangs under each. HTML and CSS only."""

from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

from dash import dcc, html

from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot, Status
from layouts import ids
from layouts.attributes import aria
from layouts.chain_shape import band_polygon, flow, overdue_share, queue_scale, queue_share
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.icons import disc
from layouts.parts import hidden, node_class, node_word, shown
from layouts.reasons import reason_sentence

DENSE = 15
LONG_NAME = 22
LOUD = frozenset({Status.AMBER, Status.RED, Status.DEEP_RED})


def chain(context: Context, nodes: Sequence[NodeSnapshot]) -> html.Div:
    """The chain of these nodes, in their order. Nodes that the lifeline does not know are left out."""
    known = [node for node in nodes if node.key in context.lifeline]
    scale = queue_scale([node.in_progress for node in known])
    band = html.Div(
        id=ids.live("chain-band"),
        className="chain-band",
        style={"clipPath": band_polygon([flow(node) for node in known])},
        **aria(hidden=True),
    )
    columns = [html.Li(_column(context, node, scale), **_column_props(node)) for node in known]
    density = "is-dense" if len(known) >= DENSE else "is-roomy"
    if any(_width(context.node_name(node.key)) > LONG_NAME for node in known):
        density += " has-long-names"
    return html.Div(
        html.Div([band, html.Ol(columns, className="chain-columns")], className="chain-body"),
        className=f"chain {density}",
        style={"--nodes": str(max(1, len(known)))},
    )


def _column_props(node: NodeSnapshot) -> dict[str, Any]:
    return {"id": ids.live("chain-node", node.key), "className": f"chain-node {node_class(node)}"}


def _column(context: Context, snapshot: NodeSnapshot, scale: float) -> dcc.Link:
    node, key = context.lifeline.node(snapshot.key), snapshot.key
    name = context.node_name(node)
    parts = [
        hidden(spoken(context, snapshot, node), id=ids.live("chain-spoken", key)),
        shown(html.Span(name), "chain-name"),
        _index(context, snapshot),
        shown(_word(context, snapshot), _word_class(snapshot), id=ids.live("chain-word", key)),
        disc(snapshot.status, "large", part_id=ids.live("chain-disc", key)),
        _queue(snapshot, scale),
        shown(context.formats.short_count(snapshot.in_progress), "chain-count", id=ids.live("chain-count", key)),
        shown(_late(context, snapshot), _late_class(snapshot), id=ids.live("chain-late", key)),
    ]
    return dcc.Link(parts, href=context.node_link(key), className="chain-link", title=name)


def spoken(context: Context, snapshot: NodeSnapshot, node: Node) -> str:
    """The node as a sentence: name, status, index, queue, and why."""
    formats, texts = context.formats, context.texts
    return texts(
        "lifeline.spoken" if snapshot.congestion_index is not None else "lifeline.spoken_without_index",
        name=context.node_name(node),
        status=node_word(texts, snapshot),
        index=formats.index(snapshot.congestion_index),
        in_progress=formats.count(snapshot.in_progress),
        overdue=formats.count(snapshot.overdue),
        reason=reason_sentence(texts, snapshot, node, formats.zone, context.lifeline.systems),
    )


def _index(context: Context, snapshot: NodeSnapshot) -> html.Span:
    text = context.formats.index(snapshot.congestion_index)
    sign = [html.Span("×", className="chain-times")] if text != UNKNOWN else []
    long = " is-long" if len(text) > len("×1.0") else ""
    hot = " is-hot" if snapshot.status in LOUD and snapshot.reason.rule == "index" else ""
    return shown([*sign, text.removeprefix("×")], f"chain-index{long}{hot}", id=ids.live("chain-index", snapshot.key))


def _word(context: Context, snapshot: NodeSnapshot) -> str:
    """Nothing where all is normal; the figure of the rule where that is not the index above; else the status."""
    if snapshot.status is Status.GREEN and snapshot.silence is None:
        return ""
    if not _speaks_figure(snapshot):
        return node_word(context.texts, snapshot)
    if snapshot.reason.rule == "rate":
        return context.texts("lifeline.word_rate", rate=context.formats.short_percent(snapshot.timeout_rate))
    return context.texts("lifeline.word_overdue", count=context.formats.short_count(snapshot.newly_overdue))


def _word_class(snapshot: NodeSnapshot) -> str:
    return f"chain-word{' is-figure' if _speaks_figure(snapshot) else ''}"


def _speaks_figure(snapshot: NodeSnapshot) -> bool:
    return snapshot.status in LOUD and snapshot.reason.rule in {"rate", "overdue"}


def _queue(snapshot: NodeSnapshot, scale: float) -> html.Span:
    broken = " is-broken" if snapshot.in_progress > scale else ""
    heights = {"--tall": str(queue_share(snapshot.in_progress, scale)), "--late": str(overdue_share(snapshot))}
    return shown(
        html.Span(className="chain-late-part"),
        f"chain-queue{broken}",
        id=ids.live("chain-queue", snapshot.key),
        style=heights,
    )


def _late(context: Context, snapshot: NodeSnapshot) -> str:
    if not snapshot.overdue:
        return ""
    return context.texts("lifeline.overdue_count", count=context.formats.short_count(snapshot.overdue))


def _late_class(snapshot: NodeSnapshot) -> str:
    """Red where it matters: in a node that is not normal, or when a twentieth of the queue is overdue."""
    matters = snapshot.status in LOUD or snapshot.overdue * 20 >= max(1, snapshot.in_progress)
    return f"chain-late{' is-many' if matters else ''}"


def _width(name: str) -> int:
    """The width of a name in Latin letters; a Chinese one is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in name)
