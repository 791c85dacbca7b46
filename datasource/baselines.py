"""What is usual at each node at each hour of the week: made from the visits of the last weeks, kept in versions."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, text

from dashboard.baseline import ENOUGH_HOURS, HISTORY, Hour, HourUsual, clock_hours, hour_of_week, hourly, usual_by_hour
from dashboard.evidence import Usual
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import ALL, Slice
from dashboard.usual import hours_around, usual_then
from dashboard.visit_columns import VisitColumns, instant
from dashboard.windows import DAY, HOUR
from datasource.evidence_raw import read_sliced_visits, read_visits
from datasource.schema import baseline

ARRIVALS_PER_HOUR = 20
"""So many visits an hour, on average, give a slice a baseline of its own at a node."""

Made = tuple[Node, str, Mapping[Hour, HourUsual], timedelta]

_RENEWAL = 7 * DAY
_PROVISIONAL_RENEWAL = DAY
_LOCK = 7_142_003

_NEWEST = text("SELECT made_at, history_days, provisional FROM baseline_version ORDER BY version DESC LIMIT 1")
_NEXT = text("SELECT coalesce(max(version), 0) + 1 FROM baseline_version")
_ANY_VISIT = text("SELECT EXISTS (SELECT FROM node_visit)")
_VERSION = text("""
    INSERT INTO baseline_version (version, made_at, history_days, provisional)
    VALUES (:version, :made_at, :history_days, :provisional)
""")
_USUAL = text("""
    SELECT DISTINCT ON (node, day_type, hour) node, day_type, hour, rmst_seconds, overdue_per_hour, provisional
      FROM baseline
     WHERE version = (SELECT version FROM baseline_version WHERE made_at <= :at ORDER BY version DESC LIMIT 1)
       AND node = ANY(:nodes) AND slice IN (:slice, 'all')
       AND (day_type, hour) IN ((:type_before, :hour_before), (:day_type, :hour))
     ORDER BY node, day_type, hour, slice = 'all'
""")
_FIRST = text("""
    SELECT node, min(entered_at) AS first FROM node_visit
     WHERE node = ANY(:nodes) AND measured AND entered_at <= :at GROUP BY node
""")
_VERSIONED = text("SELECT EXISTS (SELECT FROM baseline_version WHERE made_at <= :at)")


def baseline_due(connection: Connection, now: datetime) -> bool:
    """Whether it is time for a new version: there is none, it is a week old, or a day and was made from little.

    A version that was made from nothing is replaced as soon as there is something.
    """
    newest = connection.execute(_NEWEST).first()
    if newest is None:
        return True
    if not newest.history_days:
        return bool(connection.execute(_ANY_VISIT).scalar_one())
    return bool(now - newest.made_at > (_PROVISIONAL_RENEWAL if newest.provisional else _RENEWAL))


def renew_baselines(connection: Connection, lifeline: Lifeline, now: datetime) -> int:
    """Make and store a new version from the visits of the four weeks before ``now``; answers its number."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    version = int(connection.execute(_NEXT).scalar_one())
    made = list(_make(connection, lifeline, now))
    history = max((history for *_, history in made), default=timedelta(0))
    rows = [row for node, slice_, week, _ in made for row in _rows(node, slice_, week, version, now)]
    connection.execute(
        _VERSION,
        {
            "version": version,
            "made_at": now,
            "history_days": history / DAY,
            "provisional": all(row["provisional"] for row in rows),
        },
    )
    if rows:
        connection.execute(insert(baseline), rows)
    return version


def usual_at(
    connection: Connection, lifeline: Lifeline, nodes: Sequence[Node], slice_: Slice, at: datetime, *, past: bool
) -> dict[str, Usual]:
    """What was usual at each node at this hour of the week, as far as known: the slice's own, else that of all orders.

    From the version in force at ``at``. Before the first one: of the past from the visits of the four weeks before,
    of the present nothing, because a page that is shown live cannot wait for it.
    """
    if past and not connection.execute(_VERSIONED, {"at": at}).scalar_one():
        return _usual_before(connection, lifeline, nodes, at)
    before, current, _ = hours_around(at, lifeline.time_zone)
    asked = {"at": at, "nodes": [node.key for node in nodes], "slice": str(slice_)}
    asked |= dict(zip(("type_before", "hour_before", "day_type", "hour"), (*before, *current), strict=True))
    weeks: dict[str, dict[Hour, Usual]] = {}
    for row in connection.execute(_USUAL, asked):
        found = Usual(row.rmst_seconds, row.overdue_per_hour, row.provisional)
        weeks.setdefault(row.node, {})[row.day_type, row.hour] = found
    return _known({key: usual_then(week, at, lifeline.time_zone) for key, week in weeks.items()})


def _make(connection: Connection, lifeline: Lifeline, now: datetime) -> Iterator[Made]:
    since, enough = now - HISTORY, ARRIVALS_PER_HOUR * (HISTORY // HOUR)
    for key, found in read_sliced_visits(connection, lifeline.nodes, since, now).items():
        busy = sorted(slice_ for slice_, entered in found.entered(since).items() if entered >= enough)
        for slice_ in (ALL, *(slice_ for slice_ in busy if slice_ != ALL)):
            visits = found.visits if slice_ == ALL else found.of(slice_)
            yield _usual_of(lifeline, lifeline.node(key), slice_, visits, now)


def _usual_of(lifeline: Lifeline, node: Node, slice_: str, visits: VisitColumns, now: datetime) -> Made:
    history = _history(visits, now)
    starts = clock_hours(now - history, now, lifeline.time_zone)
    figures = hourly(node, lifeline.calendar(node), visits, starts)
    return node, slice_, usual_by_hour(figures, lifeline.time_zone, history), history


def _usual_before(connection: Connection, lifeline: Lifeline, nodes: Sequence[Node], at: datetime) -> dict[str, Usual]:
    """From the hours of the same kind where they suffice, which spares most visits; where not, from all hours."""
    zone, history = lifeline.time_zone, _histories(connection, nodes, at)
    wanted = hours_around(at, zone)[:2]
    starts = clock_hours(at - HISTORY, at, zone)
    alike = [start for start in starts if hour_of_week(start, zone) in wanted]
    found: dict[str, Usual | None] = {}
    for chosen in (alike, starts):
        missing = [node for node in nodes if node.key in history and node.key not in found]
        visits = read_visits(connection, missing, Slice(), at - HISTORY, at, chosen) if missing else {}
        for node in missing:
            begun = [start for start in chosen if start >= at - history[node.key]]
            figures = hourly(node, lifeline.calendar(node), visits[node.key], begun)
            known = Counter(hour_of_week(begun[place], zone) for place in np.flatnonzero(~np.isnan(figures.rmst)))
            if chosen is starts or min(known[hour] for hour in wanted) >= ENOUGH_HOURS:
                week = usual_by_hour(figures, zone, history[node.key])
                found[node.key] = usual_then({hour: it.usual for hour, it in week.items()}, at, zone)
    return _known(found)


def _known(found: Mapping[str, Usual | None]) -> dict[str, Usual]:
    return {key: usual for key, usual in found.items() if usual is not None}


def _histories(connection: Connection, nodes: Sequence[Node], at: datetime) -> dict[str, timedelta]:
    """How far back each node's visits go, within the four weeks that matter; nodes without any are left out."""
    asked = {"nodes": [node.key for node in nodes], "at": at}
    return {row.node: min(HISTORY, at - row.first) for row in connection.execute(_FIRST, asked)}


def _history(visits: VisitColumns, now: datetime) -> timedelta:
    """How far back the visits go, within the four weeks that matter."""
    if not len(visits.entered):
        return timedelta(0)
    return min(HISTORY, max(now - instant(int(visits.entered.min())), timedelta(0)))


def _rows(
    node: Node, slice_: str, week: Mapping[Hour, HourUsual], version: int, now: datetime
) -> Iterator[dict[str, Any]]:
    for (day_type, hour), found in week.items():
        yield {
            "node": node.key,
            "slice": slice_,
            "day_type": day_type,
            "hour": hour,
            "version": version,
            "rmst_seconds": found.usual.rmst_seconds,
            "overdue_per_hour": found.usual.overdue_per_hour,
            "hours_used": found.hours_used,
            "provisional": found.usual.provisional,
            "made_at": now,
        }
