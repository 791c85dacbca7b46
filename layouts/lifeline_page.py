"""The lifeline page: what is stuck where, as a finding, a chain and a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot, Snapshot
from layouts import ids
from layouts.chain import chain
from layouts.chain_shape import queue_scale
from layouts.context import Context
from layouts.headline import headline, tone
from layouts.node_table import node_table
from layouts.parts import empty_state, no_match_state, panel
from layouts.shell import Freshness, Heading, shell


@dataclass(frozen=True, slots=True)
class LifelineView:
    """What the page shows. ``sparks``: in progress of the last 6 h by node; ``slice_values``: by dimension."""

    snapshot: Snapshot
    sparks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    slice_values: Mapping[str, Sequence[str]] = field(default_factory=dict)


def lifeline_page(view: LifelineView, context: Context) -> Component:
    """The whole page, frame and all."""
    snapshot = view.snapshot
    heading = Heading(context.texts("lifeline.title"), headline(context, snapshot), tone=tone(snapshot))
    freshness = Freshness(snapshot.as_of, snapshot.silence_seconds)
    return shell(context, heading, _content(view, context), freshness, slice_values=view.slice_values)


def _content(view: LifelineView, context: Context) -> list[Component]:
    notice = _notice(view, context)
    bare = notice is not None and _filtered(context)
    return [
        html.Div([notice] if notice else [], id=ids.live("notice"), className="notice"),
        html.Div(_picture(view, context), id=ids.live("picture"), className="content", hidden=bare),
    ]


def _notice(view: LifelineView, context: Context) -> Component | None:
    """What an empty page says. The picture stays in the page, hidden or not, so that the hub can fill it in place."""
    if context.backfill is not None or any(_seen(node) for node in view.snapshot.nodes):
        return None
    return no_match_state(context) if _filtered(context) else empty_state(context)


def _filtered(context: Context) -> bool:
    return bool(context.slice.pairs or context.window or context.at)


def _picture(view: LifelineView, context: Context) -> list[Component]:
    texts, nodes = context.texts, view.snapshot.nodes
    heading = html.H2(texts("lifeline.chain.title"), className="visually-hidden")
    used = html.Span(_window_used(view.snapshot, context), id=ids.live("window-used"))
    key = html.P([used, html.Span(_key(view.snapshot, context), id=ids.live("chain-key"))], className="chain-key")
    table_heading = html.H2(texts("lifeline.table.caption"), className="visually-hidden")
    return [
        panel([heading, chain(context, nodes), key], classes="chain-panel"),
        panel([table_heading, node_table(context, nodes, view.sparks)], classes="table-panel"),
    ]


def _key(snapshot: Snapshot, context: Context) -> str:
    queues = [node.in_progress for node in snapshot.nodes]
    broken = max(queues, default=0) > queue_scale(queues)
    return context.texts("lifeline.chain.key_broken" if broken else "lifeline.chain.key")


def _window_used(snapshot: Snapshot, context: Context) -> str:
    formats, widest = context.formats, snapshot.window_used_seconds
    window = formats.window(snapshot.window_seconds)
    if widest <= snapshot.window_seconds:
        return context.texts("lifeline.chain.used", window=window)
    return context.texts("lifeline.chain.used_wider", window=window, widest=formats.window(widest))


def _seen(node: NodeSnapshot) -> bool:
    return bool(node.in_progress or node.entered or node.left or node.at_risk)
