"""The snapshot: every number of every node, for one slice, window and instant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, text

from dashboard.evidence import Evidence
from dashboard.judgement import node_snapshot
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from dashboard.widening import wide_enough, widened
from dashboard.windows import WIDTHS
from datasource.baselines import usual_at
from datasource.material import Material, read_material
from datasource.status_log import Logged, current_status
from datasource.top_exceptions import exceptions_by_node

_HEARD = text("SELECT max(heard_at) FROM source_watermark")

# The newest departure narrows the search, because it is found by an index, to the events after it.
_HEARD_BY = text("""
    SELECT max(at) FROM node_event
     WHERE at <= :at AND at >= coalesce((
           SELECT max(v.left_at) FROM unnest(CAST(:nodes AS text[])) AS asked(node)
            CROSS JOIN LATERAL (
                  SELECT left_at FROM node_visit
                   WHERE node = asked.node AND left_at <= :at ORDER BY left_at DESC LIMIT 1) v), '-infinity')
""")

Found = dict[str, tuple[Material, Evidence]]


def snapshot(
    connection: Connection,
    lifeline: Lifeline,
    *,
    slice: Slice | None = None,
    window: timedelta | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Snapshot:
    """What the lifeline shows for a slice, at ``now`` or as it was at an instant of the past.

    Without a ``window`` each node takes the first of one, four and 24 hours in which enough visits were at risk.
    The present is read from the rollups; the past, and slices of several dimensions, from the visits themselves.
    """
    slice_, seen_at = slice or Slice(), at or now
    found = _widened(connection, lifeline, slice_, window, at=at, now=now)
    openings = {key: material.opening(_width(evidence)) for key, (material, evidence) in found.items()}
    exceptions = exceptions_by_node(connection, openings, slice_, seen_at, past=at is not None)
    usual = usual_at(connection, lifeline, lifeline.nodes, slice_, seen_at, past=at is not None)
    logged = current_status(connection) if at is None and not slice_.pairs else {}
    nodes = []
    for node in lifeline:
        here = exceptions.get(node.key, {})
        last = logged.get(node.key)
        evidence = replace(
            found[node.key][1],
            top_exception=next(iter(here), None),
            exceptions=here,
            usual=usual.get(node.key),
            previous_status=last.status if last else None,
        )
        told = node_snapshot(node, evidence, seen_at, lifeline.calendar(node))
        nodes.append(_dated(told, last, seen_at))
    heard = _heard(connection, lifeline, at)
    return Snapshot(seen_at, round((window or WIDTHS[0]).total_seconds()), slice_, heard, tuple(nodes))


def _widened(
    connection: Connection,
    lifeline: Lifeline,
    slice_: Slice,
    window: timedelta | None,
    *,
    at: datetime | None,
    now: datetime,
) -> Found:
    """Each node's evidence over the asked window, or over the first that is wide enough; two reads at most."""
    first = window or WIDTHS[0]
    found = _over(connection, lifeline, lifeline.nodes, slice_, first, at=at, now=now)
    few = [node for node in lifeline if not wide_enough(node, found[node.key][1].observations)]
    if window is not None or not few:
        return found
    widest = read_material(connection, lifeline, few, slice_, WIDTHS[-1], at=at, now=now)
    return found | {node.key: (widest, widened(node, partial(widest.evidence, node), WIDTHS[1:])) for node in few}


def _over(
    connection: Connection,
    lifeline: Lifeline,
    nodes: Sequence[Node],
    slice_: Slice,
    width: timedelta,
    *,
    at: datetime | None,
    now: datetime,
) -> Found:
    material = read_material(connection, lifeline, nodes, slice_, width, at=at, now=now)
    return {node.key: (material, material.evidence(node, width)) for node in nodes}


def _width(evidence: Evidence) -> timedelta:
    return timedelta(seconds=evidence.window_seconds)


def _dated(told: NodeSnapshot, last: Logged | None, at: datetime) -> NodeSnapshot:
    """Since when the colour holds: as logged, or from now on where it has just changed; of the past it is not told."""
    if last is None:
        return told
    return replace(told, since=last.since if told.status.colour == Status(last.status).colour else at)


def _heard(connection: Connection, lifeline: Lifeline, at: datetime | None) -> datetime | None:
    if at is None:
        heard: datetime | None = connection.execute(_HEARD).scalar_one()
        return heard
    told = {"at": at, "nodes": [node.key for node in lifeline]}
    by_then: datetime | None = connection.execute(_HEARD_BY, told).scalar_one()
    return by_then
