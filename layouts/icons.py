"""Icons as elements that a CSS mask fills with the current text colour; the shapes are in ``assets/icons.css``."""

from dash import html

from dashboard.snapshot import Status

SHAPES = {
    Status.GREEN: "tick",
    Status.AMBER: "arrow",
    Status.RED: "exclamation",
    Status.DEEP_RED: "exclamation",
    Status.GREY: "question",
}


def icon(name: str, className: str = "") -> html.Span:
    """One bare glyph (``tick``, ``arrow``, ``exclamation``, ``question``, ``search``); it says nothing to a reader."""
    return html.Span(className=f"icon icon-{name} {className}".strip(), **{"aria-hidden": "true"})


def disc_class(status: Status, size: str = "small") -> str:
    """The class of a status disc: a ring when normal, filled when not, dashed grey when it cannot be told."""
    return f"disc disc-{size} disc-{status.value.replace('_', '-')}"


def disc(status: Status, size: str = "small", *, part_id: str | None = None) -> html.Span:
    """The status as ring or disc with its glyph; ``part_id`` makes it live. The word must stand beside it."""
    named = {"id": part_id} if part_id else {}
    return html.Span(className=disc_class(status, size), **{"aria-hidden": "true"}, **named)
