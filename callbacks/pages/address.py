"""An address of a page and who looks at it: what the router needs to build it, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from callbacks.filters import Filters, read_filters
from dashboard.lifeline import Lifeline
from dashboard.rights import NO_RIGHTS, Rights
from dashboard.whole_text import is_whole
from layouts.context import THEMES, Context
from layouts.texts import LANGUAGES

LONGEST = 2048

OWN_THEMES = {"/wall": "wall"}
"""Pages that have a theme of their own wherever the address names none, whatever the viewer chose elsewhere."""


class AddressError(ValueError):
    """The text is no address of a page of this server."""


@dataclass(frozen=True, slots=True)
class Address:
    """``path`` decoded, ``query`` by name, ``pinned``: which of ``lang`` and ``theme`` the query itself gave.

    ``rights``: of whoever looks; no address gives any.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    lang: str
    theme: str
    pinned: frozenset[str]
    rights: Rights = NO_RIGHTS

    @classmethod
    def parse(cls, url: str, lang: str, theme: str) -> "Address":
        """Read path and query; ``lang`` and ``theme`` are what the viewer has where the query says nothing.

        Raises:
            AddressError: too long, not a path of this server, not a text, or not readable at all.
        """
        if len(url) > LONGEST or not url.startswith("/") or url.startswith("//"):
            raise AddressError("not a path of this server")
        if not is_whole(unquote(url)):
            raise AddressError("not a text")
        try:
            parts = urlsplit(url)
            query = dict(parse_qsl(parts.query, max_num_fields=40))
        except ValueError:
            raise AddressError("not readable") from None
        named = {"lang": (query.get("lang"), LANGUAGES), "theme": (query.get("theme"), THEMES)}
        pinned = frozenset(name for name, (value, known) in named.items() if value in known)
        return cls(
            unquote(parts.path),
            tuple(query.items()),
            query["lang"] if "lang" in pinned else lang if lang in LANGUAGES else LANGUAGES[0],
            query["theme"] if "theme" in pinned else _theme(unquote(parts.path), theme),
            pinned,
        )

    @property
    def parameters(self) -> Mapping[str, str]:
        """The query by name."""
        return dict(self.query)

    def filters(self, lifeline: Lifeline, now: datetime) -> Filters:
        """The filters of the query. Raises ``FilterError`` for one that cannot be used."""
        return read_filters(self.parameters, lifeline, now)

    def context(
        self, lifeline: Lifeline, filters: Filters, *, demo: bool = False, backfill: float | None = None
    ) -> Context:
        """The surroundings of the view."""
        return Context(
            lang=self.lang,
            lifeline=lifeline,
            theme=self.theme,
            slice=filters.slice,
            window=filters.window,
            at=filters.at,
            zone=filters.zone,
            path=self.path,
            demo=demo,
            backfill=backfill,
            pinned=self.pinned,
            rights=self.rights,
        )


def _theme(path: str, chosen: str) -> str:
    own = OWN_THEMES.get(path.rstrip("/"))
    return own or (chosen if chosen in THEMES else THEMES[0])
