"""The trends that viewers share: the steps that are over are judged once in minutes, the present with each tick."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, Protocol, TypeVar

from callbacks.services import Services
from dashboard.lifeline import Node
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Snapshot
from dashboard.status_runs import Change, Run, status_runs
from dashboard.trends import BESIDE, NUMBERS, Mark, Step, Tip, Trend, step_of, steps_between
from dashboard.windows import HOUR, floor_hour
from datasource.status_log import changes_between
from datasource.trend_marks import marks_between
from datasource.trend_materials import first_entries
from datasource.trends import read_trends

HISTORY_SECONDS = 300
"""What is over changes by late news only: so long may they wait."""
GROWING_SECONDS = 10
"""The same while the demo's past is being made."""
TIP_SECONDS = 15

JUDGED_AT_ONCE = ("congestion_index", "timeout_rate", "timeout_rate_low", "timeout_rate_high", "load_index")
"""Numbers that are told of the window that a node needs, as the lifeline page tells them."""

T = TypeVar("T")


class Shared(Protocol):
    """What the reads of every page can do."""

    def keep(self, key: tuple[Any, ...], seconds: int, read: Callable[[], T]) -> T:
        """What ``read`` answered last, for so many seconds."""
        ...

    def snapshot(self, slice_: Slice, window: timedelta | None, at: datetime | None) -> Snapshot:
        """Every number of the lifeline."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that a view shows. ``steps`` are whole ones; ``until`` is where it ends, ``live``: in the present.

    ``known_by``: the instant of the view, by which it is known what is usual.
    """

    steps: tuple[Step, ...]
    step: timedelta
    until: datetime
    live: bool
    known_by: datetime

    @property
    def since(self) -> datetime:
        """Where it begins."""
        return self.steps[0].start if self.steps else self.until

    @property
    def axis_end(self) -> datetime:
        """Where a picture of it ends: live with the step that runs."""
        return max(self.until, self.steps[-1].end + self.step) if self.live and self.steps else self.until

    @property
    def window(self) -> timedelta:
        """What the numbers of each step look back on."""
        return max(self.step, HOUR)


class TrendReads:
    """The questions of the trends page and of their API."""

    def __init__(self, services: Services, reads: Shared) -> None:
        self._services, self._reads = services, reads
        self._lock = Lock()

    def stretch(self, span: timedelta, at: datetime | None, now: datetime) -> Stretch:
        """The steps of a span that ends at ``at``, or now."""
        step, until = step_of(span), at or settled(now)
        zone = self._services.store.lifeline().time_zone
        return Stretch(steps_between(until - span, until, step, zone), step, until, at is None, until)

    def before(self, stretch: Stretch, span: timedelta) -> Stretch:
        """The same span just before."""
        zone = self._services.store.lifeline().time_zone
        steps = steps_between(stretch.since - span, stretch.since, stretch.step, zone)
        return Stretch(steps[-len(stretch.steps) :], stretch.step, stretch.since, False, stretch.known_by)

    def trends(self, nodes: Sequence[Node], slice_: Slice, stretch: Stretch) -> dict[str, Trend]:
        """The trend of each node, over the steps that are over."""
        if not stretch.steps:
            return {node.key: Trend(node.key, (), dict.fromkeys((*NUMBERS, *BESIDE), ()), (), ()) for node in nodes}
        with self._lock:  # many viewers of one page wait for the same work
            return self._trends(nodes, slice_, stretch)

    def _trends(self, nodes: Sequence[Node], slice_: Slice, stretch: Stretch) -> dict[str, Trend]:
        made: dict[str, Trend] = {}

        def read(wanted: Node) -> Trend:
            if wanted.key not in made:
                lacking = nodes[nodes.index(wanted) :]
                with self._services.store.read() as connection:
                    lifeline = self._services.store.lifeline()
                    made.update(read_trends(connection, lifeline, lacking, slice_, stretch.steps, stretch.known_by))
            return made[wanted.key]

        seconds = HISTORY_SECONDS if self._services.backfill is None else GROWING_SECONDS
        usual_of = floor_hour(stretch.known_by)  # it is made anew once a day at most
        key = (stretch.step, stretch.since, stretch.steps[-1].end, usual_of, slice_)
        return {node.key: self._reads.keep(("trend", *key, node.key), seconds, partial(read, node)) for node in nodes}

    def tips(self, slice_: Slice, stretch: Stretch, now: datetime) -> dict[str, Tip]:
        """Where each node is at the end, now or then: the very numbers that the other pages have at that instant."""
        at = None if stretch.live else stretch.until

        def read() -> dict[str, Tip]:
            own, wide = (self._reads.snapshot(slice_, window, at) for window in (stretch.window, None))
            return {
                one.key: _tip(one, other, own, stretch.live) for one, other in zip(own.nodes, wide.nodes, strict=True)
            }

        moment = int(now.timestamp()) // TIP_SECONDS if at is None else at
        return self._reads.keep(("tips", slice_, stretch.window, moment), TIP_SECONDS, read)

    def runs(self, trends: Mapping[str, Trend], slice_: Slice, stretch: Stretch) -> dict[str, tuple[Run, ...]]:
        """When each node had which colour; of a slice, for which nobody logs it, as judged afterwards."""

        def read() -> dict[str, tuple[Run, ...]]:
            changes = {} if slice_.pairs else self._changes(list(trends), stretch)
            return {
                key: status_runs(changes.get(key, ()), one, stretch.since, stretch.until) for key, one in trends.items()
            }

        key = ("runs", stretch.step, stretch.since, stretch.until, slice_)
        return self._reads.keep(key, TIP_SECONDS, read)

    def _changes(self, nodes: Sequence[str], stretch: Stretch) -> dict[str, list[Change]]:
        with self._services.store.read() as connection:
            return changes_between(connection, nodes, stretch.since, stretch.until)

    def marks(self, stretch: Stretch) -> tuple[Mark, ...]:
        """What happened beside the orders."""

        def read() -> tuple[Mark, ...]:
            with self._services.store.read() as connection:
                return marks_between(connection, stretch.since, stretch.until)

        moment = int(stretch.until.timestamp()) // TIP_SECONDS
        return self._reads.keep(("marks", stretch.since, moment), TIP_SECONDS, read)

    def firsts(self, slice_: Slice) -> dict[str, datetime]:
        """When the first order came to each node, to the hour."""
        nodes = self._services.store.lifeline().nodes

        def read() -> dict[str, datetime]:
            with self._services.store.read() as connection:
                return first_entries(connection, nodes, slice_)

        return self._reads.keep(("firsts", slice_), GROWING_SECONDS, read)


def settled(now: datetime) -> datetime:
    """The present, to some seconds: so that a picture in which nothing happens stays the same."""
    return now - timedelta(seconds=now.second % TIP_SECONDS, microseconds=now.microsecond)


def _tip(own: NodeSnapshot, wide: NodeSnapshot, taken: Snapshot, live: bool) -> Tip:
    names = (*NUMBERS, *BESIDE)
    numbers = {name: getattr(wide if name in JUDGED_AT_ONCE else own, name) for name in names}
    return Tip(taken.as_of, numbers, wide.status, live)
