"""Evidence from the visits themselves: for any instant, and for slices that the rollups do not hold."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from dashboard.evidence import Evidence, Floats
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.visit_columns import VisitColumns, ages, visit_evidence
from dashboard.windows import HOUR, floor_minute, opening
from datasource.columns import read_columns

_ALIVE = """
SELECT array_position(%(nodes)s::text[], v.node) - 1,
       v.entered_at, coalesce(v.left_at, 'infinity'), v.due_at,
       CASE WHEN v.exit IS NULL THEN 0 WHEN v.exit = 'next' THEN 1 ELSE 2 END,
       coalesce(v.dwell_seconds, 'NaN'), v.measured, (coalesce(o.amount, 0) * 100)::int8
  FROM node_visit v JOIN orders o ON o.order_id = v.order_id
 WHERE v.node = ANY(%(nodes)s::text[]) AND v.entered_at <= %(at)s AND o.dimensions @> %(dimensions)s::jsonb
   AND (v.exit IS NULL OR v.left_at >= %(since)s OR (v.due_at >= %(since)s AND v.due_at < %(at)s)
        OR (NOT v.measured AND v.entered_at >= %(since)s))
"""

_KINDS = {
    "position": "int4",
    "entered": "timestamptz",
    "left": "timestamptz",
    "due": "timestamptz",
    "way_out": "int4",
    "dwell": "float8",
    "measured": "bool",
    "cents": "int8",
}


def read_visits(
    connection: Connection, nodes: Sequence[Node], slice_: Slice, since: datetime, at: datetime
) -> dict[str, VisitColumns]:
    """Per node, the visits that were open at ``at`` or entered, left or were due between ``since`` and ``at``."""
    parameters = {
        "nodes": [node.key for node in nodes],
        "dimensions": json.dumps(dict(slice_.pairs)),
        "since": since,
        "at": at,
    }
    columns = read_columns(connection, _ALIVE, parameters, _KINDS)
    position = columns.pop("position")
    visits = VisitColumns(**columns)
    return {node.key: visits.where(position == place) for place, node in enumerate(nodes)}


class RawMaterial:
    """What is known of some nodes at one instant, from their visits."""

    def __init__(self, lifeline: Lifeline, visits: dict[str, VisitColumns], at: datetime) -> None:
        self.lifeline = lifeline
        self.visits = visits
        self.at = at

    def opening(self, width: timedelta) -> datetime:
        """Where a window of this width opens."""
        return opening(self.at, width)

    def evidence(self, node: Node, width: timedelta) -> Evidence:
        """The node's evidence over a window no wider than the one that was read."""
        calendar = self.lifeline.calendar(node)
        return visit_evidence(node.key, calendar, self.visits[node.key], self.opening(width), self.at, width)

    def ages(self, node: Node) -> tuple[Floats, Floats]:
        """How long the visits in progress have lasted, in seconds on the node's clock, and how many of each."""
        found = ages(self.lifeline.calendar(node), self.visits[node.key], self.at)
        return found, np.ones(len(found))


def read_raw(
    connection: Connection, lifeline: Lifeline, nodes: Sequence[Node], slice_: Slice, widest: timedelta, at: datetime
) -> RawMaterial:
    """Read what windows up to ``widest`` need of these nodes."""
    since = min(opening(at, widest), floor_minute(at) - HOUR)
    return RawMaterial(lifeline, read_visits(connection, nodes, slice_, since, at), at)
