"""From what was counted at a node to its numbers, its status, and the rule that gave it the status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.calendar import Calendar
from dashboard.congestion import congestion_index, load_index, poisson_quantile
from dashboard.evidence import Evidence
from dashboard.lifeline import Node
from dashboard.quantiles import quantile
from dashboard.snapshot import NodeSnapshot, Reason, Status
from dashboard.survival import lowest_without_ends, survival

AMBER_INDEX, RED_INDEX, DEEP_RED_INDEX = 1.5, 2.0, 4.0
STAYS_DEEP_RED_INDEX = 3.0
RED_RATE_FACTOR = 3
ENOUGH_AT_RISK = 20
FEW_LATE = 3
"""So many late visits, or fewer, may be an accident at any node."""

_SEVERITY = (Status.GREY, Status.GREEN, Status.AMBER, Status.RED, Status.DEEP_RED)
_RED = (Status.RED.value, Status.DEEP_RED.value)


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast the node is now. ``late_seen``: visits at risk that were as old as the allowance.

    ``unwatched``: no visit ended, and too little was seen of them for that to mean anything.
    """

    rmst: float | None = None
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
    rmst, rate = curve.rmst(2 * allowance), curve.at(allowance)
    low, high = curve.interval(allowance)
    if rate == 1:
        # Nothing ended: that nobody leaves, or that too little was watched for anybody to.
        low = lowest_without_ends(seen, allowance, 2 * allowance if curve.at(2 * allowance) == 1 else allowance)
        if low < 0.5:
            return _Pace(unwatched=True)
    late_seen = int(seen.weight[seen.duration >= allowance].sum())
    # While no visit has become as old as the allowance, the curve only says that the rate is no higher than this.
    if not late_seen and rate > node.tolerated_rate:
        return _Pace(rmst)
    return _Pace(rmst, rate, low, high, late_seen)


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
    """Rule (a): how many times slower than usual. Red is left below 1.5 only, deep red below 3.0: no flicker."""
    if index is None or pace.rmst is None or evidence.usual is None:
        return _Verdict(Status.GREEN, "index", {})
    held = evidence.previous_status in _RED
    status, limit = Status.GREEN, AMBER_INDEX
    deep = STAYS_DEEP_RED_INDEX if evidence.previous_status == Status.DEEP_RED else DEEP_RED_INDEX
    if index >= deep:
        status, limit = Status.DEEP_RED, deep
    elif index >= (AMBER_INDEX if held else RED_INDEX):
        status, limit = Status.RED, AMBER_INDEX if held else RED_INDEX
    elif index >= AMBER_INDEX:
        status = Status.AMBER
    usual_seconds = evidence.usual.rmst_seconds
    figures = {"index": index, "limit": limit, "rmst_seconds": pace.rmst, "usual_seconds": usual_seconds}
    return _Verdict(status, "index", figures)


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
