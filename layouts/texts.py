"""Every text a user reads, by key and language, from the tables in ``layouts/catalogue``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
FOLLOW_ON = {"en": ("en", "zh"), "zh": ("zh", "en")}

CATALOGUE = Path(__file__).parent / "catalogue"

Catalogue = Mapping[str, Mapping[str, str]]


class MissingTextError(KeyError):
    """The catalogue has no such text, or the text needs a value that was not given."""


class Texts:
    """The catalogue in one language."""

    def __init__(self, lang: str, catalogue: Catalogue | None = None) -> None:
        self.lang = lang if lang in LANGUAGES else LANGUAGES[0]
        self._catalogue = read_catalogue() if catalogue is None else catalogue

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with its ``{places}`` filled; ``count=1`` takes the text's ``en_one``, if it has one.

        Raises:
            MissingTextError: no such key, or a place without a value.
        """
        try:
            entry = self._catalogue[key]
            one = entry.get(f"{self.lang}_one") if values.get("count") in (1, "1") else None
            return (one or entry[self.lang]).format(**values)
        except KeyError as error:
            raise MissingTextError(f"text {key!r} in {self.lang!r}: {error} is missing") from error

    def has(self, key: str) -> bool:
        """Whether the catalogue has this text."""
        return key in self._catalogue

    def label(self, label: Mapping[str, str] | None, otherwise: str = "") -> str:
        """The label in this language, else in another that it has, else ``otherwise``."""
        words = label or {}
        own = next((words[lang] for lang in FOLLOW_ON[self.lang] if words.get(lang)), None)
        return own or next((word for word in words.values() if word), otherwise)


@cache
def read_catalogue(folder: Path = CATALOGUE) -> Catalogue:
    """All tables of the folder as one: ``page.key`` to language to text. Nested tables join their names with dots."""
    entries: dict[str, Mapping[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        _collect(path.stem + ".", tomllib.loads(path.read_text("utf-8")), entries)
    return entries


def _collect(prefix: str, table: Mapping[str, object], into: dict[str, Mapping[str, str]]) -> None:
    for name, value in table.items():
        if not isinstance(value, Mapping):
            raise MissingTextError(f"text {prefix + name!r} must map languages to texts")
        if all(isinstance(text, str) for text in value.values()):
            into[prefix + name] = value
        else:
            _collect(f"{prefix}{name}.", value, into)
