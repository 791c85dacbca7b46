"""What a page says when there is nothing to show: that nothing came yet and what would bring it, or nothing matches."""

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot, Snapshot
from layouts.context import Context
from layouts.parts import empty_state, no_match_state


def notice(context: Context, snapshot: Snapshot, slice_values: Mapping[str, Sequence[str]]) -> Component | None:
    """Nothing while any node was seen, or while the demo's past is being made."""
    if context.backfill is not None or any(_seen(node) for node in snapshot.nodes):
        return None
    if not filtered(context):
        return empty_state(context)
    return no_match_state(context, slice_values)


def filtered(context: Context) -> bool:
    """Whether the view asks for a part of the orders or of the time."""
    return bool(context.slice.pairs or context.window or context.at)


def _seen(node: NodeSnapshot) -> bool:
    return bool(node.in_progress or node.entered or node.left or node.at_risk)
