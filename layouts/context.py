"""What every page of one view shares: language, theme, filters, lifeline. Each view is a link, so it writes links.

The query of a link: ``slice``, ``window`` (``1h``), ``at`` (ISO 8601), ``lang``, ``theme``, ``tz`` (an IANA name); a
default is left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from dashboard.lifeline import Lifeline, Node
from dashboard.replay import Replay
from dashboard.rights import NO_RIGHTS, Rights
from dashboard.slices import EXCEPTION, OF_VISITS, Slice
from dashboard.sources import Source
from layouts.formats import Formats
from layouts.texts import LANGUAGES, Texts

THEMES = ("light", "dark", "wall")
"""In the order that the switch goes through. ``wall`` is dark with larger words, to be read from afar."""

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
EVERY = Slice()

Parameters = Mapping[str, str | int | None]
Report = Callable[[str, Exception], str]
"""Takes the name of a panel and what failed in it, and answers the kind of failure; see ``layouts/boundary.py``."""

_WINDOW = re.compile(r"\s*(\d+)\s*([dhms])(?:in)?\s*")


def window_text(window: timedelta) -> str:
    """The window as a link writes it: ``7d``, ``1h``, ``90m``, in the largest unit that divides it."""
    unit, width = next((unit, width) for unit, width in _UNITS.items() if window % width == timedelta(0))
    return f"{window // width}{unit}"


def parse_window(text: str) -> timedelta:
    """Read ``1h``, ``7d``, ``30m`` or ``45s``.

    Raises:
        ValueError: the text is no window, or an empty one.
    """
    match = _WINDOW.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a window such as 1h or 7d")
    return int(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Context:
    """One view's surroundings. ``window`` and ``at``: as asked for, ``None`` where the page decides (live).

    ``path``: the page's own path. ``backfill``: the share of the demo orders made so far, ``None`` when not making any.
    ``sources``: the source systems as they are at the view's instant.
    ``replay``: where the replay stands, ``None`` where time is real.
    ``zone``: the IANA name of the zone that was asked for, empty for the store's.
    ``report``: who is told of a panel that fails.
    ``pinned``: which of ``lang`` and ``theme`` the address itself named; only those travel in links.
    ``own``: parameters of the page's own; links to the page itself keep them.
    ``rights``: what whoever looks may do.
    """

    lang: str
    lifeline: Lifeline
    theme: str = "light"
    slice: Slice = EVERY
    window: timedelta | None = None
    at: datetime | None = None
    path: str = "/"
    demo: bool = False
    backfill: float | None = None
    pinned: frozenset[str] = frozenset()
    zone: str = ""
    sources: tuple[Source, ...] = ()
    own: Parameters = field(default_factory=dict)
    replay: Replay | None = None
    rights: Rights = NO_RIGHTS
    report: Report | None = field(default=None, compare=False)

    @cached_property
    def texts(self) -> Texts:
        """The texts in this view's language."""
        return Texts(self.lang)

    @cached_property
    def formats(self) -> Formats:
        """Numbers and times for this view's language, the lifeline's time zone and currency."""
        return Formats(self.texts, ZoneInfo(self.time_zone), self.lifeline.currency)

    @property
    def time_zone(self) -> str:
        """The zone that every time is told in: the one that was asked for, else the store's."""
        return self.zone or self.lifeline.time_zone

    @property
    def acting(self) -> frozenset[str]:
        """The actions that this view offers: none on a view of the past, which nobody can change."""
        return self.rights.kinds if self.at is None and self.replay is None else frozenset()

    @property
    def other_lang(self) -> str:
        """The language that the switch leads to."""
        return LANGUAGES[1 - LANGUAGES.index(self.texts.lang)]

    @property
    def other_theme(self) -> str:
        """The theme that the switch leads to."""
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]

    def link(
        self,
        path: str | None = None,
        *,
        slice: Slice | str | None = None,
        window: timedelta | str | None = None,
        at: datetime | str | None = None,
        lang: str | None = None,
        theme: str | None = None,
        tz: str | None = None,
        more: Parameters | None = None,
    ) -> str:
        """The address of ``path`` (this page if left out) with this view's filters, but for those given here.

        ``slice="all"``, ``window=""``, ``at=""`` and ``tz=""`` drop one; ``more`` adds the page's own parameters, where
        ``None`` drops one.
        """
        asked = {
            "slice": str(self.slice if slice is None else slice),
            "window": _window_parameter(self.window if window is None else window),
            "at": _at_parameter(self.at if at is None else at),
            "lang": lang or (self.lang if "lang" in self.pinned else ""),
            "tz": self.zone if tz is None else tz,
            "theme": theme or (self.theme if "theme" in self.pinned else ""),
        }
        query = {key: value for key, value in asked.items() if value and (key, value) != ("slice", "all")}
        added = {**(self.own if path is None else {}), **(more or {})}
        query |= {key: str(value) for key, value in added.items() if value is not None}
        return quote(self.path if path is None else path) + (f"?{urlencode(query, safe='=:,')}" if query else "")

    def node_link(self, key: str, more: Parameters | None = None) -> str:
        """The address of a node's page."""
        return self.link(f"/node/{key}", more=more)

    def order_link(self, order_id: str) -> str:
        """The address of an order's page, without the filters that say nothing of one order."""
        return self.link("/order/" + order_id, slice="all", window="", at="")

    def node_name(self, node: Node | str) -> str:
        """The node's label, or its key where the lifeline has no such node."""
        key = node if isinstance(node, str) else node.key
        return self.texts.label(self.lifeline.node(key).label, key) if key in self.lifeline else key

    def team_name(self, owner: str) -> str:
        """The label of a team."""
        return self.texts.label(self.lifeline.teams.get(owner), owner)

    def exception_name(self, key: str) -> str:
        """The label of an exception, or its key where the lifeline does not know it."""
        kind = self.lifeline.exceptions.get(key)
        return self.texts.label(kind.label, key) if kind else key

    def dimension_name(self, key: str) -> str:
        """The label of a dimension, or of what a visit may be sliced by."""
        if key in OF_VISITS:
            return self.texts(f"common.picker.{key}")
        return next((self.texts.label(d.label, key) for d in self.lifeline.dimensions if d.key == key), key)

    def value_name(self, dimension: str, value: str) -> str:
        """The label of one value of a dimension."""
        if dimension == EXCEPTION:
            return self.exception_name(value)
        known = next((d.values for d in self.lifeline.dimensions if d.key == dimension), {})
        return self.texts.label(known.get(value), value)

    def slice_name(self, slice: Slice | None = None) -> str:
        """The slice in words: ``All``, ``Channel: Douyin``."""
        return ", ".join(self._pairs(self.slice if slice is None else slice)) or self.texts("common.picker.all")

    def source_name(self, key: str) -> str:
        """The label of a source system; its key where nobody named it."""
        return self.texts.label(self.lifeline.systems.get(key), key or self.texts("common.source.unnamed"))

    def _pairs(self, slice: Slice) -> Iterator[str]:
        for key, value in slice.pairs:
            names = {"dimension": self.dimension_name(key), "value": self.value_name(key, value)}
            yield self.texts("common.picker.pair", **names)


def _window_parameter(window: timedelta | str | None) -> str:
    return window_text(window) if isinstance(window, timedelta) else window or ""


def _at_parameter(at: datetime | str | None) -> str:
    return at.isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else at or ""
