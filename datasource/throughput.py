"""How much left a node in each hour of the past: what a usual day is told from."""

import json
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.lifeline import Node
from dashboard.slices import OF_VISITS, Slice

_ROLLED_UP = text("""
    SELECT start, "left" AS n FROM rollup_hour
     WHERE node = :node AND slice = :slice AND start >= :since AND start < :until AND "left" > 0
""")
_VISITS = text("""
    SELECT date_trunc('hour', v.left_at, 'UTC') AS start, count(*) AS n
      FROM node_visit v JOIN orders o ON o.order_id = v.order_id
     WHERE v.node = :node AND v.exit = 'next' AND v.left_at >= :since AND v.left_at < :until
       AND o.dimensions @> CAST(:dimensions AS jsonb)
       AND (CAST(:operator AS text) IS NULL OR v.operator = :operator)
       AND (CAST(:exception AS text) IS NULL OR v.exception = :exception)
     GROUP BY 1
""")


def left_by_hour(
    connection: Connection, node: Node, slice_: Slice, since: datetime, until: datetime
) -> dict[datetime, int]:
    """The orders of the slice that went on from the node, by the start of the UTC hour; hours without any are absent.

    What no rollup holds, such as a combination of dimensions, is counted from the visits.
    """
    parameters = {
        "node": node.key,
        "slice": str(slice_),
        "dimensions": json.dumps(slice_.of_orders),
        **{name: slice_.of_visits.get(name) for name in OF_VISITS},
        "since": since,
        "until": until,
    }
    rows = connection.execute(_ROLLED_UP if slice_.rolled_up else _VISITS, parameters)
    return {row.start: row.n for row in rows}
