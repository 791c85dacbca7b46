"""A list of orders as CSV that a spreadsheet opens, reads in any language, and cannot execute."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it a spreadsheet takes UTF-8 for the machine's old encoding and garbles Chinese."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WITHIN = re.compile(rf"([;|][\s\"']*)([{re.escape(''.join(DANGEROUS[:4] + DANGEROUS[7:]))}])")
"""Behind a semicolon a cell begins, too, where a spreadsheet takes that for the separator, as many in Europe do."""

LINES = 500


def csv_chunks(rows: Iterable[Mapping[str, Any]], header: Iterable[str], zone: tzinfo) -> Iterator[str]:
    """The file in pieces: the header first, then some hundred lines at a time."""
    names = list(header)
    yield BOM + _lines([names])
    remaining = iter(rows)
    while block := list(islice(remaining, LINES)):
        yield _lines([cell(row.get(name), zone) for name in names] for row in block)


def cell(value: object, zone: tzinfo) -> str | int | float | Decimal:
    """One cell: numbers stay numbers, negative ones too; before a text that would be a formula goes an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (int, float, Decimal)):
        return value
    text = _WITHIN.sub(r"\1'\2", str(value))
    return "'" + text if text.startswith(DANGEROUS) else text


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
