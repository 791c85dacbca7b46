"""Today's flow against the band of usual, drawn with CSS shapes: no script, sharp at any size, eased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.throughput import Throughput
from layouts.attributes import aria
from layouts.context import Context
from layouts.figures import round_ticks, tick_words

Points = Sequence[tuple[float, float]]
Edge = Sequence[float]

HOURS = (3, 6, 9, 12, 15, 18, 21)
SAMPLES = 4
HEADROOM = 1.08
LEAST_ROOM = 0.24
"""The height of a word, as a share of the chart's, with some air."""

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Shape:
    """How high a chart is drawn (its width is 1000), near what it gets on the wall, and how thick its line is."""

    height: int
    pen: float


PANEL, SCENE, UPRIGHT = Shape(300, 5.5), Shape(330, 3), Shape(1000, 5)


def flow_chart(context: Context, found: Throughput, shape: Shape = PANEL) -> html.Div:
    """The band, today's line up to now, the present as a dot; hours beneath, a round value beside."""
    low, high = smooth_band(found)
    most = max([1.0, *high, *(rate for _, rate in found.line)]) * HEADROOM
    parts: list[Component] = [*_scale(context, most), *_band(low, high, most), *_today(found, most, shape)]
    parts += _name(context, found, low, high, most)
    hours = [html.Span(f"{hour:02d}", style=_left(hour / 24)) for hour in HOURS]
    return html.Div(
        [html.Div(parts, className="flow-plot"), html.Div(hours, className="flow-hours")],
        className="flow-chart",
        **aria(hidden=True),
    )


def flow_table(context: Context, found: Throughput) -> html.Table:
    """The same in numbers, for those who hear the page: each hour of today, and what is usual of it."""
    texts, formats, usual = context.texts, context.formats, found.usual
    heads = [texts("wall.throughput.hour"), texts("wall.throughput.per_hour"), texts("wall.throughput.band")]
    rows = []
    for hour in range(24):
        rates = [rate for share, rate in found.line if hour <= share * 24 < hour + 1]
        band = f"{formats.number(usual.low[hour])}–{formats.number(usual.high[hour])}" if usual else "–"
        mean = formats.number(sum(rates) / len(rates)) if rates else "–"
        rows.append(html.Tr([html.Th(f"{hour:02d}", scope="row"), html.Td(mean), html.Td(band)]))
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in heads]))
    return html.Table([head, html.Tbody(rows)], className="visually-hidden")


def smooth_band(found: Throughput) -> tuple[list[float], list[float]]:
    """The lower and the upper edge at each quarter of an hour; empty where nothing is usual."""
    if found.usual is None:
        return [], []
    low, high = _smooth(found.usual.low), _smooth(found.usual.high)
    return [min(a, b) for a, b in zip(low, high, strict=True)], high


def _smooth(hourly: Sequence[float]) -> list[float]:
    """A curve (Catmull-Rom) through the middles of the hours, never below 0, level before the first and after the last.

    One value at each quarter from midnight to midnight.
    """
    padded = [hourly[0], hourly[0], *hourly, hourly[-1], hourly[-1]]
    return [max(0.0, _between(padded, quarter / SAMPLES + 1.5)) for quarter in range(24 * SAMPLES + 1)]


def _between(values: Sequence[float], at: float) -> float:
    """The curve at a place between the values; ``values[1]`` is at 1."""
    place = min(int(at), len(values) - 3)
    a, b, c, d = values[place - 1 : place + 3]
    t = at - place
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def _band(low: Sequence[float], high: Sequence[float], most: float) -> list[Component]:
    if not high:
        return []
    last = len(high) - 1
    edge = [*enumerate(high), *reversed(list(enumerate(low)))]
    polygon = ", ".join(f"{100 * place / last:.4g}% {100 - 100 * rate / most:.4g}%" for place, rate in edge)
    return [html.Div(className="flow-band", style={"clipPath": f"polygon({polygon})"})]


def _name(context: Context, found: Throughput, low: Edge, high: Edge, most: float) -> list[Component]:
    """The word for the band, above or below it where there is most room, on the side of the day without the line."""
    if not high:
        return []
    sides = range(2 * SAMPLES, 9 * SAMPLES) if found.gone > 0.5 else range(15 * SAMPLES, 22 * SAMPLES)
    above = max(sides, key=lambda place: -_within(high, place, max))
    below = max(sides, key=lambda place: _within(low, place, min))
    rooms = [(most - _within(high, above, max), above, 1), (_within(low, below, min), below, -1)]
    room, place, sign = max(rooms)
    if room < most * LEAST_ROOM:
        return []
    edge = _within(high, place, max) if sign > 0 else _within(low, place, min)
    rate = edge + sign * most * LEAST_ROOM / 2
    where = {**_left(place / (24 * SAMPLES)), "top": f"{100 - 100 * rate / most:.4g}%"}
    return [html.Span(context.texts("wall.throughput.band"), className="flow-usual", style=where)]


def _within(edge: Edge, place: int, extreme: Callable[[Edge], float]) -> float:
    """The extreme of an edge of the band over the width of the word."""
    return extreme(edge[max(0, place - SAMPLES) : place + SAMPLES + 1])


def _today(found: Throughput, most: float, shape: Shape) -> list[Component]:
    now = html.Div(className="flow-now", style=_left(found.gone))
    if not found.line:
        return [now]
    share, rate = found.line[-1]
    dot = html.Div(className="flow-dot", style={**_left(share), "top": f"{100 - 100 * rate / most:.4g}%"})
    image = line_image(found.line, most, shape)
    return [now, html.Div(className="flow-line", style={"maskImage": image, "WebkitMaskImage": image}), dot]


def line_image(points: Points, most: float, shape: Shape) -> str:
    """The line as an image that masks the colour of the text: ``x`` is a share of the day, ``most`` the top."""
    placed = [(WIDTH * share, shape.height * (1 - rate / most)) for share, rate in points]
    text = " ".join(f"{x:.4g},{y:.4g}" for x, y in placed)
    pen = f"fill='none' stroke='#000' stroke-width='{shape.pen}' stroke-linejoin='round' stroke-linecap='round'"
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {shape.height}' preserveAspectRatio='none'>"
        f"<polyline points='{text}' {pen}/></svg>"
    )
    return f'url("data:image/svg+xml,{quote(svg, safe="/:= ,")}")'


def _scale(context: Context, most: float) -> list[Component]:
    """One line to read a value off, at the highest round one that leaves the curve its room."""
    ticks = round_ticks(most, 2)
    words = tick_words(context, ticks)
    high = [(tick, word) for tick, word in zip(ticks, words, strict=True) if 0 < tick < most]
    if not high:
        return []
    tick, word = high[-1]
    place = {"top": f"{100 - 100 * tick / most:.4g}%"}
    return [html.Div(html.Span(context.texts("wall.throughput.rate", count=word)), className="flow-tick", style=place)]


def _left(share: float) -> dict[str, Any]:
    return {"left": f"{100 * share:.4g}%"}
