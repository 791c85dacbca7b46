"""The rollups counted anew from the visits: what they must equal, cell by cell, once everything is folded.

On purpose another road than the fold's: plain loops over the visits as they stand, without changes and without numpy.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, text

from dashboard.lifeline import Lifeline
from dashboard.slices import slice_keys
from dashboard.windows import floor_hour, floor_minute

Key = tuple[str, str, datetime]
"""Node, slice, and the start of the minute or hour."""

_GROWTH = Fraction(101, 99)
_LIMITS = [float(_GROWTH) ** power for power in range(1500)]


@dataclass
class Cells:
    """Every number of the rollups that is not zero, by key and name; a histogram cell is named by its code."""

    minute: dict[Key, Counter[str]] = field(default_factory=dict)
    hour: dict[Key, Counter[str]] = field(default_factory=dict)
    open_entry: dict[Key, int] = field(default_factory=dict)
    open_due: dict[Key, tuple[int, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A rollup row that is not what the visits say."""

    key: Key
    stored: dict[str, int]
    counted: dict[str, int]


def recount(connection: Connection, lifeline: Lifeline) -> Cells:
    """The rollups as the visits and orders say that they must be; minutes only as far back as they are kept."""
    del lifeline  # what is stored carries its due times, whatever lifeline is in force by now
    since = connection.execute(text("SELECT minute_from FROM fold_state")).scalar_one()
    minute: Counter[tuple[Key, str]] = Counter()
    hour: Counter[tuple[Key, str]] = Counter()
    entry: Counter[Key] = Counter()
    due: Counter[Key] = Counter()
    money: Counter[Key] = Counter()
    for row in connection.execute(_VISITS):
        for slice_ in slice_keys(row.dimensions):
            for instant, name, amount in _filed(row):
                if since is None or floor_minute(instant) >= since:
                    minute[(row.node, slice_, floor_minute(instant)), name] += amount
                hour[(row.node, slice_, floor_hour(instant)), name] += amount
            if row.exit is None:
                entry[row.node, slice_, floor_minute(row.entered_at)] += 1
                key = (row.node, slice_, floor_minute(row.due_at))
                due[key] += 1
                money[key] += round((row.amount or Decimal(0)) * 100)
    open_due = {key: (n, Decimal(money[key]) / 100) for key, n in due.items()}
    return Cells(_grouped(minute), _grouped(hour), dict(entry), open_due)


def stored(connection: Connection) -> Cells:
    """The rollups as they are stored, without sums of zero; a histogram must not hold any zero itself."""
    return Cells(
        dict(_rows(connection.execute(text("SELECT * FROM rollup_minute")))),
        dict(_rows(connection.execute(text("SELECT * FROM rollup_hour")))),
        {
            (row.node, row.slice, row.start): row.n
            for row in connection.execute(text("SELECT * FROM rollup_open_entry"))
        },
        {
            (row.node, row.slice, row.start): (row.n, row.amount)
            for row in connection.execute(text("SELECT * FROM rollup_open_due"))
        },
    )


def self_check(connection: Connection, lifeline: Lifeline, hour: datetime) -> list[Difference]:
    """Where the rollup of one whole hour differs from its visits; empty when all is well.

    Both are read in one statement's time only if the caller's transaction is ``REPEATABLE READ``; what is not folded
    yet shows as a difference, so an hour that still changes is no use, and neither is one that changes meanwhile.
    """
    start, end = floor_hour(hour), floor_hour(hour) + timedelta(hours=1)
    window = {"since": start, "until": end, "nodes": [node.key for node in lifeline]}
    counted: Counter[tuple[Key, str]] = Counter()
    for row in connection.execute(_VISITS_OF_HOUR, window):
        for slice_ in slice_keys(row.dimensions):
            for instant, name, amount in _filed(row):
                if start <= instant < end:
                    counted[(row.node, slice_, start), name] += amount
    told = _grouped(counted)
    kept = dict(_rows(connection.execute(_ROLLUP_OF_HOUR, window)))
    keys = sorted(told.keys() | kept.keys())
    return [
        Difference(key, dict(kept.get(key, {})), dict(told.get(key, {})))
        for key in keys
        if kept.get(key) != told.get(key)
    ]


def _filed(row: Row[Any]) -> Iterator[tuple[datetime, str, int]]:
    """What a visit adds: under which instant, to which number, how much."""
    yield row.entered_at, "entered", 1
    if row.left_at is not None:
        yield row.left_at, "left" if row.exit == "next" else "cancelled", 1
    if not row.measured:
        return
    yield row.due_at, "due", 1
    if row.left_at > row.due_at if row.left_at is not None else row.exit is None:
        yield row.due_at, "missed", 1
    if row.left_at is not None:
        yield row.left_at, f"cell {_bucket(row.dwell_seconds) * 2 + (row.exit != 'next')}", 1
    if row.left_at is not None and row.exit == "next":
        yield row.left_at, "measured", 1
        yield row.left_at, "dwell_us", round(row.dwell_seconds * 1e6)


def _bucket(seconds: float) -> int:
    return bisect_left(_LIMITS, round(seconds * 1e6) / 1e6)


def _rows(rows: Iterable[Row[Any]]) -> Iterator[tuple[Key, Counter[str]]]:
    for row in rows:
        told = Counter({name: getattr(row, name) for name in _NAMES if getattr(row, name)})
        told.update({f"cell {cell}": count for cell, count in zip(row.cells, row.counts, strict=True)})
        if told:
            yield (row.node, row.slice, row.start), told


def _grouped(numbers: Counter[tuple[Key, str]]) -> dict[Key, Counter[str]]:
    grouped: dict[Key, Counter[str]] = {}
    for (key, name), number in numbers.items():
        if number:
            grouped.setdefault(key, Counter())[name] = number
    return grouped


_NAMES = ("entered", "left", "cancelled", "due", "missed", "measured", "dwell_us")
_COLUMNS = "v.*, o.dimensions, o.amount"
_VISITS = text(f"SELECT {_COLUMNS} FROM node_visit v JOIN orders o USING (order_id)")  # noqa: S608
_VISITS_OF_HOUR = text(
    f"SELECT {_COLUMNS} FROM node_visit v JOIN orders o USING (order_id)"  # noqa: S608
    " WHERE v.node = ANY(CAST(:nodes AS text[]))"
    " AND (v.entered_at < :until OR NOT v.measured AND v.left_at < :until)"
    " AND (v.exit IS NULL OR v.left_at >= :since OR v.due_at >= :since AND v.due_at < :until"
    " OR NOT v.measured AND v.entered_at >= :since)"
)
_ROLLUP_OF_HOUR = text("SELECT * FROM rollup_hour WHERE start = :since AND node = ANY(CAST(:nodes AS text[]))")
