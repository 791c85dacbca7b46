"""What happened beside the orders and may explain a bend in a line: incidents, changed configuration, a new usual."""

from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.trends import Mark

# The first version of a lifeline is no change, and neither is the first baseline.
_MARKS = text("""
    SELECT 'incident' AS sort, kind AS name, began_at AS at, coalesce(ended_at, until) AS until, node, place,
           NULL AS by
      FROM incident
     WHERE began_at <= :until AND coalesce(ended_at, until, 'infinity') >= :since
    UNION ALL
    SELECT 'config', CAST(version AS text), made_at, NULL, NULL, NULL, made_by
      FROM config_version
     WHERE kind = 'lifeline' AND version > 1 AND made_at BETWEEN :since AND :until
    UNION ALL
    SELECT 'baseline', CAST(version AS text), made_at, NULL, NULL, NULL, NULL
      FROM baseline_version
     WHERE version > 1 AND history_days > 0 AND made_at BETWEEN :since AND :until
     ORDER BY at, sort, name
""")


def marks_between(connection: Connection, since: datetime, until: datetime) -> tuple[Mark, ...]:
    """All marks from ``since`` to ``until``, in order of time; an incident that began earlier and still went on too."""
    return tuple(
        Mark(row.sort, row.name, row.at, row.until, row.node, dict(row.place or {}) or None, row.by)
        for row in connection.execute(_MARKS, {"since": since, "until": until})
    )
