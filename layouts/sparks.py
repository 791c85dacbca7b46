"""A spark line as a CSS mask: the shape is a small SVG, the colour is the text's."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import html

from layouts.attributes import named
from layouts.context import Context
from layouts.parts import hidden

WIDTH, HEIGHT, MARGIN = 96, 24, 2
CALM = 0.4  # a change that fills the height; smaller ones look as small as they are


def spark(context: Context, values: Sequence[int], *, part_id: str | None = None) -> html.Span:
    """The line of ``values`` from left (oldest) to right (now); fewer than two values draw nothing."""
    if len(values) < 2:
        return html.Span(className="spark", **named(part_id))
    formats = context.formats
    words = context.texts("lifeline.spark_spoken", first=formats.count(values[0]), last=formats.count(values[-1]))
    return html.Span(hidden(words), className="spark spark-drawn", style=_mask(values), **named(part_id))


def spark_points(values: Sequence[int]) -> str:
    """The points of the line: its range fills the height, unless that is under 40 % of the highest value."""
    low, high = min(values), max(values)
    spread = max(high - low, high * CALM, 4)
    base = (low + high - spread) / 2
    step = WIDTH / (len(values) - 1)
    inner = HEIGHT - 2 * MARGIN
    return " ".join(f"{i * step:.4g},{MARGIN + inner * (1 - (v - base) / spread):.3g}" for i, v in enumerate(values))


def _mask(values: Sequence[int]) -> dict[str, Any]:
    line = "fill='none' stroke='#000' stroke-width='1.6' stroke-linejoin='round' stroke-linecap='round'"
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none'>"
        f"<polyline points='{spark_points(values)}' {line}/></svg>"
    )
    image = f'url("data:image/svg+xml,{quote(svg, safe="/:= ,")}")'
    return {"maskImage": image, "WebkitMaskImage": image}
