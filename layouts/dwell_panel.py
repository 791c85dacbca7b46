"""The panel that shows how long orders stay at a node, against its allowance."""

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, floor, isfinite
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.lifeline import Node
from dashboard.series import DwellDistribution
from layouts import ids
from layouts.context import Context
from layouts.figures import Figure, axis, graph, label, layout, nothing, palette, round_ticks, table_twin, tick_words
from layouts.formats import DAY, HOUR, MINUTE
from layouts.parts import panel
from layouts.theme import Palette

STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 3, 7, 14, 28)),
)
TICKS = 6
LABEL_REACH = 0.10
"""Half the width of a direct label, as a share of the plot."""
OPEN_FROM = 0.74
"""From this share of the axis on, the words of the last, open bar stand alone beneath it."""


def dwell_panel(context: Context, node: Node, distribution: DwellDistribution, window_seconds: float) -> Component:
    """The panel with its figure and the table twin."""
    texts = context.texts
    chart = graph(ids.live("dwell-figure"), dwell_figure(context, node, distribution), texts("node.dwell.spoken"))
    title = texts("node.dwell.title")
    head = [texts(f"node.dwell.column.{name}") for name in ("range", "allowance", "left", "waiting")]
    twin = table_twin(context, ids.live("dwell-table"), title, head, dwell_rows(context, node, distribution))
    note = html.Span(texts("node.dwell.note", window=context.formats.span(window_seconds)), id=ids.live("dwell-note"))
    return panel([chart, twin], title=title, note=note, classes="chart-panel")


def dwell_figure(context: Context, node: Node, distribution: DwellDistribution) -> Figure:
    """Bars by dwell: quiet before the allowance, red after it; orders still here hatched on top, by their age."""
    colours, texts = palette(context), context.texts
    totals = [left + waiting for left, waiting in zip(distribution.left, distribution.waiting, strict=True)]
    if not any(totals):
        return nothing(colours, texts("node.dwell.none"))
    allowance = node.allowance.total_seconds()
    tones = [colours.congested if low >= allowance else colours.queue for low in distribution.edges[:-1]]
    said = [_said(context, distribution, place) for place in range(len(totals))]
    at = position(distribution.edges, allowance)
    labels = _labels(context, colours, distribution, totals, at)
    marks = _open_label(context, colours, distribution.edges)
    marks += [] if at is None else [_allowance_label(context, colours, allowance, at / len(totals), at)]
    ticks = round_ticks(max(totals))
    words = tick_words(context, ticks)
    return {
        "data": [
            _bars(distribution.left, tones, said),
            _bars(distribution.waiting, tones, said, hatched=colours.panel),
        ],
        "layout": layout(
            colours,
            barmode="stack",
            bargap=0.14,
            barcornerradius=2,
            xaxis=axis(colours, range=[0, len(totals)], **_time_ticks(context, distribution.edges)),
            yaxis=axis(colours, grid=True, range=[0, max(totals) * 1.34], tickvals=ticks, ticktext=words),
            shapes=[] if at is None else [_allowance_line(colours, at)],
            annotations=[*labels, *marks],
        ),
    }


def dwell_rows(context: Context, node: Node, distribution: DwellDistribution) -> list[list[str]]:
    """One row for each step: its range, whether it is within the allowance, orders left, orders still here."""
    allowance = node.allowance.total_seconds()
    rows = []
    for place, (left, waiting) in enumerate(zip(distribution.left, distribution.waiting, strict=True)):
        side = "over" if distribution.edges[place] >= allowance else "within"
        words = [_range(context, distribution.edges, place), context.texts(f"node.dwell.column.{side}")]
        rows.append([*words, context.formats.count(left), context.formats.count(waiting)])
    return rows


def position(edges: Sequence[float], seconds: float) -> float | None:
    """Where ``seconds`` stands among the bars, in bars from the left; ``None`` beyond them."""
    if not edges[0] <= seconds <= edges[-1]:
        return None
    place = min(bisect_right(edges, seconds) - 1, len(edges) - 2)
    low, high = edges[place], edges[place + 1]
    return place + ((seconds - low) / (high - low) if isfinite(high) else 0.0)


def _bars(counts: Sequence[int], tones: list[str], said: list[str], hatched: str | None = None) -> Figure:
    marker: dict[str, Any] = {"color": tones}
    if hatched:
        marker["pattern"] = {
            "shape": "/",
            "size": 5,
            "solidity": 0.34,
            "fillmode": "replace",
            "fgcolor": tones,
            "bgcolor": hatched,
        }
        marker["line"] = {"width": 1, "color": tones}
    return {
        "type": "bar",
        "x": [place + 0.5 for place in range(len(counts))],
        "y": list(counts),
        "marker": marker,
        "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
        **({"hoverinfo": "skip", "hovertemplate": None} if hatched else {}),
    }


def _said(context: Context, distribution: DwellDistribution, place: int) -> str:
    formats, texts = context.formats, context.texts
    lines = [
        _range(context, distribution.edges, place),
        texts("node.dwell.left", count=formats.count(distribution.left[place])),
        texts("node.dwell.waiting", count=formats.count(distribution.waiting[place])),
    ]
    return "<br>".join(lines)


def _range(context: Context, edges: Sequence[float], place: int) -> str:
    """The bar's range in words; the last bar takes all that are longer, so it has no end."""
    low = context.formats.elapsed(edges[place])
    if place == len(edges) - 2:
        return context.texts("node.dwell.more", low=low)
    return context.texts("node.dwell.range", low=low, high=context.formats.elapsed(edges[place + 1]))


def _labels(
    context: Context, colours: Palette, distribution: DwellDistribution, totals: list[int], line: float | None
) -> list[Figure]:
    texts, formats = context.texts, context.formats
    left = texts("node.dwell.left", count=formats.count(sum(distribution.left)))
    waiting = texts("node.dwell.waiting", count=formats.count(sum(distribution.waiting)))
    peak = max(range(len(totals)), key=distribution.left.__getitem__)
    far = [place for place in range(len(totals)) if abs(place - peak) > 2 * LABEL_REACH * len(totals) + 1]
    place = max(far, key=distribution.waiting.__getitem__, default=peak)
    if not any(distribution.waiting):
        return [_above(left, peak, totals, line, colours.secondary)]
    if not any(distribution.left):
        return [_above(waiting, max(range(len(totals)), key=totals.__getitem__), totals, line, colours.ink)]
    if not distribution.waiting[place]:
        return [_above(f"{left}<br>{waiting}", peak, totals, line, colours.ink)]
    return [_above(left, peak, totals, line, colours.secondary), _above(waiting, place, totals, line, colours.ink)]


def _above(text: str, place: int, totals: list[int], line: float | None, colour: str) -> Figure:
    reach = max(1, round(LABEL_REACH * len(totals)))
    side = "left" if place < reach else "right" if place >= len(totals) - reach else "center"
    at = {"left": float(place), "right": place + 1.0, "center": place + 0.5}[side]
    shift = 0
    if line is not None and abs(at - line) < reach + 0.5:
        at, side, shift = (line, "left", 6) if at > line else (line, "right", -6)
    from_ = at - {"left": 0, "right": 2 * reach, "center": reach}[side]
    height = max(totals[max(0, floor(from_)) : ceil(from_ + 2 * reach)])
    return label(text, at, height, colour, xanchor=side, yanchor="bottom", xshift=shift, yshift=2)


def _allowance_line(colours: Palette, at: float) -> Figure:
    line = {"color": colours.ink, "width": 1.5}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _allowance_label(context: Context, colours: Palette, seconds: float, share: float, at: float) -> Figure:
    words = context.texts("node.dwell.allowance", span=context.formats.elapsed(seconds))
    side, shift = ("left", 7) if share < 0.7 else ("right", -7)
    return label(words, at, 1, colours.ink, yref="paper", xanchor=side, yanchor="top", xshift=shift)


def _open_label(context: Context, colours: Palette, edges: Sequence[float]) -> list[Figure]:
    """Beneath the last bar: from where on it counts, as it has no end; nothing where it is the only one."""
    if len(edges) < 3:
        return []
    words = context.texts("node.dwell.open", low=context.formats.elapsed(edges[-2]))
    place: dict[str, Any] = {"yref": "paper", "xanchor": "right", "yanchor": "top", "yshift": -4}
    return [label(words, len(edges) - 1, 0, colours.ink, **place)]


def _time_ticks(context: Context, edges: Sequence[float]) -> dict[str, Any]:
    last, most = edges[-2], max(1.0, OPEN_FROM * (len(edges) - 1))
    step = next((step for step in STEPS if (last - edges[0]) / step <= TICKS), STEPS[-1])
    wanted = [step * count for count in range(int(last // step) + 1)]
    places = [(place, seconds) for seconds in wanted if (place := position(edges, seconds)) is not None]
    places = [(place, seconds) for place, seconds in places if place < most]
    apart = [places[0]] if places else []
    for place, seconds in places[1:]:
        if place - apart[-1][0] >= (len(edges) - 1) / (2 * TICKS):
            apart.append((place, seconds))
    words = [context.formats.elapsed(seconds) if seconds else "0" for _, seconds in apart]
    return {"tickvals": [place for place, _ in apart], "ticktext": words}
