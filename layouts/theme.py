"""The colours of ``assets/theme.css`` for figures that are drawn in Python. A test holds the two equal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours as ``#RRGGBB``; ``on_mark`` is the glyph on a filled disc."""

    ground: str
    panel: str
    line: str
    ink: str
    secondary: str
    faint: str
    normal: str
    slow: str
    congested: str
    deep: str
    tint_slow: str
    tint_congested: str
    tint_normal: str
    band: str
    queue: str
    on_mark: str


LIGHT = Palette(
    ground="#F5F6F8",
    panel="#FFFFFF",
    line="#E2E6EB",
    ink="#16202B",
    secondary="#566474",
    faint="#8A97A6",
    normal="#0F8A7A",
    slow="#B86E00",
    congested="#D92D3A",
    deep="#B30F2B",
    tint_slow="#FCF0DC",
    tint_congested="#FCE6E8",
    tint_normal="#E2F4F1",
    band="#CBD5DF",
    queue="#A9B8C7",
    on_mark="#FFFFFF",
)
DARK = Palette(
    ground="#0B1016",
    panel="#121922",
    line="#26313E",
    ink="#E8EDF3",
    secondary="#93A1B1",
    faint="#5C6B7C",
    normal="#34B3A0",
    slow="#F0A73A",
    congested="#F2555A",
    deep="#FF3B57",
    tint_slow="#3A2A10",
    tint_congested="#3A161B",
    tint_normal="#12302E",
    band="#3D5064",
    queue="#5B7691",
    on_mark="#0B1016",
)
WALL = DARK
"""A wall is a dark room's light; only its words are larger, see ``assets/theme.css``."""

PALETTES = {"light": LIGHT, "dark": DARK, "wall": WALL}
