"""The node page: fetch its numbers, lay them out."""

from datetime import datetime, timedelta

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.lifeline import Node
from dashboard.windows import DAY, HOUR
from layouts.context import Context
from layouts.neighbours_panel import Neighbours, beside
from layouts.node_page import NodeView, node_not_found, node_page
from layouts.orders_grid import DEFAULT_STATE, STATES
from layouts.shell import Freshness


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page of the node whose key is ``rest``; one that the lifeline does not have is told from those it has."""
    del services
    if rest not in context.lifeline:
        return node_not_found(context, rest, Freshness(now, reads.silence_seconds(now)))
    node, until = context.lifeline.node(rest), context.at or now
    snapshot = reads.snapshot(context.slice, context.window, context.at)
    used = next(numbers.window_used_seconds for numbers in snapshot.nodes if numbers.key == rest)
    window = timedelta(seconds=used)
    slice_, at = context.slice, context.at
    view = NodeView(
        snapshot,
        rest,
        flow=lambda: reads.node.flow(node, slice_, until, *flow_span(window)),
        distribution=lambda: reads.node.distribution(node, slice_, window, at, now),
        explanations=lambda: reads.node.explanations(node, slice_, window, at, now),
        spectrum=lambda: reads.node.spectrum(node, slice_, window, at, now),
        neighbours=lambda: neighbours(reads, context, node, now),
        holders=lambda: reads.node.holders(node, slice_, at, now),
        earlier=lambda: reads.node.week_before(node, slice_, window, at, now),
        stopped=lambda kind: reads.node.stopped(kind, slice_, now),
        slice_values=reads.slice_values(now),
        state=state_of(address),
    )
    return node_page(view, context)


def neighbours(reads: Reads, context: Context, node: Node, now: datetime) -> Neighbours:
    """The flow at the node and beside it, of the orders that the page is about."""
    slice_ = context.slice.of_orders_only
    near = {it.key for it in beside(context, node)}
    taken = reads.snapshot(slice_, context.window, context.at)
    widths = {it.key: timedelta(seconds=it.window_used_seconds) for it in taken.nodes if it.key in near}
    return Neighbours(taken, reads.node.usual_flows(widths, slice_, context.at, now))


def flow_span(window: timedelta) -> tuple[timedelta, timedelta]:
    """How far back the flow is drawn, and in which steps: a day in quarters of an hour, longer windows in hours."""
    if window <= DAY:
        return DAY, timedelta(minutes=15)
    return window, HOUR if window <= timedelta(days=8) else timedelta(hours=6)


def state_of(address: Address) -> str:
    """Which of the node's orders the address lists."""
    state = address.parameters.get("state", DEFAULT_STATE)
    return state if state in STATES else DEFAULT_STATE
