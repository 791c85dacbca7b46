"""One row of a lifeline's table: each field read with its type, each error naming the field's path."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Label = Mapping[str, str]

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=3660)


class LifelineError(ValueError):
    """A field of the lifeline's table is missing, of the wrong type, or refers to nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """The fields below ``path``. ``key`` is the row's name in a keyed table, else empty."""

    path: str
    content: Mapping[str, Any]
    key: str = ""

    def at(self, field: str) -> str:
        """The path of a field, as errors name it."""
        return f"{self.path}.{field}" if self.path else field

    def wrong(self, field: str, expected: str) -> LifelineError:
        """The error that says what ``field`` should have been, and what it is."""
        if field not in self.content:
            return LifelineError(f"{self.at(field)} is missing: expected {expected}")
        return LifelineError(f"{self.at(field)} must be {expected}, not {self.content[field]!r}")

    def has(self, field: str) -> bool:
        """Whether the field is given."""
        return field in self.content

    def text(self, field: str, default: str | None = None) -> str:
        """A text that is not empty; needed if there is no default."""
        if field not in self.content and default is not None:
            return default
        value = self.content.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "a text")
        return value

    def slug(self, field: str) -> str:
        """A name that fits into an address and into an id of the page: letters, digits, ``_`` and ``-``."""
        value = self.text(field)
        if not _SLUG.fullmatch(value):
            raise self.wrong(field, "a short name of letters, digits, '_' and '-'")
        return value

    def label(self, field: str, *, needed: bool = True) -> Label:
        """Texts by language; empty if the field is absent and not needed."""
        if field not in self.content and not needed:
            return {}
        value = self.content.get(field)
        expected = 'texts by language such as { en = "Paid", zh = "..." }'
        if not isinstance(value, Mapping) or not value:
            raise self.wrong(field, expected)
        if not all(isinstance(text, str) and text.strip() for text in value.values()):
            raise self.wrong(field, expected)
        return dict(value)

    def labels(self, field: str, *, slugs: bool = False) -> Mapping[str, Label]:
        """Labels by key; empty if the field is absent. ``slugs``: the keys must be short names."""
        inner = Row(self.at(field), self.table(field))
        if slugs:
            inner.check_keys()
        return {key: inner.label(key) for key in inner.content}

    def table(self, field: str) -> Mapping[str, Any]:
        """A table of its own; empty if the field is absent."""
        value = self.content.get(field, {})
        if not isinstance(value, Mapping):
            raise self.wrong(field, "a table")
        return value

    def check_keys(self) -> None:
        """Every key of this row must be a short name."""
        for key in self.content:
            if not _SLUG.fullmatch(key):
                raise LifelineError(f"{self.at(key)}: the key must be a short name of letters, digits, '_' and '-'")

    def duration(self, field: str) -> timedelta:
        """A positive length of time: ``"15 s"``, ``"30 min"``, ``"2 h"``, ``"7 d"`` (of 24 h), or just seconds."""
        seconds = _seconds(self.content.get(field))
        if seconds is None or not 0 < seconds <= _LONGEST.total_seconds():
            raise self.wrong(field, 'a length of time such as "15 s", "30 min", "2 h" or "7 d"')
        return timedelta(seconds=seconds)

    def flag(self, field: str, default: bool = False) -> bool:
        """True or false."""
        value = self.content.get(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false")
        return value

    def share(self, field: str, default: float) -> float:
        """A share of 1."""
        value = self.content.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.wrong(field, "a share between 0 and 1")
        return float(value)

    def one_of(self, field: str, known: Sequence[str]) -> str | None:
        """One of the known names; ``None`` if the field is absent."""
        value = self.content.get(field)
        if value is not None and value not in known:
            raise self.wrong(field, f"one of {', '.join(known)}")
        return value

    def texts(self, field: str) -> Sequence[str]:
        """A list of texts; empty if the field is absent."""
        value = self.content.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "a list of texts in quotes")
        return value


def _seconds(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in _UNITS:
        return None
    return float(match[1]) * _UNITS[match[2]]
