"""The lifeline's numbers as plain values: the one function behind ``GET /api/v1/lifeline`` and ``lifeline status``."""

from datetime import datetime
from typing import Any

from dashboard.lifeline import Lifeline
from dashboard.snapshot import NodeSnapshot, Snapshot
from layouts.context import Context
from layouts.freshness import BEHIND
from layouts.reasons import optimisation_text, reason_sentence


def lifeline_answer(snapshot: Snapshot, lifeline: Lifeline, lang: str) -> dict[str, Any]:
    """The whole lifeline, ready for JSON. What cannot be known is ``None``; texts are in the language.

    ``stale``: no source was heard for two minutes before ``as_of``, or none ever was.
    """
    context = Context(lang=lang, lifeline=lifeline)
    silence = snapshot.silence_seconds
    return {
        "as_of": _instant(snapshot.as_of),
        "window_seconds": snapshot.window_seconds,
        "window_used_seconds": snapshot.window_used_seconds,
        "slice": str(snapshot.slice),
        "source_watermark": _instant(snapshot.source_watermark),
        "stale": silence is None or silence > BEHIND,
        "nodes": [_node(context, node) for node in snapshot.nodes],
    }


def _node(context: Context, numbers: NodeSnapshot) -> dict[str, Any]:
    node = context.lifeline.node(numbers.key)
    return {
        "key": numbers.key,
        "label": context.node_name(node),
        "owner": context.team_name(node.owner),
        "owner_key": node.owner,
        "allowance_seconds": node.allowance.total_seconds(),
        "in_progress": numbers.in_progress,
        "overdue": numbers.overdue,
        "oldest_overdue_seconds": numbers.oldest_overdue_seconds,
        "overdue_amount": f"{numbers.overdue_amount:.2f}",
        "entered": numbers.entered,
        "left": numbers.left,
        "mean_seconds": numbers.mean_seconds,
        "p50_seconds": numbers.p50_seconds,
        "p95_seconds": numbers.p95_seconds,
        "timeout_rate": numbers.timeout_rate,
        "timeout_rate_low": numbers.timeout_rate_low,
        "timeout_rate_high": numbers.timeout_rate_high,
        "timeout_rate_settled": numbers.timeout_rate_settled,
        "due": numbers.due,
        "newly_overdue": numbers.newly_overdue,
        "at_risk": numbers.at_risk,
        "window_used_seconds": numbers.window_used_seconds,
        "congestion_index": numbers.congestion_index,
        "baseline_seconds": numbers.baseline_seconds,
        "baseline_provisional": numbers.baseline_provisional,
        "load_index": numbers.load_index,
        "status": str(numbers.status),
        "since": _instant(numbers.since),
        "reason": reason_sentence(context.texts, numbers, node, context.formats.zone, context.lifeline.systems),
        "reason_rule": numbers.reason.rule,
        "reason_figures": dict(numbers.reason.figures),
        "top_exception": context.exception_name(numbers.top_exception) if numbers.top_exception else None,
        "top_exception_key": numbers.top_exception,
        "silent_source": numbers.silence.source if numbers.silence else None,
        "stale": numbers.stale,
        "optimisation": optimisation_text(context.texts, context.lifeline, numbers) or None,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
