"""Everything that a lifeline view shows, for one slice, window and instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from dashboard.slices import Slice


class Status(StrEnum):
    """The state of a node, from good to bad; ``grey`` means that it cannot be told."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    DEEP_RED = "deep_red"
    GREY = "grey"

    @property
    def colour(self) -> str:
        """The status without its depth: red and deep red are both ``red``."""
        return self.value.removeprefix("deep_")


@dataclass(frozen=True, slots=True)
class Reason:
    """Which rule gave a node its status, with the figures that it compared.

    ``rule``: ``index`` (congestion index), ``rate`` (timeout rate now), ``overdue`` (newly overdue in the last hour),
    ``normal`` (none fired), ``few`` (too few orders to tell), ``short`` (too little
    seen of them), ``no_baseline`` (nothing usual to compare with), ``stale`` (the source of its numbers is silent).
    """

    rule: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that feeds a node and has not been heard for ``seconds``, longer than usual.

    ``old``: so long that the node's numbers no longer hold.
    """

    source: str
    heard_at: datetime
    seconds: float
    old: bool


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    """The numbers of one node: seconds on the node's clock, rates as shares of 1; ``None``: cannot be known."""

    key: str
    window_used_seconds: int
    at_risk: int
    in_progress: int
    overdue: int
    oldest_overdue_seconds: float | None
    overdue_amount: Decimal
    entered: int
    left: int
    mean_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    timeout_rate: float | None
    timeout_rate_low: float | None
    timeout_rate_high: float | None
    timeout_rate_settled: float | None
    due: int
    newly_overdue: int
    congestion_index: float | None
    baseline_seconds: float | None
    baseline_provisional: bool | None
    load_index: float | None
    status: Status
    reason: Reason
    top_exception: str | None
    since: datetime | None = None
    silence: Silence | None = None

    @property
    def stale(self) -> bool:
        """Whether its numbers are too old for a colour."""
        return self.silence is not None and self.silence.old


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole lifeline at ``as_of``. ``source_watermark``: the newest instant that any source was heard of."""

    as_of: datetime
    window_seconds: int
    slice: Slice
    source_watermark: datetime | None
    nodes: tuple[NodeSnapshot, ...]

    @property
    def window_used_seconds(self) -> int:
        """The widest window that a node's numbers had to use."""
        return max((node.window_used_seconds for node in self.nodes), default=self.window_seconds)

    @property
    def silence_seconds(self) -> float | None:
        """For how long no source was heard; ``None`` if none ever was."""
        return None if self.source_watermark is None else (self.as_of - self.source_watermark).total_seconds()
