"""How much left a node in each hour of the past: what a usual day is told from."""

import json
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.lifeline import Node
from dashboard.slices import Slice

_ROLLED_UP = text("""
    SELECT start, "left" AS n FROM rollup_hour
     WHERE node = :node AND slice = :slice AND start >= :since AND start < :until AND "left" > 0
""")
_VISITS = text("""
    SELECT date_trunc('hour', v.left_at, 'UTC') AS start, count(*) AS n
      FROM node_visit v JOIN orders o ON o.order_id = v.order_id
     WHERE v.node = :node AND v.exit = 'next' AND v.left_at >= :since AND v.left_at < :until
       AND o.dimensions @> CAST(:dimensions AS jsonb)
     GROUP BY 1
""")


def left_by_hour(
    connection: Connection, node: Node, slice_: Slice, since: datetime, until: datetime
) -> dict[datetime, int]:
    """The orders of the slice that went on from the node, by the start of the UTC hour; hours without any are absent.

    A combination of dimensions, which no rollup holds, is counted from the visits.
    """
    parameters = {
        "node": node.key,
        "slice": str(slice_),
        "dimensions": json.dumps(dict(slice_.pairs)),
        "since": since,
        "until": until,
    }
    rows = connection.execute(_ROLLED_UP if slice_.rolled_up else _VISITS, parameters)
    return {row.start: row.n for row in rows}
