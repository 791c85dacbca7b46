"""Why a node has its status, in words: the rule that fired, with the figures that it compared."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

from dashboard.lifeline import Label, Lifeline, Node
from dashboard.snapshot import NodeSnapshot
from layouts.formats import Formats
from layouts.texts import Texts

UTC = ZoneInfo("UTC")
FASTER = 1 / 1.5
"""As far below the usual as a slow node is above it."""

NO_LABELS: Mapping[str, Label] = {}


def reason_sentence(  # noqa: PLR0911 - one line for each rule
    texts: Texts, snapshot: NodeSnapshot, node: Node, zone: tzinfo = UTC, systems: Mapping[str, Label] = NO_LABELS
) -> str:
    """One sentence without a full stop: ``Orders take 3.1 times the usual 1 h 12 min``. ``systems``: their labels."""
    formats = Formats(texts, zone)
    if snapshot.stale:
        return silence_sentence(texts, snapshot, zone, systems)
    match snapshot.reason.rule:
        case "index":
            return _index(texts, formats, snapshot)
        case "rate":
            return _rate(texts, formats, snapshot, node.tolerated_rate)
        case "overdue":
            return _overdue(texts, formats, snapshot)
        case "few" | "short":
            return _few(texts, formats, snapshot)
        case "normal":
            return _normal(texts, formats, snapshot)
    return texts("common.reason.no_baseline")


def silence_sentence(
    texts: Texts, snapshot: NodeSnapshot, zone: tzinfo = UTC, systems: Mapping[str, Label] = NO_LABELS
) -> str:
    """``WMS has been silent since 13:05: these numbers may be old``; nothing where every source of the node speaks."""
    silence = snapshot.silence
    if silence is None:
        return ""
    since = Formats(texts, zone).since(silence.heard_at, silence.heard_at + timedelta(seconds=silence.seconds))
    name = texts.label(systems.get(silence.source), silence.source or texts("common.source.unnamed"))
    key = "common.reason.stale" if silence.old else "common.reason.quiet"
    return texts(key, source=name, time=since)


def _index(texts: Texts, formats: Formats, snapshot: NodeSnapshot) -> str:
    index = formats.index(snapshot.congestion_index).removeprefix("×")
    if snapshot.baseline_seconds is None:
        return texts("common.reason.index_bare", index=index)
    return texts("common.reason.index", index=index, usual=formats.elapsed(snapshot.baseline_seconds))


def _rate(texts: Texts, formats: Formats, snapshot: NodeSnapshot, tolerated: float) -> str:
    return texts(
        "common.reason.rate",
        rate=formats.percent(snapshot.timeout_rate),
        tolerated=formats.percent(tolerated, whole=True),
        interval=formats.interval(snapshot.timeout_rate_low, snapshot.timeout_rate_high),
    )


def _overdue(texts: Texts, formats: Formats, snapshot: NodeSnapshot) -> str:
    count = formats.count(snapshot.newly_overdue)
    usual = next(
        (snapshot.reason.figures[key] for key in ("usual", "overdue_per_hour") if key in snapshot.reason.figures), None
    )
    if usual is None:
        return texts("common.reason.overdue_bare", count=count)
    return texts("common.reason.overdue", count=count, usual=formats.number(usual))


def _few(texts: Texts, formats: Formats, snapshot: NodeSnapshot) -> str:
    window = formats.span(snapshot.window_used_seconds)
    return texts(f"common.reason.{snapshot.reason.rule}", count=formats.count(snapshot.at_risk), window=window)


def _normal(texts: Texts, formats: Formats, snapshot: NodeSnapshot) -> str:
    if snapshot.congestion_index is None or snapshot.baseline_seconds is None:
        return texts("common.reason.normal")
    index = formats.index(snapshot.congestion_index).removeprefix("×")
    key = "faster_index" if snapshot.congestion_index <= FASTER else "normal_index"
    return texts(f"common.reason.{key}", index=index, usual=formats.elapsed(snapshot.baseline_seconds))


def optimisation_text(texts: Texts, lifeline: Lifeline, snapshot: NodeSnapshot) -> str:
    """What helps: against the node's most frequent exception, else at the node at all; empty if nobody has said."""
    kind = lifeline.exceptions.get(snapshot.top_exception or "")
    general = texts.label(lifeline.node(snapshot.key).optimisation) if snapshot.key in lifeline else ""
    return texts.label(kind.optimisation, general) if kind else general
