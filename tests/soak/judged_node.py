"""A simulated node as the product judges it, minute by minute: nothing here but its own rules."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from dashboard.baseline import clock_hours, hourly, usual_by_hour
from dashboard.calendar import ALWAYS
from dashboard.evidence import Evidence
from dashboard.judgement import node_snapshot
from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot
from dashboard.usual import usual_then
from dashboard.visit_columns import FOREVER, VisitColumns, micros, visit_evidence
from dashboard.widening import widened
from dashboard.windows import HOUR, MINUTE, WIDTHS, opening
from tests.soak.simulated_node import ALLOWANCE, HISTORY, JUDGED, OPENED, ZONE, SimulatedNode, Trouble

NODE = Node("pick", 0, {"en": "Picked"}, "warehouse", ALLOWANCE)


@dataclass(frozen=True, slots=True)
class Seen:
    """The node at one instant."""

    at: datetime
    node: NodeSnapshot

    @property
    def red(self) -> bool:
        """Red or deep red."""
        return self.node.status.colour == "red"


class JudgedNode:
    """The node with what is usual at it, made once from its four weeks."""

    def __init__(self, simulated: SimulatedNode) -> None:
        self._simulated = simulated
        figures = hourly(NODE, ALWAYS, simulated.visits(), clock_hours(OPENED, JUDGED, ZONE))
        self._week = {hour: it.usual for hour, it in usual_by_hour(figures, ZONE, HISTORY).items()}

    def watched(
        self, begin: datetime, end: datetime, trouble: Trouble | None = None, step: timedelta = MINUTE
    ) -> Iterator[Seen]:
        """How it is seen from one instant to another; each judgement knows the one before, as the log lets it."""
        visits, previous, at, known_until = self._simulated.visits(trouble), None, begin, begin
        around = visits
        while at < end:
            if at >= known_until:
                around, known_until = _around(visits, at, at + HOUR), at + HOUR
            seen = Seen(at, self._judged(around, at, previous))
            yield seen
            previous, at = seen.node.status.value, at + step

    def _judged(self, visits: VisitColumns, at: datetime, previous: str | None) -> NodeSnapshot:
        found = widened(NODE, partial(_over, visits, at))
        evidence = replace(found, usual=usual_then(self._week, at, ZONE), previous_status=previous)
        return node_snapshot(NODE, evidence, at, ALWAYS)


def _over(visits: VisitColumns, at: datetime, width: timedelta) -> Evidence:
    return visit_evidence(NODE.key, ALWAYS, visits, opening(at, width), at, width)


def _around(visits: VisitColumns, first: datetime, last: datetime) -> VisitColumns:
    """All that matters to the instants between: the answers are the same, and come sooner."""
    since = micros(opening(first, WIDTHS[-1]))
    return visits.where((visits.entered <= micros(last)) & (np.minimum(visits.left, FOREVER) >= since))
