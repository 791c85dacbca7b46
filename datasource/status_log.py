"""When each node changed its colour, so that a page can say since when."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.slices import ALL
from dashboard.snapshot import NodeSnapshot, Snapshot

# One step of the index per node: the log grows for years, and every snapshot asks.
_CURRENT = text("""
    WITH RECURSIVE known(node) AS (
        SELECT min(node) FROM status_change
         UNION ALL
        SELECT (SELECT min(s.node) FROM status_change s WHERE s.node > known.node) FROM known WHERE node IS NOT NULL)
    SELECT last.node, last.status, last.at
      FROM known CROSS JOIN LATERAL (
           SELECT node, status, at FROM status_change s
            WHERE s.node = known.node AND s.slice = :slice ORDER BY at DESC LIMIT 1) last
""")

_APPEND = text("""
    INSERT INTO status_change (node, slice, at, status, previous, rule, figures)
    VALUES (:node, :slice, :at, :status, :previous, :rule, CAST(:figures AS jsonb))
        ON CONFLICT (node, slice, at) DO NOTHING
""")


def current_status(connection: Connection) -> dict[str, tuple[str, datetime]]:
    """The last logged status of each node, all orders together, and since when it holds."""
    return {row.node: (row.status, row.at) for row in connection.execute(_CURRENT, {"slice": ALL})}


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


def _changed(snapshot: Snapshot, logged: dict[str, tuple[str, datetime]]) -> Iterable[NodeSnapshot]:
    for node in snapshot.nodes:
        last = logged.get(node.key)
        if last is None or (last[0] != node.status and last[1] < snapshot.as_of):
            yield node


def _row(node: NodeSnapshot, at: datetime, last: tuple[str, datetime] | None) -> dict[str, object]:
    return {
        "node": node.key,
        "slice": ALL,
        "at": at,
        "status": str(node.status),
        "previous": last[0] if last else None,
        "rule": node.reason.rule,
        "figures": json.dumps(dict(node.reason.figures)),
    }
