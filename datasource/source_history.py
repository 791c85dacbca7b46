"""What each source told and when: the evidence for whether it still speaks."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, text

from dashboard.lifeline import Lifeline
from dashboard.sources import USUAL_DAYS, History, Messages, Source, feeding, sources, usual_of
from datasource.watermarks import watermarks

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_TOLD = text("""
    SELECT coalesce(source, '') AS source, CAST(floor(date_part('epoch', at) / 60) AS bigint) AS minute, node,
           count(*) AS n, count(*) FILTER (WHERE kind IN ('left', 'finished')) AS departures,
           GROUPING(node) AS by_minute
      FROM node_event WHERE at >= :since AND at < :until AND source IS DISTINCT FROM 'lifeline'
     GROUP BY GROUPING SETS ((1, 2), (1, 3)) ORDER BY 2
""")
_COUNTED = text("""
    SELECT coalesce(source, '') AS source, count(*) AS n FROM node_event
     WHERE at > :since AND at <= :until AND source IS DISTINCT FROM 'lifeline' GROUP BY 1
""")
_HEARD_BY = text("""
    SELECT coalesce(source, '') AS source, max(at) AS heard_at FROM node_event
     WHERE at > :since AND at <= :until AND source IS DISTINCT FROM 'lifeline' GROUP BY 1
""")


def sources_seen(
    connection: Connection, lifeline: Lifeline, history: History, now: datetime, at: datetime | None = None
) -> tuple[Source, ...]:
    """Every source system as it is at ``now``, or as it was at an instant of the past."""
    seen_at = at or now
    heard = heard_by(connection, seen_at - DAY, seen_at) if at else watermarks(connection)
    return sources(lifeline, heard, history, events_between(connection, seen_at - HOUR, seen_at), seen_at)


def source_history(connection: Connection, lifeline: Lifeline, now: datetime) -> History:
    """The sources' usual ways in the days before ``now``."""
    messages, departures = told(connection, now - timedelta(days=USUAL_DAYS + 1), now)
    zone = ZoneInfo(lifeline.time_zone)
    usual = {key: found for key, these in messages.items() if (found := usual_of(these, now, zone))}
    return History(usual, feeding(departures, lifeline))


def told(
    connection: Connection, since: datetime, until: datetime
) -> tuple[dict[str, Messages], dict[tuple[str, str], int]]:
    """What each source told in ``[since, until)``: its events by minute, and its departures by node and source.

    Events that name no source stand under the empty name.
    """
    by_minute: dict[str, list[tuple[int, int]]] = defaultdict(list)
    departures: dict[tuple[str, str], int] = {}
    for row in connection.execute(_TOLD, {"since": since, "until": until}):
        if row.by_minute:
            by_minute[row.source].append((row.minute, row.n))
        elif row.node is not None and row.departures:
            departures[row.node, row.source] = row.departures
    return {key: Messages(*np.array(rows, dtype=np.int64).T) for key, rows in by_minute.items()}, departures


def events_between(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """How many events of ``(since, until]`` each source told."""
    return {row.source: row.n for row in connection.execute(_COUNTED, {"since": since, "until": until})}


def heard_by(connection: Connection, since: datetime, until: datetime) -> dict[str, datetime]:
    """The newest event of ``(since, until]`` of each source; heartbeats of the past are not kept."""
    return {row.source: row.heard_at for row in connection.execute(_HEARD_BY, {"since": since, "until": until})}
