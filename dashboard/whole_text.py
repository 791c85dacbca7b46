"""Texts as they can be stored and sent: with no NUL, for which PostgreSQL has no place, and no half of a character."""

import re
from unicodedata import category

BROKEN = re.compile("[\0\ud800-\udfff]")
"""What makes a text one that is not whole."""


def is_whole(text: str) -> bool:
    """Whether a text can be stored, and sent back."""
    return BROKEN.search(text) is None


def is_readable(text: str, *, lines: bool = False) -> bool:
    """Whether people see what a text says: no control characters, nothing that turns its direction, something visible.

    Blanks of any script and the joiners of emoji are fine; line breaks and tabs with ``lines``.
    """
    fine = _BREAKS if lines else frozenset[str]()
    visible = any(letter.isprintable() and not letter.isspace() for letter in text)
    return visible and all(letter in fine or _is_fine(letter) for letter in text)


def _is_fine(letter: str) -> bool:
    return letter.isprintable() or category(letter) == "Zs" or letter in _JOINERS


_BREAKS = frozenset("\n\r\t")
_JOINERS = frozenset("\u200c\u200d")
