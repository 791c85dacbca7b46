"""The record of what befell the shop: one row for each incident, whoever began it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, text
from sqlalchemy.dialects.postgresql import insert

from dashboard.incidents import Incident
from datasource.schema import incident as table

_BETWEEN = text("""
    SELECT incident_id, kind, node, place, began_at, until, ended_at FROM incident
     WHERE began_at < coalesce(CAST(:until AS timestamptz), 'infinity')
       AND coalesce(ended_at, until, 'infinity') >= :since
     ORDER BY began_at, incident_id
""")
_NEWEST = text("""
    SELECT incident_id, kind, node, place, began_at, until, ended_at FROM incident
     ORDER BY began_at DESC, incident_id LIMIT :most
""")


def incidents_between(connection: Connection, since: datetime, until: datetime | None = None) -> tuple[Incident, ...]:
    """Those that went on at any time from ``since`` to ``until``, or that are to come, by their beginning."""
    found = connection.execute(_BETWEEN, {"since": since, "until": until})
    return tuple(_incident(row) for row in found)


def newest_incidents(connection: Connection, most: int) -> tuple[Incident, ...]:
    """The last ones that began, the newest first."""
    return tuple(_incident(row) for row in connection.execute(_NEWEST, {"most": most}))


def note_incidents(connection: Connection, incidents: Iterable[Incident], now: datetime) -> None:
    """Write them down, in the place of what was noted under their ids."""
    rows = [
        {
            "incident_id": one.incident_id,
            "kind": one.kind,
            "node": one.node,
            "place": dict(one.place),
            "began_at": one.began_at,
            "until": one.until,
            "ended_at": one.ended_at,
            "made_at": now,
        }
        for one in incidents
    ]
    if not rows:
        return
    added = insert(table)
    kept = {name: added.excluded[name] for name in ("began_at", "until", "ended_at")}
    connection.execute(added.on_conflict_do_update(index_elements=["incident_id"], set_=kept), rows)


def _incident(row: Row[tuple[object, ...]]) -> Incident:
    return Incident(row.incident_id, row.kind, row.node, row.place, row.began_at, row.until, row.ended_at)
