"""The lifeline page's finding: what is going on, in one line of words."""

from collections.abc import Sequence
from datetime import timedelta

from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from layouts.context import Context

GRAVITY = {Status.DEEP_RED: 3, Status.RED: 2, Status.AMBER: 1}
WHOLE_WORDS = range(2, 11)


def headline(context: Context, snapshot: Snapshot) -> str:
    """``Carrier pickup is three times slower than usual``, ``2 of 12 nodes slower than usual`` and their kin."""
    nodes = snapshot.nodes
    troubled = by_gravity(nodes)
    if not troubled:
        return _calm(context, nodes)
    worst = context.node_name(troubled[0].key)
    if len(troubled) == 1:
        return _single(context, troubled[0], worst)
    slow = all(node.reason.rule == "index" for node in troubled)
    key = "lifeline.headline.several" if slow else "lifeline.headline.several_troubled"
    return context.texts(key, count=len(troubled), total=len(nodes), worst=worst)


def tone(snapshot: Snapshot) -> str:
    """The colour of the finding, by the gravest node: ``red``, ``amber`` or none."""
    worst = max((GRAVITY.get(node.status, 0) for node in snapshot.nodes), default=0)
    return ("", "amber", "red", "red")[worst]


def by_gravity(nodes: Sequence[NodeSnapshot]) -> list[NodeSnapshot]:
    """The nodes that are slow or congested, the gravest first."""
    return sorted((node for node in nodes if node.status in GRAVITY), key=_gravity, reverse=True)


def _gravity(node: NodeSnapshot) -> tuple[int, float, int]:
    return GRAVITY[node.status], node.congestion_index or 0.0, node.overdue


def _calm(context: Context, nodes: Sequence[NodeSnapshot]) -> str:
    texts = context.texts
    if not any(node.in_progress or node.entered or node.left for node in nodes):
        filtered = context.slice.pairs or context.window or context.at
        return texts("lifeline.headline.no_match" if filtered else "lifeline.headline.empty")
    if stale := [node for node in nodes if node.stale]:
        return _silent(context, stale)
    grey = sum(node.status is Status.GREY for node in nodes)
    if grey == len(nodes):
        return texts("lifeline.headline.all_grey")
    if grey:
        return texts("lifeline.headline.some_grey", count=grey)
    return texts("lifeline.headline.calm")


def _silent(context: Context, stale: Sequence[NodeSnapshot]) -> str:
    """``WMS has been silent since 13:05: 6 nodes cannot be told``."""
    silences = {node.silence.source: node.silence for node in stale if node.silence}
    if len(silences) > 1:
        return context.texts("lifeline.headline.silent_several", sources=len(silences), count=len(stale))
    silence = next(iter(silences.values()))
    since = context.formats.since(silence.heard_at, silence.heard_at + timedelta(seconds=silence.seconds))
    source = context.source_name(silence.source)
    return context.texts("lifeline.headline.silent", source=source, time=since, count=len(stale))


def _single(context: Context, node: NodeSnapshot, name: str) -> str:
    texts, formats = context.texts, context.formats
    if node.reason.rule == "rate":
        return texts("lifeline.headline.rate", name=name, rate=formats.percent(node.timeout_rate))
    if node.reason.rule == "overdue":
        return texts("lifeline.headline.overdue", name=name, count=formats.count(node.newly_overdue))
    index = node.congestion_index or 0.0
    times = round(index)
    if times in WHOLE_WORDS and abs(index - times) <= 0.1 * times:
        return texts("lifeline.headline.times", name=name, times=texts(f"lifeline.times.n{times}"))
    return texts("lifeline.headline.slower", name=name, index=formats.index(index).removeprefix("×"))
