"""Builders for what the pages show: snapshots with calm defaults, and the context to show them in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from dash.development.base_component import Component

from dashboard.holders import Holders
from dashboard.lifeline import Lifeline
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.shared import Stopped
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Reason, Snapshot, Status
from dashboard.spectrum import spectrum
from dashboard.visit_columns import VisitColumns
from datasource.lifelines import shipped
from layouts.context import Context
from layouts.neighbours_panel import Neighbours
from layouts.node_page import NodeView
from tests.builders import NOON, hours


def node_snapshot(key: str = "pickup", **changes: Any) -> NodeSnapshot:
    """A calm node: index 1.0, 40 in progress, none overdue, 180 left in the last hour."""
    calm = NodeSnapshot(
        key=key,
        window_used_seconds=3600,
        at_risk=220,
        in_progress=40,
        overdue=0,
        oldest_overdue_seconds=None,
        overdue_amount=Decimal(0),
        entered=180,
        left=180,
        mean_seconds=4200.0,
        p50_seconds=4000.0,
        p95_seconds=9000.0,
        timeout_rate=0.012,
        timeout_rate_low=0.004,
        timeout_rate_high=0.031,
        timeout_rate_settled=0.01,
        due=170,
        newly_overdue=1,
        congestion_index=1.0,
        baseline_seconds=4320.0,
        baseline_provisional=False,
        load_index=1.0,
        status=Status.GREEN,
        reason=Reason("normal"),
        top_exception=None,
    )
    return replace(calm, **changes)


def red_node(key: str = "pickup", **changes: Any) -> NodeSnapshot:
    """A node three times slower than usual, 214 of its 462 orders overdue."""
    figures = {"in_progress": 462, "overdue": 214, "congestion_index": 3.1, "status": Status.RED, "left": 60}
    return node_snapshot(key, **{**figures, "reason": Reason("index"), **changes})


def grey_node(key: str = "pickup", **changes: Any) -> NodeSnapshot:
    """A node with 12 orders in a day: nothing can be told of it."""
    unknown = dict.fromkeys(
        (
            "congestion_index",
            "timeout_rate",
            "timeout_rate_low",
            "timeout_rate_high",
            "mean_seconds",
            "baseline_seconds",
        )
    )
    few = {"status": Status.GREY, "reason": Reason("few"), "at_risk": 12, "window_used_seconds": 86_400, "left": 8}
    return node_snapshot(key, **{**unknown, **few, **changes})


def empty_node(key: str) -> NodeSnapshot:
    """A node that no order has ever come to."""
    return grey_node(key, at_risk=0, in_progress=0, entered=0, left=0)


def snapshot(*nodes: NodeSnapshot, silence: float | None = 1.0, slice: Slice | None = None) -> Snapshot:
    """A snapshot at noon, its sources last heard ``silence`` seconds before."""
    heard = None if silence is None else NOON - timedelta(seconds=silence)
    return Snapshot(NOON, 3600, slice or Slice(), heard, nodes)


def context(lang: str = "en", lifeline: Lifeline | None = None, **changes: Any) -> Context:
    """A view of the distributor's lifeline, in English, light, unfiltered and live."""
    return Context(lang=lang, lifeline=lifeline or shipped("distributor"), **changes)


def node_view(taken: Snapshot, key: str = "pickup", **changes: Any) -> NodeView:
    """What a node's page shows: a flow, some dwells, nothing that explains, and the same numbers a week ago."""
    numbers = next((node for node in taken.nodes if node.key == key), node_snapshot(key))
    calm: dict[str, Any] = {
        "flow": FlowSeries((hours(-2), hours(-1)), 3600, (20, 30), (10, 15), (110, 125)),
        "distribution": DwellDistribution((0.0, 7200.0, 14400.0, 21600.0), (30, 9, 2), (1, 4, 7)),
        "explanations": (),
        "spectrum": spectrum(no_visits(), hours(-2), NOON),
        "neighbours": Neighbours(taken, {}),
        "holders": Holders(0, ()),
        "earlier": numbers,
    }
    read = {name: partial(_given, changes.pop(name, value)) for name, value in calm.items()}
    stopped = changes.pop("stopped", Stopped(known=False, total=0, rows=()))
    return NodeView(taken, key, **read, stopped=lambda _: _given(stopped), **changes)


def _given(value: Any) -> Any:
    """A value, or what a function that stands in its place answers, or raises."""
    return value() if callable(value) else value


def no_visits() -> VisitColumns:
    """Columns without a row."""
    none = np.empty(0, dtype=np.int64)
    return VisitColumns(none, none, none, none.astype(np.int32), none / 1.0, none.astype(np.bool_), none)


def components(value: object) -> Iterator[Component]:
    """Every component in a built page, outermost first."""
    if isinstance(value, Component):
        yield value
        yield from components(getattr(value, "children", None))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from components(item)


def with_class(page: object, name: str) -> list[Component]:
    """The components that carry this class."""
    return [part for part in components(page) if name in str(getattr(part, "className", "")).split()]


def text_of(value: object) -> str:
    """All text below a component, in order."""
    if isinstance(value, Component):
        return text_of(getattr(value, "children", None))
    if isinstance(value, (list, tuple)):
        return "".join(text_of(item) for item in value)
    return "" if value is None else str(value)
