"""Which exceptions the visits have that are at a node, or went on from it in the window."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.slices import EXCEPTION, OPERATOR, Slice

# Of the past, a visit that was still there counts only with what some event had told of it by then.
_EXCEPTIONS = text("""
    SELECT asked.node, found.exception, found.n
      FROM unnest(CAST(:nodes AS text[]), CAST(:openings AS timestamptz[])) AS asked(node, opening)
     CROSS JOIN LATERAL (
           SELECT v.exception, count(*) AS n
             FROM node_visit v JOIN orders o ON o.order_id = v.order_id
            WHERE v.node = asked.node AND v.exception IS NOT NULL AND v.entered_at <= :at
              AND o.dimensions @> CAST(:dimensions AS jsonb)
              AND v.exception = coalesce(:exception, v.exception)
              AND (CAST(:operator AS text) IS NULL OR v.operator = :operator)
              AND (v.left_at >= asked.opening OR (v.left_at IS NULL AND v.exit IS NULL))
              AND (v.left_at <= :at OR NOT :past OR EXISTS (
                   SELECT FROM node_event e
                    WHERE e.order_id = v.order_id AND e.node = v.node AND e.exception = v.exception AND e.at <= :at))
            GROUP BY v.exception) found
     ORDER BY asked.node, found.n DESC, found.exception
""")


def exceptions_by_node(
    connection: Connection, openings: Mapping[str, datetime], slice_: Slice, at: datetime, *, past: bool
) -> dict[str, dict[str, int]]:
    """Per node, how many visits had each exception, the most frequent first; nodes without any are left out.

    ``openings``: where each node's window opens. ``past``: ``at`` is not the present.
    """
    parameters = {
        "nodes": list(openings),
        "openings": list(openings.values()),
        "dimensions": json.dumps(slice_.of_orders),
        "exception": slice_.of_visits.get(EXCEPTION),
        "operator": slice_.of_visits.get(OPERATOR),
        "at": at,
        "past": past,
    }
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(_EXCEPTIONS, parameters):
        found.setdefault(row.node, {})[row.exception] = row.n
    return found
