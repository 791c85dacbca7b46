"""From what was counted at a node to its numbers, its status, and the rule that gave it the status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.calendar import Calendar
from dashboard.congestion import congestion_index, load_index, poisson_quantile
from dashboard.evidence import Evidence, Observations
from dashboard.lifeline import Node
from dashboard.quantiles import quantile
from dashboard.snapshot import NodeSnapshot, Reason, Status
from dashboard.survival import Curve, lowest_mean_without_ends, lowest_without_ends, survival

AMBER_INDEX = 1.5
RED_RATE_FACTOR = 3
ENOUGH_AT_RISK = 20
FEW_LATE = 3
"""So many late visits, or fewer, may be an accident at any node."""

_SEVERITY = (Status.GREY, Status.GREEN, Status.AMBER, Status.RED, Status.DEEP_RED)
_BANDS = ((Status.DEEP_RED, 4.0, 3.0), (Status.RED, 2.0, 1.5))
"""Each with the index at which it begins, and that below which it ends."""


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast the node is now. ``rmst_low``, ``low``, ``high``: the ends of the 95 % intervals.

    ``late_seen``: visits at risk that were as old as the allowance.

    ``unwatched``: no visit ended, and too little was seen of them for that to mean anything.
    """

    rmst: float | None = None
    rmst_low: float | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    late_seen: int = 0
    unwatched: bool = False


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: Status
    rule: str
    figures: Mapping[str, float]


def node_snapshot(node: Node, evidence: Evidence, at: datetime, calendar: Calendar) -> NodeSnapshot:
    """Every number of the node at the instant ``at``, and its status; ``calendar`` is the node's own.

    A number that cannot be known is ``None``: it is never 0, NaN or infinite.
    """
    pace, dwells, usual = _pace(node, evidence), evidence.dwells, evidence.usual
    finished = float(dwells.weight.sum())
    usual_seconds = usual.rmst_seconds if usual else None
    index = congestion_index(pace.rmst, usual_seconds)
    verdict = _verdict(node, evidence, pace, index)
    oldest = evidence.oldest_due_at
    return NodeSnapshot(
        key=node.key,
        window_used_seconds=evidence.window_seconds,
        at_risk=evidence.observations.at_risk,
        in_progress=evidence.in_progress,
        overdue=evidence.overdue,
        oldest_overdue_seconds=calendar.between(oldest, at) if oldest and evidence.overdue else None,
        overdue_amount=evidence.overdue_amount,
        entered=evidence.entered,
        left=evidence.left,
        mean_seconds=dwells.total_seconds / finished if finished else None,
        p50_seconds=quantile(dwells.seconds, dwells.weight, 0.5),
        p95_seconds=quantile(dwells.seconds, dwells.weight, 0.95),
        timeout_rate=pace.rate,
        timeout_rate_low=pace.low,
        timeout_rate_high=pace.high,
        timeout_rate_settled=evidence.missed / evidence.due if evidence.due else None,
        due=evidence.due,
        newly_overdue=evidence.newly_overdue,
        congestion_index=index,
        baseline_seconds=usual_seconds,
        baseline_provisional=usual.provisional if usual else None,
        load_index=load_index(evidence.in_progress, evidence.entered, evidence.window_seconds, usual_seconds),
        status=verdict.status,
        reason=Reason(verdict.rule, verdict.figures),
        top_exception=evidence.top_exception,
    )


def _pace(node: Node, evidence: Evidence) -> _Pace:
    seen = evidence.observations
    if not seen.at_risk:
        return _Pace()
    allowance = node.allowance.total_seconds()
    curve = survival(seen)
    cap = 2 * allowance
    rmst, rate = curve.rmst(cap), curve.at(allowance)
    rmst_low = _rmst_low(seen, curve, cap)
    low, high = curve.interval(allowance)
    if rate == 1:
        # Nothing ended: that nobody leaves, or that too little was watched for anybody to.
        low = lowest_without_ends(seen, allowance, cap if curve.at(cap) == 1 else allowance)
        if low < 0.5:
            return _Pace(unwatched=True)
    late_seen = int(seen.weight[seen.duration >= allowance].sum())
    # While no visit has become as old as the allowance, the curve only says that the rate is no higher than this.
    if not late_seen and rate > node.tolerated_rate:
        return _Pace(rmst, rmst_low)
    return _Pace(rmst, rmst_low, rate, low, high, late_seen)


def _rmst_low(seen: Observations, curve: Curve, cap: float) -> float:
    if curve.at(cap) == 1:
        return lowest_mean_without_ends(seen, cap)
    return curve.rmst_interval(cap)[0]


def _verdict(node: Node, evidence: Evidence, pace: _Pace, index: float | None) -> _Verdict:
    few = evidence.observations.at_risk < ENOUGH_AT_RISK
    by_overdue = _by_overdue(evidence)
    if few:
        # Counting late orders needs no crowd: what rule (c) sees is never hidden behind "too few".
        at_risk = float(evidence.observations.at_risk)
        grey = _Verdict(Status.GREY, "few", {"at_risk": at_risk, "needed": float(ENOUGH_AT_RISK)})
        return grey if by_overdue.status is Status.GREEN else by_overdue
    if pace.unwatched and by_overdue.status is Status.GREEN:
        return _Verdict(Status.GREY, "short", {"at_risk": float(evidence.observations.at_risk)})
    fired = [_by_index(evidence, pace, index), _by_rate(node, pace), by_overdue]
    worst = max(fired, key=lambda verdict: _SEVERITY.index(verdict.status))
    if worst.status is not Status.GREEN:
        return worst
    if index is not None:
        return _Verdict(Status.GREEN, "normal", fired[0].figures)
    return _Verdict(Status.GREY if pace.rate is None else Status.GREEN, "no_baseline", fired[1].figures)


def _by_index(evidence: Evidence, pace: _Pace, index: float | None) -> _Verdict:
    """Rule (a): how many times slower than usual."""
    usual_seconds = evidence.usual.rmst_seconds if evidence.usual else None
    low = congestion_index(pace.rmst_low, usual_seconds)
    if index is None or low is None or pace.rmst is None or usual_seconds is None:
        return _Verdict(Status.GREEN, "index", {})
    status, limit = _band(index, low, evidence.previous_status)
    figures = {"index": index, "low": low, "limit": limit, "rmst_seconds": pace.rmst, "usual_seconds": usual_seconds}
    return _Verdict(status, "index", figures)


def _band(index: float, low: float, previous: str | None) -> tuple[Status, float]:
    """The status by the index and the lower end of its interval, and the limit that was reached.

    A band is left only well below its limit: no flicker. It is entered only if the index is surely no lower than
    where the band is left: no accident.
    """
    before = _SEVERITY.index(Status(previous)) if previous else 0
    for status, enters, leaves in _BANDS:
        if before >= _SEVERITY.index(status) and index >= leaves:
            return status, leaves
        if index >= enters and low >= leaves:
            return status, enters
    return (Status.AMBER if index >= AMBER_INDEX else Status.GREEN), AMBER_INDEX


def _by_rate(node: Node, pace: _Pace) -> _Verdict:
    """Rule (b): the timeout rate now is surely above what is tolerated."""
    if pace.rate is None or pace.low is None or pace.high is None:
        return _Verdict(Status.GREEN, "rate", {})
    tolerated = node.tolerated_rate
    status, limit = Status.GREEN, tolerated
    if pace.late_seen > FEW_LATE and pace.low > RED_RATE_FACTOR * tolerated:
        status, limit = Status.RED, RED_RATE_FACTOR * tolerated
    elif pace.late_seen > FEW_LATE and pace.low > tolerated:
        status = Status.AMBER
    figures = {"rate": pace.rate, "low": pace.low, "high": pace.high, "tolerated": tolerated, "limit": limit}
    return _Verdict(status, "rate", figures)


def _by_overdue(evidence: Evidence) -> _Verdict:
    """Rule (c): more visits grew overdue in the last hour than chance brings in 100,000 usual hours but one."""
    if evidence.usual is None:
        return _Verdict(Status.GREEN, "overdue", {})
    usual = evidence.usual.overdue_per_hour
    limit = max(FEW_LATE, poisson_quantile(usual))
    status = Status.RED if evidence.newly_overdue > limit else Status.GREEN
    figures = {"newly_overdue": float(evidence.newly_overdue), "limit": float(limit), "usual": usual}
    return _Verdict(status, "overdue", figures)
