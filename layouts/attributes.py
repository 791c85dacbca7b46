"""Attributes whose names Python cannot spell: aria, data, and an id that is only there when needed."""

from typing import Any


def aria(**names: str | bool) -> dict[str, Any]:
    """``aria(hidden=True, label="x")`` is ``{"aria-hidden": "true", "aria-label": "x"}``."""
    return {f"aria-{name}": str(value).lower() if isinstance(value, bool) else value for name, value in names.items()}


def data(**names: str) -> dict[str, Any]:
    """``data(theme="dark")`` is ``{"data-theme": "dark"}``."""
    return {f"data-{name}": value for name, value in names.items()}


def named(part_id: str | None) -> dict[str, Any]:
    """The id as an argument, nothing where there is none."""
    return {"id": part_id} if part_id else {}
