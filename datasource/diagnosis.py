"""Which values explain the late orders of one node: its visits, decided, with what each of them has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Double, Row, and_, case, cast, func, or_, select

from dashboard.explanation import Decided, Explanation, explain, unusual
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import EXCEPTION, OPERATOR, Slice
from dashboard.visit_columns import micros
from dashboard.windows import DAY, opening
from datasource import slice_filters
from datasource.columns import Kinds, read_columns
from datasource.order_fields import Asked
from datasource.schema import node_visit, orders
from datasource.slice_filters import in_slice
from datasource.usual_lateness import SLOW_SHARE, usual_late_rate, usual_long_dwell

Floats = NDArray[np.float64]

_FARTHEST = 366 * DAY
_STAYS: LiteralString = """
SELECT v.node, v.entered_at, coalesce(v.left_at, 'infinity') FROM node_visit v
"""
# Who came since then did not leave before: so the index of the departures narrows it.
_CAME: LiteralString = """
 WHERE v.node = ANY(%(nodes)s) AND v.measured AND v.entered_at >= %(since)s AND v.entered_at <= %(latest)s
   AND (v.left_at >= %(since)s OR v.exit IS NULL)
"""
_V, _O = node_visit.c, orders.c


@dataclass(frozen=True, slots=True)
class _Asked:
    """One node, slice and window, which ends at ``at``."""

    lifeline: Lifeline
    node: Node
    slice: Slice
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class _Visits:
    """Columns of one length: seconds since 1970, hundredths, and the text columns by dimension.

    ``ended``: when it left, or ``at``. ``cents``: the amount of those that were late and still there.
    """

    entered: Floats
    ended: Floats
    due: Floats
    there: NDArray[np.bool_]
    cents: NDArray[np.int64]
    values: dict[str, Sequence[str | None]]


def explanations(
    connection: Connection,
    lifeline: Lifeline,
    node: Node,
    slice_: Slice,
    window: timedelta,
    *,
    at: datetime | None,
    now: datetime,
) -> tuple[Explanation, ...]:
    """What explains the late visits of a node in the window that ends now, or at an instant of the past.

    A visit is decided if it left in the window, or was still there past its due time. Where nothing explains the
    late ones, the slow ones are asked instead: see ``Explanation.slow``.
    """
    seen_at = at or now
    asked = _Asked(lifeline, node, slice_, opening(seen_at, window), seen_at)
    return _of_late(connection, asked) or _of_slow(connection, asked)


def _of_late(connection: Connection, asked: _Asked) -> tuple[Explanation, ...]:
    visits = _read(connection, asked, asked.since, or_(_gone(asked, asked.since), _V.due_at <= asked.at))
    late = np.where(visits.there, visits.due <= visits.ended, visits.due < visits.ended)
    usual = usual_late_rate(connection, asked.node, asked.slice, asked.since, asked.at)
    return explain(Decided(late, visits.cents, visits.values), usual)


def _of_slow(connection: Connection, asked: _Asked) -> tuple[Explanation, ...]:
    """Of the visits that came to last as long as most never do, in the window, those that were still there then."""
    limit = usual_long_dwell(connection, asked.node, asked.slice, asked.since, asked.at)
    if limit is None or limit >= asked.node.allowance.total_seconds():
        return ()
    calendar = asked.lifeline.calendar(asked.node)
    back = timedelta(seconds=ceil(limit))
    while calendar.between(asked.since - back, asked.since) < limit and back < _FARTHEST:
        back *= 2
    earliest = asked.since - back
    latest = asked.at - timedelta(seconds=limit)
    # First without what each of them has, which is most of the work: seldom is there anything to explain.
    entered, ended = _stays(connection, asked, earliest, latest)
    came, slow = _came_to_be_slow(asked, entered, ended, limit)
    if not unusual(int(slow.sum()), len(came), 1 - SLOW_SHARE):
        return ()
    visits = _read(connection, asked, earliest, and_(_V.entered_at >= earliest, _V.entered_at <= latest))
    came, slow = _came_to_be_slow(asked, visits.entered, visits.ended, limit)
    places: list[int] = came.tolist()
    values = {key: [column[place] for place in places] for key, column in visits.values.items()}
    return explain(Decided(slow, visits.cents[came], values), 1 - SLOW_SHARE, slow=True)


def _stays(connection: Connection, asked: _Asked, earliest: datetime, latest: datetime) -> tuple[Floats, Floats]:
    """When the measured visits came that came between two instants, and when they left, or ``at``; since 1970."""
    parameters = {"since": earliest, "latest": latest, "at": asked.at, **slice_filters.parameters(asked.slice)}
    query = _STAYS + slice_filters.joined(asked.slice) + _CAME + slice_filters.narrowed(asked.slice)
    kinds: Kinds = {"entered": "timestamptz", "gone": "timestamptz"}
    columns = read_columns(connection, [asked.node.key], query, parameters, kinds)[asked.node.key]
    return columns["entered"] / 1e6, np.minimum(columns["gone"], micros(asked.at)) / 1e6


def _came_to_be_slow(
    asked: _Asked, entered: Floats, ended: Floats, limit: float
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The places of the visits whose clock reached ``limit`` in the window, had they stayed; and which did stay."""
    calendar = asked.lifeline.calendar(asked.node)
    came, went = calendar.coordinate(entered), calendar.coordinate(ended)
    start, end = calendar.coordinate(np.array([asked.since.timestamp(), asked.at.timestamp()]))
    places = np.flatnonzero((came + limit > start) & (came + limit <= end))
    return places, went[places] - came[places] >= limit


def _read(connection: Connection, asked: _Asked, since: datetime, chosen: ColumnElement[bool]) -> _Visits:
    """The measured visits that left since an instant, or were still there at the end, of which ``chosen`` holds."""
    at, known = asked.at, Asked(asked.lifeline, asked.node, "in_progress", asked.at, settled=False)
    gone = _gone(asked, since)
    there = or_(_V.exit.is_(None), _V.left_at > at)
    keys = [key for key in _dimensions(asked.lifeline) if key not in dict(asked.slice.pairs)]
    texts = {
        OPERATOR: case((or_(gone, _V.left_at.is_(None)), _V.operator)),
        EXCEPTION: case((gone, _V.exception), else_=known.exception),
        **{dimension.key: _O.dimensions[dimension.key].astext for dimension in asked.lifeline.dimensions},
    }
    query = (
        select(
            _epoch(_V.entered_at),
            _epoch(case((gone, _V.left_at), else_=at)),
            _epoch(_V.due_at),
            there,
            case((and_(there, _V.due_at <= at), cast(func.coalesce(_O.amount * 100, 0), Double)), else_=0.0),
            *(texts[key].label(f"value_{place}") for place, key in enumerate(keys)),
        )
        .join_from(node_visit, orders, _O.order_id == _V.order_id)
        .where(_V.node == asked.node.key, _V.measured, _V.entered_at <= at, or_(gone, there), chosen)
        .where(*in_slice(known, asked.slice))
    )
    return _columns(keys, connection.execute(query).all())


def _columns(keys: Sequence[str], rows: Sequence[Row[Any]]) -> _Visits:
    entered, ended, due, there, cents, *values = zip(*rows, strict=True) if rows else [()] * (5 + len(keys))
    return _Visits(
        entered=np.array(entered, dtype=np.float64),
        ended=np.array(ended, dtype=np.float64),
        due=np.array(due, dtype=np.float64),
        there=np.array(there, dtype=np.bool_),
        cents=np.rint(np.array(cents, dtype=np.float64)).astype(np.int64),
        values=dict(zip(keys, values, strict=True)),
    )


def _dimensions(lifeline: Lifeline) -> list[str]:
    return [EXCEPTION, *(dimension.key for dimension in lifeline.dimensions), OPERATOR]


def _gone(asked: _Asked, since: datetime) -> ColumnElement[bool]:
    return and_(_V.left_at >= since, _V.left_at <= asked.at)


def _epoch(column: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(func.extract("epoch", column), Double)
