"""Side files: what another file says of the order, looked up by key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from datasource.feeds.amounts import AmountError, AmountReader
from datasource.feeds.mapping import Join
from datasource.feeds.rejects import Refuse, Reject
from datasource.feeds.tables import Cells, Chunk, Table

Key = tuple[str, ...]


@dataclass
class SideTable:
    """A side file in memory: one dictionary per column that it gives."""

    name: str
    keys: list[str]
    columns: dict[str, dict[Key, str | None]]

    def widen(self, chunk: Chunk) -> None:
        """Add this table's columns to the chunk, as ``name.column``."""
        keys = _keys(chunk, self.keys)
        for column, known in self.columns.items():
            chunk.columns[f"{self.name}.{column}"] = [known.get(key) for key in keys]


def read_side(
    name: str, join: Join, table: Table | None, amounts: AmountReader, blanks: frozenset[str], refuse: Refuse
) -> SideTable:
    """Read a side file whole; without a table every cell is empty.

    The first value that is not empty counts, or the sum of all. A row whose amount cannot be read is refused, and the
    sum for its key is left empty rather than too small.
    """
    first: dict[str, dict[Key, str | None]] = {column: {} for column in join.first}
    sums: dict[str, dict[Key, Decimal | None]] = {column: {} for column in join.sum}
    for chunk in table.chunks(sorted(join.needs), blanks, refuse) if table else ():
        keys = _keys(chunk, list(join.on.values()))
        rows = [row for row in _matching(chunk, join) if all(keys[row])]
        for column, known in first.items():
            cells = chunk.columns[column]
            for row in rows:
                if cells[row] is not None:
                    known.setdefault(keys[row], cells[row])
        for column, total in sums.items():
            _sum(chunk, column, rows, keys, total, amounts, refuse)
    texts = {column: {key: _text(value, amounts) for key, value in total.items()} for column, total in sums.items()}
    return SideTable(name, list(join.on), {**first, **texts})


def _sum(
    chunk: Chunk,
    column: str,
    rows: Sequence[int],
    keys: list[Key],
    total: dict[Key, Decimal | None],
    amounts: AmountReader,
    refuse: Refuse,
) -> None:
    cells = chunk.columns[column]
    for row in rows:
        text, key = cells[row], keys[row]
        if text is None:
            continue
        try:
            value = amounts.one(text)
        except AmountError as error:
            refuse(Reject(chunk.file, chunk.lines[row], column, text, str(error)))
            total[key] = None
            continue
        before = total.get(key, Decimal(0))
        total[key] = None if before is None else before + value


def _matching(chunk: Chunk, join: Join) -> Iterator[int]:
    conditions = [(chunk.columns[column], value) for column, value in join.where.items()]
    return (row for row in range(len(chunk)) if all(cells[row] == value for cells, value in conditions))


def _keys(chunk: Chunk, columns: Sequence[str]) -> list[Key]:
    cells: list[Cells] = [chunk.columns[column] for column in columns]
    return [tuple(value or "" for value in row) for row in zip(*cells, strict=True)]


def _text(value: Decimal | None, amounts: AmountReader) -> str | None:
    return None if value is None else str(value).replace(".", amounts.decimal)
