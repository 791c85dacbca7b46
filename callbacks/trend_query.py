"""What the address of the trends page, or of their API, asks for beside the filters of every page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from callbacks.filters import FilterError
from dashboard.lifeline import Lifeline
from dashboard.trends import LONGEST, NUMBERS, SHORTEST, USUAL_SPAN
from layouts.context import parse_window

SHAPES = ("cumulative", "levels")

_WEEKS = re.compile(r"\s*(\d+)\s*w\s*")


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """``node``, ``number``: ``None`` where none is asked for. ``shape``, ``upto``: of the cumulative flow diagram.

    ``table``: the figure that is wanted as a table.
    """

    span: timedelta = USUAL_SPAN
    node: str | None = None
    number: str | None = None
    shape: str = SHAPES[0]
    upto: str | None = None
    table: str = ""


def read_trend_query(query: Mapping[str, str], lifeline: Lifeline) -> TrendQuery:
    """The query; an empty part counts as absent.

    Raises:
        FilterError: the first part that cannot be used.
    """
    shape = query.get("flow", "")
    return TrendQuery(
        _span(query.get("span", "")),
        _node(query.get("node", ""), lifeline),
        _number(query.get("number", "")),
        shape if shape in SHAPES else SHAPES[0],
        _node(query.get("upto", ""), lifeline),
        query.get("table", ""),
    )


def _span(text: str) -> timedelta:
    if not text:
        return USUAL_SPAN
    weeks = _WEEKS.fullmatch(text)
    try:
        span = timedelta(weeks=int(weeks[1])) if weeks else parse_window(text)
    except (ValueError, OverflowError):
        raise FilterError("span", text, "span") from None
    if not SHORTEST <= span <= LONGEST:
        raise FilterError("span", text, "span")
    return span


def _node(text: str, lifeline: Lifeline) -> str | None:
    if text and text not in lifeline:
        raise FilterError("node", text, "node")
    return text or None


def _number(text: str) -> str | None:
    if text and text not in NUMBERS:
        raise FilterError("number", text, "number")
    return text or None
