"""When each node changed its colour, so that a page can say since when."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.slices import ALL
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from dashboard.status_runs import Change
from dashboard.trends import Trend

JUDGED = "judged"
"""Stands for the rule in what was logged afterwards, of the time before anybody looked."""

# One step of the index per node: the log grows for years, and every snapshot asks.
_CURRENT = text("""
    WITH RECURSIVE known(node) AS (
        SELECT min(node) FROM status_change
         UNION ALL
        SELECT (SELECT min(s.node) FROM status_change s WHERE s.node > known.node) FROM known WHERE node IS NOT NULL)
    SELECT last.node, last.status, last.at, run.at AS since, run.previous IS NOT NULL AS seen
      FROM known CROSS JOIN LATERAL (
           SELECT node, status, at FROM status_change s
            WHERE s.node = known.node AND s.slice = :slice ORDER BY at DESC LIMIT 1) last
           CROSS JOIN LATERAL (
           SELECT at, previous FROM status_change s
            WHERE s.node = last.node AND s.slice = :slice AND s.at > coalesce((
                  SELECT max(o.at) FROM status_change o
                   WHERE o.node = last.node AND o.slice = :slice
                     AND replace(o.status, 'deep_red', 'red') <> replace(last.status, 'deep_red', 'red')), '-infinity')
            ORDER BY at LIMIT 1) run
""")

_APPEND = text("""
    INSERT INTO status_change (node, slice, at, status, previous, rule, figures)
    VALUES (:node, :slice, :at, :status, :previous, :rule, CAST(:figures AS jsonb))
        ON CONFLICT (node, slice, at) DO NOTHING
""")

_BETWEEN = text("""
    SELECT s.node, s.at, s.status, s.rule
      FROM unnest(CAST(:nodes AS text[])) AS asked(node)
     CROSS JOIN LATERAL (
           SELECT max(at) AS at FROM status_change WHERE node = asked.node AND slice = :slice AND at <= :since) before
      JOIN status_change s ON s.node = asked.node AND s.slice = :slice
           AND s.at >= coalesce(before.at, :since) AND s.at <= :until
     ORDER BY s.node, s.at
""")


@dataclass(frozen=True, slots=True)
class Logged:
    """A node's last logged status. ``since``: when its colour began, ``None`` where nobody was looking then.

    Red and deep red are one colour: a node that swings between them was red all the time.
    """

    status: str
    at: datetime
    since: datetime | None


def current_status(connection: Connection) -> dict[str, Logged]:
    """The last logged status of each node, all orders together."""
    rows = connection.execute(_CURRENT, {"slice": ALL})
    return {row.node: Logged(row.status, row.at, row.since if row.seen else None) for row in rows}


def log_transitions(connection: Connection, snapshot: Snapshot) -> tuple[NodeSnapshot, ...]:
    """Append the nodes whose status differs from the last logged one, and return them.

    Only a live snapshot of all orders belongs in the log; one that is not newer than the log changes nothing.
    """
    if snapshot.slice.pairs:
        return ()
    logged = current_status(connection)
    changed = tuple(_changed(snapshot, logged))
    if changed:
        connection.execute(_APPEND, [_row(node, snapshot.as_of, logged.get(node.key)) for node in changed])
    return changed


def _changed(snapshot: Snapshot, logged: dict[str, Logged]) -> Iterable[NodeSnapshot]:
    for node in snapshot.nodes:
        last = logged.get(node.key)
        if last is None or (last.status != node.status and last.at < snapshot.as_of):
            yield node


def _row(node: NodeSnapshot, at: datetime, last: Logged | None) -> dict[str, object]:
    return {
        "node": node.key,
        "slice": ALL,
        "at": at,
        "status": str(node.status),
        "previous": last.status if last else None,
        "rule": node.reason.rule,
        "figures": json.dumps(dict(node.reason.figures)),
    }


def log_judged(connection: Connection, trends: Iterable[Trend]) -> None:
    """Append to an empty log what these trends say of the time before it."""
    if rows := [row for trend in trends for row in _judged(trend)]:
        connection.execute(_APPEND, rows)


def _judged(trend: Trend) -> Iterable[dict[str, object]]:
    last: str | None = None
    for step, status in zip(trend.steps, trend.status, strict=True):
        if status != last:
            row = {"node": trend.node, "slice": ALL, "at": step.end, "status": str(status), "previous": last}
            yield {**row, "rule": JUDGED, "figures": "{}"}
        last = str(status)


def changes_between(
    connection: Connection, nodes: Sequence[str], since: datetime, until: datetime
) -> dict[str, list[Change]]:
    """The changes of each node from ``since`` to ``until``, all orders together, and the last one before."""
    found: dict[str, list[Change]] = {node: [] for node in nodes}
    asked = {"nodes": list(nodes), "slice": ALL, "since": since, "until": until}
    for row in connection.execute(_BETWEEN, asked):
        found[row.node].append(Change(row.at, Status(row.status), row.rule != JUDGED))
    return found
