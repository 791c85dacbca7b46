"""Texts that no store can hold: with a NUL in them, or with half of a character. They are found where they come in."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from dashboard.whole_text import BROKEN, is_whole

_SUSPECT = re.compile(rb"\x00|\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Without one of these, JSON holds no such text; with one it may. Reading a body twice is for the few that have one."""

PATH, BODY = "path", "body"

# The field that it is in, and its own name there: names written out for every value would take depth times values.
_Field = tuple[Any, str | int] | None


def broken_in_address(path: str, query: str) -> str | None:
    """Which part of an address holds such a text: ``path``, or a parameter by its name; ``None`` for none."""
    if not is_whole(path):
        return PATH
    pairs = parse_qsl(query, keep_blank_values=True) if "%" in query else []
    return next((_shown(name) for name, value in pairs if not (is_whole(name) and is_whole(value))), None)


def broken_in_json(body: bytes) -> str | None:
    """Which field of a JSON body holds such a text, as ``query.order_id`` or ``orders.3``; ``None`` for none.

    What is no JSON has no fields: whoever reads it says so.
    """
    if _SUSPECT.search(body) is None:
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return None
    except RecursionError:
        return BODY
    return next((_shown(_whole_name(field)) or BODY for field, text in _texts(told) if not is_whole(text)), None)


def _texts(told: object) -> Iterator[tuple[_Field, str]]:
    """Every text in it, the names of fields too, with the field that it stands in."""
    waiting: list[tuple[_Field, object]] = [(None, told)]
    while waiting:
        field, value = waiting.pop()
        if isinstance(value, str):
            yield field, value
        elif isinstance(value, list):
            waiting += [((field, place), one) for place, one in enumerate(value)]
        elif isinstance(value, dict):
            waiting += [((field, name), one) for name, one in value.items()]
            waiting += [((field, name), name) for name in value]


def _whole_name(field: _Field) -> str:
    names: list[str] = []
    while field is not None:
        field, name = field
        names.append(str(name))
    return ".".join(reversed(names))


def _shown(name: str) -> str:
    """A field's name as it can be sent back."""
    return BROKEN.sub("\ufffd", name)[:200]
