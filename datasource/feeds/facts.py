"""The order's own columns: its id, and its facts."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from dashboard.events import OWN, Facts, is_own_source
from dashboard.lifeline import Lifeline
from datasource.feeds.amounts import AmountReader
from datasource.feeds.mapping import DimensionColumn, Mapping
from datasource.feeds.rejects import RowProblems
from datasource.feeds.stamps import LATEST, StampReader
from datasource.feeds.tables import Cells, Chunk

LONGEST_NAME = 200  # characters; what is longer cannot be a key in the store's indexes


class FactsReader:
    """Reads the order ids and facts of chunks."""

    def __init__(self, mapping: Mapping, lifeline: Lifeline, latest: datetime = LATEST) -> None:
        self.columns = mapping.columns
        self.dimensions = mapping.dimensions
        self.currency = lifeline.currency or None
        self.amounts = AmountReader(mapping.amounts)
        self.stamps = StampReader(mapping.time, latest)

    def order_ids(self, chunk: Chunk, problems: RowProblems) -> list[str]:
        """The id of each row's order; empty where it is missing, which is noted as a problem."""
        names = self.columns.order_id
        ids = []
        for row, parts in enumerate(zip(*(chunk.columns[name] for name in names), strict=True)):
            if None in parts:
                problems.add(row, names[parts.index(None)], None, "the order id is missing")
            ids.append("-".join(part or "" for part in parts))
        _check_lengths(ids, names[0], problems)
        return ids

    def facts(self, chunk: Chunk, problems: RowProblems) -> list[Facts]:
        """The facts of each row's order."""
        empty: Cells = [None] * len(chunk)
        outer = chunk.columns[self.columns.outer_order_id] if self.columns.outer_order_id else empty
        _check_lengths(outer, self.columns.outer_order_id or "", problems)
        created = [None] * len(chunk) if not (name := self.columns.created_at) else self._stamps(chunk, name, problems)
        amounts = [None] * len(chunk) if not (name := self.columns.amount) else self._amounts(chunk, name, problems)
        currencies = chunk.columns[self.columns.currency] if self.columns.currency else [self.currency] * len(chunk)
        dimensions = self._dimensions(chunk, problems)
        return [
            Facts(
                outer[row],
                created[row],
                amounts[row],
                currencies[row] if amounts[row] is not None else None,
                dimensions[row],
            )
            for row in range(len(chunk))
        ]

    def _stamps(self, chunk: Chunk, column: str, problems: RowProblems) -> list:  # type: ignore[type-arg]
        return self.stamps.read(chunk.columns[column], column, problems, typed=column in chunk.typed)

    def _amounts(self, chunk: Chunk, column: str, problems: RowProblems) -> list[Decimal | None]:
        return self.amounts.read(chunk.columns[column], column, problems)

    def _dimensions(self, chunk: Chunk, problems: RowProblems) -> list[dict[str, str]]:
        found: list[dict[str, str]] = [{} for _ in range(len(chunk))]
        for key, dimension in self.dimensions.items():
            cells = self._named(chunk, dimension, problems)
            _check_lengths(cells, dimension.column, problems)
            for row, value in enumerate(cells):
                if value is not None:
                    found[row][key] = value
        return found

    def _named(self, chunk: Chunk, dimension: DimensionColumn, problems: RowProblems) -> Cells:
        cells = chunk.columns[dimension.column]
        if dimension.bands:
            band = _band_of(dimension)
            return [
                None if amount is None else band(amount) for amount in self._amounts(chunk, dimension.column, problems)
            ]
        names = dimension.values
        # A slice is written dimension=value,dimension=value: a comma inside a value would end it.
        return [None if text is None else names.get(text, text).replace(",", "，") for text in cells]


def _band_of(dimension: DimensionColumn) -> Callable[[Decimal], str | None]:
    limits = [(None if band.up_to is None else Decimal(str(band.up_to)), band.value) for band in dimension.bands]

    def name(amount: Decimal) -> str | None:
        return next((value for limit, value in limits if limit is None or amount <= limit), None)

    return name


def check_sources(cells: Cells, column: str | None, problems: RowProblems) -> Cells:
    """The sources that rows name themselves; one that names ours is a problem: nobody speaks for the people here."""
    for row, text in enumerate(cells):
        if text and is_own_source(text):
            problems.add(row, column or "", text, f"{OWN!r} is the source of what people do here, not of a file")
    return cells


def _check_lengths(cells: Cells | list[str], column: str, problems: RowProblems) -> None:
    for row, text in enumerate(cells):
        if text and len(text) > LONGEST_NAME:
            problems.add(row, column, text, f"longer than {LONGEST_NAME} characters")
