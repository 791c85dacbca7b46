"""Marks on a time axis: what happened beside the orders, numbered in the figure and told in words beneath it."""

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.trends import Mark
from layouts import ids
from layouts.context import Context
from layouts.figures import Figure, label
from layouts.incident_words import incident_place, kind_name
from layouts.theme import Palette
from layouts.time_axis import short_moment

LETTER, GAP = 0.0095, 0.02
"""The share of the figure's width that a letter of a mark takes, and the least room between two."""
WIDE_LETTERS = 0x2E80
"""From here on in Unicode a letter is twice as wide."""


def mark_words(context: Context, mark: Mark) -> str:
    """What it was: ``Incident: label printer offline``."""
    texts = context.texts
    if mark.kind == "incident":
        return texts("trends.marks.incident", kind=kind_name(context, mark.name))
    if mark.kind == "config":
        key = "config_by" if mark.by else "config"
        return texts(f"trends.marks.{key}", version=mark.name, by=mark.by or "")
    return texts("trends.marks.baseline")


def mark_shapes(
    context: Context, colours: Palette, marks: Sequence[Mark], since: datetime, until: datetime
) -> tuple[list[Figure], list[Figure]]:
    """Lines and annotations: each mark has its number at the top, and its words where they have room."""
    lines, notes, free = [], [], 0.0
    length = (until - since).total_seconds() or 1.0
    places = [max(0.0, (mark.at - since).total_seconds() / length) for mark in marks]
    for number, (mark, place) in enumerate(zip(marks, places, strict=True), start=1):
        at = context.formats.local(max(mark.at, since)).replace(tzinfo=None).isoformat()
        lines.append(
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": colours.secondary, "width": 1, "dash": "dot"},
            }
        )
        following = places[number] if number < len(places) else 1.0
        words = f"{number} {_short(context, mark)}"
        if place + _room(words) > following - GAP:
            words = str(number)
        if place < free:
            continue
        free = place + _room(words)
        notes.append(
            label(words, at, 1, colours.secondary, yref="paper", xanchor="left", yanchor="bottom", xshift=-3, yshift=3)
        )
    return lines, notes


def _short(context: Context, mark: Mark) -> str:
    if mark.kind == "incident":
        return kind_name(context, mark.name)
    return context.texts(f"trends.marks.short_{mark.kind}")


def _room(words: str) -> float:
    return sum(2 * LETTER if ord(letter) >= WIDE_LETTERS else LETTER for letter in words)


def marks_list(context: Context, marks: Sequence[Mark], until: datetime) -> html.Div:
    """The marks in words, by their numbers."""
    texts = context.texts
    items: list[Component] = [html.Li(_item(context, mark, until)) for mark in marks]
    told = html.Ol(items, className="trend-marks") if items else html.P(texts("trends.marks.none"))
    title = html.H3(texts("trends.marks.title"), className="trend-marks-title")
    return html.Div([title, html.Div(told, id=ids.live("trend-marks"))], className="trend-meanwhile")


def _item(context: Context, mark: Mark, until: datetime) -> list[Component | str]:
    where = incident_place(context, mark.node, mark.place or {})
    words = " · ".join([mark_words(context, mark), where] if where else [mark_words(context, mark)])
    when = html.Time(_when(context, mark, until), dateTime=mark.at.isoformat())
    return [when, " ", html.Span(words)]


def _when(context: Context, mark: Mark, until: datetime) -> str:
    formats, texts = context.formats, context.texts
    start = short_moment(mark.at, formats)
    if mark.kind != "incident":
        return start
    if mark.until is None or mark.until > until:
        return texts("trends.marks.going_on", start=start)
    same = formats.local(mark.at).date() == formats.local(mark.until).date()
    end = formats.clock(mark.until) if same else short_moment(mark.until, formats)
    return texts("trends.marks.span", start=start, end=end)
