"""Amounts of money as people write them in tables: signs, units such as 万元, either decimal mark."""

import re
from collections.abc import Sequence
from decimal import Decimal

from datasource.feeds.mapping import Amounts
from datasource.feeds.rejects import RowProblems

Money = list[Decimal | None]

LARGEST = Decimal(10) ** 12  # the store keeps 12 digits before the point
_CENT = Decimal("0.01")
_SYMBOLS = re.compile(r"^(?:R\$|US\$|HK\$|NT\$|[¥￥$€£])\s*|\s*[¥￥$€£]$")
_PLAIN = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?", re.ASCII)


class AmountError(ValueError):
    """The text is not an amount."""


class AmountReader:
    """Reads amounts, whole cents, half to even."""

    def __init__(self, amounts: Amounts) -> None:
        self.decimal = amounts.decimal
        group = "[ \u00a0'’" + ("." if amounts.decimal == "," else ",") + "]"
        mark = re.escape(amounts.decimal)
        self.number = re.compile(rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)?(?:{mark}\d*)?", re.ASCII)
        self.group = re.compile(group)
        self.units = sorted(amounts.units.items(), key=lambda unit: -len(unit[0]))

    def one(self, text: str) -> Decimal:
        """The amount that a text says.

        Raises:
            AmountError: it says none, or more than the store holds.
        """
        if self.decimal == "." and _PLAIN.fullmatch(text):
            return Decimal(text).quantize(_CENT)
        bare, sign = _signed(text)
        factor = 1
        for unit, times in self.units:
            if bare.endswith(unit):
                bare, factor = bare.removesuffix(unit).rstrip(), times
                break
        bare = _SYMBOLS.sub("", bare)
        if not (bare.strip(".,") and self.number.fullmatch(bare)):
            raise AmountError("not an amount")
        value = Decimal(self.group.sub("", bare).replace(self.decimal, ".")) * factor * sign
        if abs(value) >= LARGEST:
            raise AmountError("an amount of more than twelve digits")
        return value.quantize(_CENT)

    def read(self, cells: Sequence[str | None], column: str, problems: RowProblems) -> Money:
        """The amount of each cell, ``None`` where it is empty or not an amount; the latter is noted as a problem."""
        found: Money = []
        for row, text in enumerate(cells):
            try:
                found.append(None if text is None else self.one(text))
            except AmountError as error:
                problems.add(row, column, text, str(error))
                found.append(None)
        return found


def _signed(text: str) -> tuple[str, int]:
    bare = text.strip().replace("−", "-")
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1].strip(), -1
    for mark, sign in (("-", -1), ("+", 1)):
        if mark in (bare[:1], bare[-1:]):
            return bare.removeprefix(mark).removesuffix(mark).strip(), sign
    return bare, 1
