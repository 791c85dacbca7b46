"""The tokens: one set in CSS and Python, with enough contrast in both themes."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from layouts.theme import PALETTES

CSS = (Path(__file__).parents[2] / "assets" / "theme.css").read_text("utf-8")
GROUNDS = ("ground", "panel")


def tokens(theme: str) -> dict[str, str]:
    """The colour tokens of one theme, as the style sheet has them."""
    block = next(body for head, body in re.findall(r"([^{}]+)\{([^{}]*)\}", CSS) if f'[data-theme="{theme}"]' in head)
    return {name.replace("-", "_"): value for name, value in re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})", block)}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "secondary", "congested_text", "deep_text") for ground in GROUNDS],
    ("slow_text", "panel"),
    ("slow_text", "tint_slow"),
    ("ink", "tint_slow"),
    ("ink", "tint_congested"),
    ("secondary", "tint_slow"),
    ("secondary", "tint_congested"),
    ("congested_text", "tint_congested"),
    ("congested_text", "tint_slow"),
    ("deep_text", "tint_congested"),
    ("panel", "ink"),
]
MARK_PAIRS = [
    *[(mark, "panel") for mark in ("normal", "slow", "congested", "deep", "secondary")],
    *[("on_mark", mark) for mark in ("slow", "congested", "deep")],
    ("congested", "tint_congested"),
    ("congested", "tint_slow"),
    ("slow", "tint_slow"),
    ("deep", "tint_congested"),
]


@pytest.mark.parametrize("theme", PALETTES)
def test_css_and_python_agree(theme: str) -> None:
    """A colour is changed in both places or in neither."""
    css = tokens(theme)
    assert {name: css[name] for name in asdict(PALETTES[theme])} == asdict(PALETTES[theme])


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_contrast(theme: str, text: str, ground: str) -> None:
    """Text has at least 4.5:1 on every ground that it stands on."""
    assert contrast(tokens(theme)[text], tokens(theme)[ground]) >= 4.5


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("mark", "ground"), MARK_PAIRS)
def test_mark_contrast(theme: str, mark: str, ground: str) -> None:
    """Discs, rings and the overdue part have at least 3:1."""
    assert contrast(tokens(theme)[mark], tokens(theme)[ground]) >= 3.0


def test_nothing_comes_from_outside() -> None:
    """No style sheet or script of ours names another server; the SVG name space is a name."""
    for path in (Path(__file__).parents[2] / "assets").glob("*.*"):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(\s*['\"]?//", text), path.name
