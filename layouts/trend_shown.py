"""What the figure of a trend shows: one number of one node, the span before it, the present, marks and colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.lifeline import Node
from dashboard.snapshot import Status
from dashboard.status_runs import RED, Run
from dashboard.trends import Mark, Tip, Trend
from layouts.context import Context
from layouts.theme import Palette
from layouts.time_axis import short_moment


@dataclass(frozen=True, slots=True)
class Shown:
    """What the figure shows. ``before``: the same steps of the span before. ``tip``: its end."""

    node: Node
    number: str
    trend: Trend
    before: Trend | None
    tip: Tip | None
    runs: Sequence[Run]
    marks: Sequence[Mark]
    since: datetime
    until: datetime
    axis_end: datetime
    span: timedelta

    @property
    def values(self) -> tuple[float | None, ...]:
        """The number at the end of each step."""
        return self.trend.numbers[self.number]

    @property
    def earlier(self) -> list[float | None]:
        """The number in the span before, step by step; unknown where that has fewer of them."""
        told = [] if self.before is None else list(self.before.numbers[self.number])
        nothing_told: list[float | None] = [None] * max(0, len(self.values) - len(told))
        return nothing_told + told[max(0, len(told) - len(self.values)) :]

    @property
    def now(self) -> list[float | None]:
        """The number at the end, where it is known."""
        return [] if self.tip is None else [self.tip.numbers[self.number]]

    @property
    def last(self) -> tuple[datetime, float]:
        """Where the line ends: the last known value and its instant. There must be one."""
        ends = [*(step.end for step in self.trend.steps), *([self.until] if self.tip else [])]
        told = [(at, value) for at, value in zip(ends, (*self.values, *self.now), strict=True) if value is not None]
        return told[-1]

    @property
    def last_status(self) -> Status:
        """The status at the end of the line."""
        return self.tip.status if self.tip else self.runs[-1].status if self.runs else Status.GREY

    def tone(self, colours: Palette) -> str:
        """The colour of the line's end."""
        status = self.last_status
        return colours.congested if status in RED else colours.slow if status is Status.AMBER else colours.ink


def tip_words(context: Context, tip: Tip) -> str:
    """When the trend ends: ``now``, or the instant."""
    return context.texts("trends.now") if tip.live else short_moment(tip.at, context.formats)


def axis_time(context: Context, at: datetime) -> str:
    """An instant as the time axis takes it: local, without a zone."""
    return context.formats.local(at).replace(tzinfo=None).isoformat()
