"""What a query asks for: slice, window and instant, read once for pages, the API and the command line alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dashboard.lifeline import Lifeline
from dashboard.slices import OF_VISITS, Slice, SliceError
from layouts.context import parse_window
from layouts.texts import Texts

LONGEST_WINDOW = timedelta(days=366)
MOST_PAIRS = 6
STORE_ZONE, VIEWER_ZONE = "store", "viewer"

_LOST_PLUS = re.compile(r"(T.*) (\d\d:?\d\d)$")  # a plus sign that was not escaped arrives as a space


class FilterError(ValueError):
    """A filter cannot be used. ``name``: ``slice``, ``window``, ``at`` or ``tz``; ``text`` is one of the catalogue."""

    def __init__(self, name: str, value: str, text: str) -> None:
        super().__init__(f"{name}={value}")
        self.name, self.value, self.text = name, value[:80], text

    def sentence(self, texts: Texts) -> str:
        """What is wrong, and what the filter takes."""
        return texts(f"messages.filter.{self.text}", value=self.value)


EVERYTHING = Slice()


@dataclass(frozen=True, slots=True)
class Filters:
    """``window`` and ``at`` are ``None`` where nobody asked: widened as needed, and live."""

    slice: Slice = EVERYTHING
    window: timedelta | None = None
    at: datetime | None = None
    zone: str = ""


def read_filters(query: Mapping[str, str], lifeline: Lifeline, now: datetime) -> Filters:
    """The filters of a query; an empty one counts as absent.

    Raises:
        FilterError: the first one that cannot be used.
    """
    return Filters(
        _slice(query.get("slice", ""), lifeline),
        _window(query.get("window", "")),
        _at(query.get("at", ""), lifeline, now),
        _zone(query.get("tz", "")),
    )


def _slice(text: str, lifeline: Lifeline) -> Slice:
    try:
        asked = Slice.parse(text)
    except SliceError:
        raise FilterError("slice", text, "slice") from None
    known = {dimension.key for dimension in lifeline.dimensions} | {*OF_VISITS}
    if unknown := [dimension for dimension, _ in asked.pairs if dimension not in known]:
        raise FilterError("slice", unknown[0], "dimension")
    if len(asked.pairs) > MOST_PAIRS or "\0" in text:
        raise FilterError("slice", text, "slice")
    return asked


def _window(text: str) -> timedelta | None:
    if not text:
        return None
    try:
        width = parse_window(text)
    except (ValueError, OverflowError):
        raise FilterError("window", text, "window") from None
    if not timedelta(minutes=1) <= width <= LONGEST_WINDOW:
        raise FilterError("window", text, "window")
    return width


def _zone(text: str) -> str:
    """The zone to tell times in; empty for the store's. ``viewer`` becomes a name in the browser, which knows it."""
    if text in {"", STORE_ZONE, VIEWER_ZONE}:
        return ""
    if text not in _known_zones():
        raise FilterError("tz", text, "zone")
    return text


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_instant(text: str, zone: tzinfo) -> datetime:
    """An instant in ISO 8601; ``zone`` is that of one that names none. Raises ``ValueError`` for another text."""
    instant = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


def _at(text: str, lifeline: Lifeline, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        at = read_instant(text, ZoneInfo(lifeline.time_zone))
    except ValueError:
        raise FilterError("at", text, "at") from None
    if at > now or at.year < 1990:
        raise FilterError("at", text, "future" if at > now else "at")
    return at
