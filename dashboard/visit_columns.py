"""The evidence of one node from its visits themselves, as columns: exact, for any instant and any choice of orders."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from dashboard.calendar import Calendar
from dashboard.evidence import Dwells, Evidence, Floats, Observations
from dashboard.windows import HOUR, floor_minute

Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]

FOREVER = np.iinfo(np.int64).max
"""An instant that never comes."""

OPEN, NEXT, ASIDE = 0, 1, 2
"""Ways out: none yet, on to a next node, cancelled or returned."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class VisitColumns:
    """Visits of one node, one row each.

    Instants are microseconds since 1970; ``left`` is ``FOREVER`` where none is known. ``dwell``: seconds on the node's
    clock, NaN where unknown. ``cents``: the order's amount, in hundredths.
    """

    entered: Micros
    left: Micros
    due: Micros
    way_out: NDArray[np.int32]
    dwell: Floats
    measured: Mask
    cents: Micros

    def where(self, mask: Mask) -> "VisitColumns":
        """Only the rows that the mask holds for."""
        return VisitColumns(*(getattr(self, field.name)[mask] for field in fields(self)))

    def open_at(self, at: int) -> Mask:
        """In progress at this instant: come by then, and gone later or not at all.

        A visit that ended at an unknown time was never seen in progress.
        """
        not_gone = (self.way_out == OPEN) | ((self.left > at) & (self.left < FOREVER))
        return np.asarray((self.entered <= at) & not_gone)


def visit_evidence(
    node: str, calendar: Calendar, visits: VisitColumns, opening: datetime, at: datetime, width: timedelta
) -> Evidence:
    """What was counted at the node by ``at``, in the window of this width, which opened at ``opening``.

    ``visits`` must hold all that were open at ``at`` and all that entered, left or were due in the window or the last
    hour; more of them do no harm. What happened after ``at`` is not known then.
    """
    opened, now, minute = micros(opening), micros(at), micros(floor_minute(at))
    still = visits.open_at(now)
    overdue = still & (visits.due <= now)
    left_in = (visits.left >= opened) & (visits.left <= now)
    completed = left_in & (visits.way_out == NEXT)
    due_in = visits.measured & (visits.due >= opened) & (visits.due < minute)
    last_hour = visits.measured & (visits.due >= micros(floor_minute(at) - HOUR)) & (visits.due < minute)
    missed = (visits.way_out == OPEN) | (visits.left > visits.due)
    return Evidence(
        node=node,
        window_seconds=round(width.total_seconds()),
        in_progress=_count(still),
        overdue=_count(overdue),
        oldest_due_at=instant(int(visits.due[overdue].min())) if overdue.any() else None,
        overdue_amount=Decimal(int(visits.cents[overdue].sum())) / 100,
        entered=_count((visits.entered >= opened) & (visits.entered <= now)),
        left=_count(completed),
        cancelled=_count(left_in & (visits.way_out == ASIDE)),
        due=_count(due_in),
        missed=_count(due_in & missed),
        newly_overdue=_count(last_hour & missed),
        observations=observations(calendar, visits, opening, at),
        dwells=_dwells(visits.dwell[completed & visits.measured]),
    )


def observations(calendar: Calendar, visits: VisitColumns, opening: datetime, at: datetime) -> Observations:
    """The measured visits that were open at ``at`` or left between ``opening`` and ``at``."""
    opened, now = micros(opening), micros(at)
    still = visits.open_at(now)
    left_in = visits.measured & (visits.left >= opened) & (visits.left <= now)
    at_risk = still | left_in
    entered = calendar.coordinate(visits.entered[at_risk] / 1e6)
    start, end = calendar.coordinate(np.array([opened, now]) / 1e6)
    return Observations(
        entry=np.maximum(0.0, start - entered),
        duration=np.where(still[at_risk], np.maximum(0.0, end - entered), visits.dwell[at_risk]),
        event=(left_in & (visits.way_out == NEXT))[at_risk],
        weight=np.ones(_count(at_risk)),
    )


def ages(calendar: Calendar, visits: VisitColumns, at: datetime) -> Floats:
    """How long each visit in progress has lasted, in seconds on the node's clock."""
    entered = visits.entered[visits.open_at(micros(at))]
    (now,) = calendar.coordinate(np.array([micros(at)]) / 1e6)
    return np.asarray(now - calendar.coordinate(entered / 1e6))


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instant(micros_since_1970: int) -> datetime:
    """The aware instant, in UTC."""
    return _EPOCH + timedelta(microseconds=micros_since_1970)


def _dwells(seconds: Floats) -> Dwells:
    return Dwells(seconds, np.ones(len(seconds)), float(seconds.sum()))


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))
