"""Icons as elements that a CSS mask fills with the current text colour; the shapes are in ``assets/icons.css``."""

from dash import html

from dashboard.snapshot import Status
from layouts.attributes import aria, named

SHAPES = {
    Status.GREEN: "tick",
    Status.AMBER: "arrow",
    Status.RED: "exclamation",
    Status.DEEP_RED: "exclamation",
    Status.GREY: "question",
}


def icon(name: str, classes: str = "") -> html.Span:
    """One bare glyph (``tick``, ``arrow``, ``exclamation``, ``question``, ``search``); it says nothing to a reader."""
    return html.Span(className=f"icon icon-{name} {classes}".strip(), **aria(hidden=True))


def disc_class(status: Status, size: str = "small") -> str:
    """The class of a status disc: a ring when normal, filled when not, dashed grey when it cannot be told."""
    return f"disc disc-{size} disc-{status.value.replace('_', '-')}"


def disc(status: Status, size: str = "small", *, part_id: str | None = None) -> html.Span:
    """The status as ring or disc with its glyph; ``part_id`` makes it live. The word must stand beside it."""
    return html.Span(className=disc_class(status, size), **aria(hidden=True), **named(part_id))
