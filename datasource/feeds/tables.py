"""Tables read in chunks of rows: CSV in any encoding, and Parquet. Cells are texts; columns are found by name only."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasource.feeds.encodings import detect_encoding
from datasource.feeds.errors import InputError, MappingError
from datasource.feeds.records import Records
from datasource.feeds.rejects import Refuse, Reject

Cells = list[str | None]

ROWS_AT_ONCE = 4_000
_DELIMITERS = (",", ";", "\t", "|")
_PARQUET = (".parquet", ".pq")


@dataclass
class Chunk:
    """Some rows of a table, by column. ``None`` is an empty cell; texts have no spaces around them.

    ``lines``: where each row begins in its file. ``typed``: columns whose time stamps are ISO 8601 whatever the
    mapping says, because the file types them. ``position``: how much of the file was read, as ``Table.size`` counts.
    """

    file: str
    lines: list[int]
    columns: dict[str, Cells]
    typed: frozenset[str] = frozenset()
    position: int = 0

    def __len__(self) -> int:
        return len(self.lines)


class Table(Protocol):
    """A file that holds rows. ``size``: bytes of a CSV, rows of a Parquet file."""

    path: Path
    header: list[str]
    size: int

    def chunks(self, wanted: Collection[str], blanks: frozenset[str], refuse: Refuse) -> Iterator[Chunk]:
        """The wanted columns of all rows; a row that cannot be read is refused and left out."""
        ...


def open_table(path: Path, wanted: Collection[str], encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Open a file by its kind. ``wanted``: column names it should hold, a help to find encoding and delimiter.

    Raises:
        InputError: there is no such file, or it is empty or not readable.
    """
    try:
        if path.suffix.lower() in _PARQUET:
            return ParquetTable(path)
        return CsvTable(path, wanted, encoding, delimiter)
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read: {error.strerror or error}") from error


def check_columns(table: Table, wanted: Mapping[str, str]) -> None:
    """Each wanted column must be in the header once. ``wanted``: column -> the field of the mapping that names it.

    Raises:
        MappingError: one is missing, or there twice.
    """
    found = Counter(table.header)
    for column, field in wanted.items():
        if not found[column]:
            raise MappingError(f"{field}: {table.path.name} has no column {column!r} (it has {_few(table.header)})")
        if found[column] > 1:
            raise MappingError(f"{field}: {table.path.name} has the column {column!r} {found[column]} times")


class CsvTable:
    """Delimited text with a header line."""

    def __init__(self, path: Path, wanted: Collection[str], encoding: str | None, delimiter: str | None) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.encoding = encoding or detect_encoding(path, wanted)
        headers = {mark: self._records(mark, _ignore).header() for mark in ([delimiter] if delimiter else _DELIMITERS)}
        self.delimiter = max(headers, key=lambda mark: (len({*wanted} & {*headers[mark]}), len(headers[mark])))
        self.header = headers[self.delimiter]
        if not self.header:
            raise InputError(f"{path}: the file is empty")

    def chunks(self, wanted: Collection[str], blanks: frozenset[str], refuse: Refuse) -> Iterator[Chunk]:
        """The wanted columns of all rows; a row that cannot be read is refused and left out."""
        places = {name: self.header.index(name) for name in wanted}
        records = self._records(self.delimiter, refuse)
        rows = records.rows()
        while taken := list(islice(rows, ROWS_AT_ONCE)):
            columns: dict[str, Cells] = {}
            for name, place in places.items():
                texts = [cells[place].strip() for _, cells in taken]
                columns[name] = [None if text in blanks else text for text in texts]
            yield Chunk(self.path.name, [number for number, _ in taken], columns, position=records.position)

    def _records(self, delimiter: str, refuse: Refuse) -> Records:
        return Records(self.path, self.encoding, delimiter, refuse)


class ParquetTable:
    """A Parquet file; the line of a row is its number, counted from 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self.names = {name.strip(): name for name in file.schema_arrow.names}
                self.header = [name.strip() for name in file.schema_arrow.names]
                self.size = int(file.metadata.num_rows)
        except pa.ArrowException as error:
            raise InputError(f"{path}: not a Parquet file: {error}") from error

    def chunks(self, wanted: Collection[str], blanks: frozenset[str], refuse: Refuse) -> Iterator[Chunk]:
        """The wanted columns of all rows; a row that cannot be read is refused and left out."""
        number = 0
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=[self.names[name] for name in wanted]):
                lines = list(range(number + 1, number + len(batch) + 1))
                number += len(batch)
                arrays = {name: batch.column(self.names[name]) for name in wanted}
                typed = frozenset(name for name, array in arrays.items() if pa.types.is_temporal(array.type))
                columns = {name: _texts(array, name, self.path, blanks) for name, array in arrays.items()}
                yield _without_nul(Chunk(self.path.name, lines, columns, typed, number), refuse)


def _texts(array: "pa.Array", name: str, path: Path, blanks: frozenset[str]) -> Cells:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        if pa.types.is_binary(array.type):
            array = array.cast(pa.string())
        texts = (array if pa.types.is_string(array.type) else pc.cast(array, pa.string())).to_pylist()
    except pa.ArrowException as error:
        raise InputError(f"{path}: the column {name!r} holds no plain values ({array.type})") from error
    clean = [None if text is None else text.strip() for text in texts]
    return [None if text in blanks else text for text in clean]


def _without_nul(chunk: Chunk, refuse: Refuse) -> Chunk:
    broken = {
        row: (name, text)
        for name, cells in chunk.columns.items()
        for row, text in enumerate(cells)
        if text and "\x00" in text
    }
    if not broken:
        return chunk
    for row, (name, text) in sorted(broken.items()):
        refuse(Reject(chunk.file, chunk.lines[row], name, text.replace("\x00", "\\x00"), "a NUL byte"))
    kept = [row for row in range(len(chunk)) if row not in broken]
    columns = {name: [cells[row] for row in kept] for name, cells in chunk.columns.items()}
    return Chunk(chunk.file, [chunk.lines[row] for row in kept], columns, chunk.typed, chunk.position)


def _ignore(_: Reject) -> None:
    """A look at the header rejects nothing."""


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{shown}, …" if len(names) > 20 else shown
