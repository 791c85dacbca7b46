"""The ticks of an order's time axis: words above it where there is room, and fine lines behind its rows."""

from dash.development.base_component import Component

from layouts.context import Context
from layouts.order_axis import Axis
from layouts.parts import shown
from layouts.time_axis import time_ticks

TICKS = 6
SIGN_SHARE, LAST_NARROW = 0.024, 0x2E80
"""The share of a narrow axis that a letter takes, and where in Unicode the wide characters begin."""
EDGE = 0.95
"""A tick's words stand left of it from here on, so that they stay inside."""


def axis_ticks(context: Context, axis: Axis) -> list[Component]:
    """The ticks that have room for their words: now first, then those inside, then those at the ends."""
    now = [] if axis.now is None else [(axis.share(axis.now), context.texts("order.timeline.now"), "is-now")]
    places = [(axis.share(at), words, "") for at, words in time_ticks(axis.start, axis.end, context.formats, TICKS)]
    kept: list[tuple[float, str, str]] = []
    for tick in [*now, *sorted(places, key=lambda tick: not 1 - EDGE < tick[0] < EDGE)]:
        if all(_apart(tick[:2], other[:2]) for other in kept):
            kept.append(tick)
    return [_tick(*tick) for tick in sorted(kept)]


def _apart(one: tuple[float, str], other: tuple[float, str]) -> bool:
    return abs(_middle(*one) - _middle(*other)) > (_room(one[1]) + _room(other[1])) / 2


def _middle(place: float, words: str) -> float:
    """Where the middle of a tick's words is: at the ends they are pushed inside."""
    if 1 - EDGE < place < EDGE:
        return place
    return place + _room(words) / 2 if place <= 1 - EDGE else place - _room(words) / 2


def _room(words: str) -> float:
    """The share of the narrowest usual axis that the words take; Chinese characters are twice as wide."""
    return (sum(2 if ord(sign) > LAST_NARROW else 1 for sign in words) + 2) * SIGN_SHARE


def _tick(place: float, words: str, classes: str = "") -> Component:
    side = "is-last" if place >= EDGE else "is-first" if place <= 1 - EDGE else ""
    return shown(words, f"way-tick {side} {classes}".strip(), style={"left": f"{place:.3%}"})


def axis_lines(context: Context, axis: Axis) -> dict[str, str]:
    """The ticks as fine lines behind every row, and one for now."""
    lines = [axis.share(at) for at, _ in time_ticks(axis.start, axis.end, context.formats, TICKS)]
    layers = [_line(place, "var(--line)") for place in lines]
    layers = ([_line(axis.share(axis.now), "var(--queue)")] if axis.now else []) + layers
    return {"--way-lines": ", ".join(layers) or "none"}


def _line(place: float, colour: str) -> str:
    return f"linear-gradient({colour}, {colour}) {place:.3%} 0 / 1px 100% no-repeat"
