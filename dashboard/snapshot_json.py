"""A snapshot as plain values: what the command line and the HTTP API print."""

import math
from datetime import datetime
from typing import Any

from dashboard.lifeline import Label, Lifeline, Node
from dashboard.snapshot import NodeSnapshot, Snapshot

STALE_SECONDS = 120
"""Silence of all sources that makes a snapshot stale."""

_FALLBACK = "en"


def snapshot_json(snapshot: Snapshot, lifeline: Lifeline, language: str) -> dict[str, Any]:
    """The snapshot with the lifeline's words in ``language``; a number that cannot be known is ``None``."""
    silence = snapshot.silence_seconds
    return {
        "as_of": _instant(snapshot.as_of),
        "window_seconds": snapshot.window_seconds,
        "window_used_seconds": snapshot.window_used_seconds,
        "slice": str(snapshot.slice),
        "source_watermark": _instant(snapshot.source_watermark),
        "stale": silence is None or silence > STALE_SECONDS,
        "nodes": [_node(lifeline.node(node.key), node, lifeline, language) for node in snapshot.nodes],
    }


def worded(label: Label, language: str) -> str | None:
    """The text in this language, else in English, else in any; ``None`` if there is none."""
    return label.get(language) or label.get(_FALLBACK) or next(iter(label.values()), None)


def optimisation(node: Node, top_exception: str | None, lifeline: Lifeline, language: str) -> str | None:
    """What to do: the advice of the most frequent exception where it has one, else the node's own."""
    kind = lifeline.exceptions.get(top_exception or "")
    return (worded(kind.optimisation, language) if kind else None) or worded(node.optimisation, language)


def _node(node: Node, numbers: NodeSnapshot, lifeline: Lifeline, language: str) -> dict[str, Any]:
    return {
        "key": node.key,
        "label": worded(node.label, language),
        "owner": node.owner,
        "allowance_seconds": node.allowance.total_seconds(),
        "in_progress": numbers.in_progress,
        "overdue": numbers.overdue,
        "oldest_overdue_seconds": _number(numbers.oldest_overdue_seconds),
        "entered": numbers.entered,
        "left": numbers.left,
        "mean_seconds": _number(numbers.mean_seconds),
        "p50_seconds": _number(numbers.p50_seconds),
        "p95_seconds": _number(numbers.p95_seconds),
        "timeout_rate": _number(numbers.timeout_rate),
        "timeout_rate_low": _number(numbers.timeout_rate_low),
        "timeout_rate_high": _number(numbers.timeout_rate_high),
        "timeout_rate_settled": _number(numbers.timeout_rate_settled),
        "due": numbers.due,
        "congestion_index": _number(numbers.congestion_index),
        "baseline_seconds": _number(numbers.baseline_seconds),
        "baseline_provisional": numbers.baseline_provisional,
        "load_index": _number(numbers.load_index),
        "status": str(numbers.status),
        "reason": {"rule": numbers.reason.rule, "figures": {k: _number(v) for k, v in numbers.reason.figures.items()}},
        "top_exception": numbers.top_exception,
        "optimisation": optimisation(node, numbers.top_exception, lifeline, language),
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
