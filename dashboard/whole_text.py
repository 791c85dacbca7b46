"""Texts as they can be stored and sent: with no NUL, for which PostgreSQL has no place, and no half of a character."""

import re

BROKEN = re.compile("[\0\ud800-\udfff]")
"""What makes a text one that is not whole."""


def is_whole(text: str) -> bool:
    """Whether a text can be stored, and sent back."""
    return BROKEN.search(text) is None
