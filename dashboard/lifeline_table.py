"""The table that a lifeline is read from: its sections, and the references between them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboard.calendar import Calendar
from dashboard.calendar_table import read_calendar, read_time_zone
from dashboard.lifeline_row import Label, LifelineError, Row

__all__ = ["Label", "LifelineError", "Row", "Table"]

ROUND_THE_CLOCK = "always"


class Table:
    """The content of a lifeline's file; every read raises ``LifelineError`` with the path of a wrong field."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._root = Row("", content)

    def text(self, field: str, default: str | None = None) -> str:
        """A text; needed if there is no default."""
        return self._root.text(field, default)

    def one_of(self, field: str, known: Sequence[str]) -> str | None:
        """One of the known words; ``None`` if the field is absent."""
        return self._root.one_of(field, known)

    def time_zone(self, field: str) -> str:
        """The name of a time zone that the machine knows."""
        return read_time_zone(self._root, field)

    def rows(self, field: str, *, needed: bool = True) -> Sequence[Row]:
        """The rows of a list of tables, no two of one ``key``; at least one if ``needed``."""
        value = self._root.content.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._root.wrong(field, f"a list of tables, each under [[{field}]]")
        if needed and not value:
            raise LifelineError(f"{field} is missing: expected at least one table under [[{field}]]")
        rows = [Row(f"{field}[{place}]", item) for place, item in enumerate(value)]
        _check_unique(rows)
        return rows

    def keyed(self, field: str) -> Sequence[Row]:
        """The rows of a table of tables, each with its ``key``; none if the field is absent."""
        section = Row(field, self._root.table(field))
        section.check_keys()
        return [Row(section.at(key), section.table(key), key) for key in section.content]

    def labels(self, field: str) -> Mapping[str, Label]:
        """Labels by key; empty if the field is absent."""
        return self._root.labels(field, slugs=True)

    def texts(self, field: str) -> Mapping[str, str]:
        """Texts by key; empty if the field is absent."""
        section = Row(field, self._root.table(field))
        return {key: section.text(key) for key in section.content}

    def calendars(self) -> Mapping[str, Calendar]:
        """The working calendars by name; a time zone that they leave out is the lifeline's."""
        rows = self.keyed("calendars")
        if any(row.key == ROUND_THE_CLOCK for row in rows):
            raise LifelineError(f"calendars.{ROUND_THE_CLOCK}: this name is the clock that never stands still")
        return {row.key: read_calendar(row, self.time_zone("time_zone")) for row in rows}

    def check_nodes(
        self, nodes: Iterable[tuple[str, str, str]], teams: Mapping[str, Label], calendars: Mapping[str, Calendar]
    ) -> None:
        """Every node's owner must be a team, its calendar known. ``nodes``: key, owner and calendar of each."""
        for row, (_, owner, calendar) in zip(self.rows("nodes"), nodes, strict=True):
            if owner not in teams:
                raise row.wrong("owner", f"one of the teams ({', '.join(teams) or 'there is none'})")
            if calendar != ROUND_THE_CLOCK and calendar not in calendars:
                raise row.wrong("calendar", f"one of {', '.join([ROUND_THE_CLOCK, *calendars])}")


def _check_unique(rows: Sequence[Row]) -> None:
    seen: dict[object, str] = {}
    for row in rows:
        key = row.content.get("key")
        if not isinstance(key, str):
            continue
        if key in seen:
            raise LifelineError(f"{row.at('key')} must be of its own, not {key!r}, the key of {seen[key]}")
        seen[key] = row.path
