"""Evidence from the visits themselves: for any instant, and for slices that the rollups do not hold."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from dashboard.evidence import Evidence, Floats
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import ALL, Slice, slice_keys
from dashboard.visit_columns import VisitColumns, ages, micros, visit_evidence
from dashboard.windows import HOUR, floor_minute, opening
from datasource import slice_filters
from datasource.columns import Kinds, read_columns
from datasource.copying import driver

# The amount matters for the overdue only: few rows look it up.
_FIELDS: LiteralString = """
SELECT v.node, v.entered_at, coalesce(v.left_at, 'infinity'), v.due_at,
       CASE WHEN v.exit IS NULL THEN 0 WHEN v.exit = 'next' THEN 1 ELSE 2 END,
       coalesce(v.dwell_seconds, 'NaN'), v.measured,
       CASE WHEN v.due_at <= %(at)s AND (v.exit IS NULL OR v.left_at > %(at)s)
            THEN coalesce((SELECT amount * 100 FROM orders WHERE order_id = v.order_id), 0) ELSE 0 END
"""
_COLUMNS: LiteralString = (
    _FIELDS
    + """
  FROM node_visit v
"""
)
_OF_A_PROFILE: LiteralString = """, o.profile
  FROM node_visit v
  JOIN (SELECT order_id, coalesce(place - 1, cardinality(%(profiles)s::text[])) AS profile
          FROM orders LEFT JOIN unnest(%(profiles)s::text[]) WITH ORDINALITY AS told(profile, place)
                             ON profile = CAST(dimensions AS text)) AS o ON o.order_id = v.order_id
"""
_ALIVE: LiteralString = """
 WHERE v.node = ANY(%(nodes)s) AND (v.entered_at <= %(at)s OR (NOT v.measured AND v.left_at <= %(at)s))
   AND (v.exit IS NULL OR v.left_at >= %(since)s OR (v.due_at >= %(since)s AND v.due_at < %(at)s)
        OR (NOT v.measured AND v.entered_at >= %(since)s))
"""
_PROFILES: LiteralString = """
SELECT DISTINCT CAST(dimensions AS text) FROM orders JOIN (
  SELECT DISTINCT order_id FROM node_visit v
"""
_PROFILES += _ALIVE + ") AS there USING (order_id)"
_KINDS: Kinds = {
    "entered": "timestamptz",
    "left_": "timestamptz",
    "due": "timestamptz",
    "way_out": "int4",
    "dwell": "float8",
    "measured": "bool",
    "cents": "int8",
}

_DURING: LiteralString = """
   AND CASE WHEN v.measured
            THEN tstzrange(v.entered_at, coalesce(v.left_at, 'infinity'), '[]') && %(hours)s::tstzmultirange
            ELSE false END
"""


def read_visits(
    connection: Connection,
    nodes: Sequence[Node],
    slice_: Slice,
    since: datetime,
    at: datetime,
    hours: Sequence[datetime] | None = None,
) -> dict[str, VisitColumns]:
    """Per node, the visits that were open at ``at`` or entered, left or were due between ``since`` and ``at``.

    ``cents`` are told of those only that were overdue at ``at``. ``hours``: only measured visits, and of these only
    those that were there in one of the hours that start so.
    """
    keys = [node.key for node in nodes]
    parameters = {"nodes": keys, "since": since, "at": at, **slice_filters.parameters(slice_)}
    parameters["hours"] = "{" + ",".join(f"[{it.isoformat()},{(it + HOUR).isoformat()}]" for it in hours or ()) + "}"
    query = _COLUMNS + slice_filters.joined(slice_) + _ALIVE + slice_filters.narrowed(slice_)
    query += "" if hours is None else _DURING
    found = read_columns(connection, keys, query, parameters, _KINDS)
    return {key: VisitColumns(*columns.values()) for key, columns in found.items()}


@dataclass(frozen=True, slots=True)
class SlicedVisits:
    """The visits of one node, and the profile of each one's order: the same where all dimensions are the same.

    ``slices``: of each profile the slices that its orders count in.
    """

    visits: VisitColumns
    profile: NDArray[np.int64]
    slices: Sequence[frozenset[str]]

    def entered(self, since: datetime) -> Counter[str]:
        """How many visits entered from an instant on, by slice."""
        profiles, numbers = np.unique(self.profile[self.visits.entered >= micros(since)], return_counts=True)
        counted = Counter[str]()
        for profile, number in zip(profiles.tolist(), numbers.tolist(), strict=True):
            counted.update(dict.fromkeys(self.slices[profile], number))
        return counted

    def of(self, slice_: str) -> VisitColumns:
        """The visits in one slice."""
        within = np.array([slice_ in slices for slices in self.slices], dtype=bool)
        return self.visits.where(within[self.profile])


def read_sliced_visits(
    connection: Connection, nodes: Sequence[Node], since: datetime, at: datetime
) -> dict[str, SlicedVisits]:
    """As ``read_visits`` reads them, of all orders, once for all slices."""
    keys = [node.key for node in nodes]
    with driver(connection).cursor() as cursor:
        profiles = [told for (told,) in cursor.execute(_PROFILES, {"nodes": keys, "since": since, "at": at})]
    slices = [frozenset(slice_keys(json.loads(profile))) for profile in profiles]
    slices.append(frozenset({ALL}))  # of orders that came since the profiles were asked for
    query, parameters = _FIELDS + _OF_A_PROFILE + _ALIVE, {"since": since, "at": at, "profiles": profiles}
    found = read_columns(connection, keys, query, parameters, {**_KINDS, "profile": "int8"})
    return {
        node: SlicedVisits(VisitColumns(*columns.values()), profile, slices)
        for node, columns in found.items()
        for profile in [columns.pop("profile")]
    }


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
