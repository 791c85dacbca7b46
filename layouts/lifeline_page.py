"""The lifeline page: what is stuck where, as a finding, a chain and a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from dashboard.snapshot import Snapshot
from layouts import ids
from layouts.boundary import guarded
from layouts.chain import chain
from layouts.chain_shape import queue_scale
from layouts.context import Context
from layouts.headline import headline, tone
from layouts.node_table import Sparks, node_table
from layouts.notices import filtered, notice
from layouts.parts import panel
from layouts.shell import Freshness, Heading, shell


@dataclass(frozen=True, slots=True)
class LifelineView:
    """What the page shows. ``sparks``: in progress of the last 6 h by node, or how to read that, which may fail.

    ``slice_values``: the values seen, by dimension.
    """

    snapshot: Snapshot
    sparks: Sparks | Callable[[], Sparks] = field(default_factory=dict)
    slice_values: Mapping[str, Sequence[str]] = field(default_factory=dict)


def lifeline_page(view: LifelineView, context: Context) -> Component:
    """The whole page, frame and all."""
    snapshot = view.snapshot
    heading = Heading(context.texts("lifeline.title"), headline(context, snapshot), tone=tone(snapshot))
    freshness = Freshness(snapshot.as_of, snapshot.silence_seconds)
    return shell(context, heading, _content(view, context), freshness, slice_values=view.slice_values)


def _content(view: LifelineView, context: Context) -> list[Component]:
    said = notice(context, view.snapshot, view.slice_values)
    bare = said is not None and filtered(context)
    return [
        html.Div([said] if said else [], id=ids.live("notice"), className="notice"),
        # The picture stays in the page, hidden or not, so that the hub can fill it in place.
        html.Div(_picture(view, context), id=ids.live("picture"), className="content", hidden=bare),
    ]


def _picture(view: LifelineView, context: Context) -> list[Component]:
    return [
        guarded(context, "chain", lambda: _chain_panel(view, context)),
        guarded(context, "node_table", lambda: _table_panel(view, context)),
    ]


def _chain_panel(view: LifelineView, context: Context) -> Component:
    heading = html.H2(context.texts("lifeline.chain.title"), className="visually-hidden")
    used = html.Span(_window_used(view.snapshot, context), id=ids.live("window-used"))
    key = html.P([used, html.Span(_key(view.snapshot, context), id=ids.live("chain-key"))], className="chain-key")
    return panel([heading, chain(context, view.snapshot.nodes), key], classes="chain-panel")


def _table_panel(view: LifelineView, context: Context) -> Component:
    heading = html.H2(context.texts("lifeline.table.caption"), className="visually-hidden")
    sparks = view.sparks() if callable(view.sparks) else view.sparks
    return panel([heading, node_table(context, view.snapshot.nodes, sparks)], classes="table-panel")


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
