"""The rows of the files of one feed: opened by a mapping, widened by side files, understood, and each told once."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.lifeline import Lifeline
from datasource.feeds.amounts import AmountReader
from datasource.feeds.joins import SideTable, read_side
from datasource.feeds.long import LongReader
from datasource.feeds.mapping import Mapping
from datasource.feeds.mapping_file import load_mapping
from datasource.feeds.rejects import SUFFIX, Refuse, Reject, RejectFile, RowProblems
from datasource.feeds.reports import RowReports
from datasource.feeds.sources import Sources, find_sources
from datasource.feeds.tables import Chunk, Table, check_columns, open_table
from datasource.feeds.wide import WideReader

CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Feed:
    """Opened files and what they mean. ``sides``: by join, ``None`` where an optional one is not there."""

    mapping: Mapping
    lifeline: Lifeline
    tables: tuple[Table, ...]
    sides: Dictionary[str, Table | None]

    @property
    def missing(self) -> tuple[str, ...]:
        """The optional side files that were not found."""
        return tuple(self.mapping.joins[name].file for name, table in self.sides.items() if table is None)


@dataclass(frozen=True, slots=True)
class Told:
    """What some rows of a file say. ``fraction``: how much of all files was read by then, 0 to 1."""

    rows: list[RowReports]
    file: str
    fraction: float


def open_feed(mapping_path: Path, paths: Sequence[Path], active: Lifeline | None) -> Feed:
    """Open files by a mapping.

    Args:
        mapping_path: the mapping, a TOML file.
        paths: files and folders; side files of the mapping may be among them.
        active: the lifeline in force, for mappings that name none.

    Raises:
        MappingError: the mapping is wrong or does not fit the files.
        InputError: a file cannot be read.
    """
    mapping, lifeline = load_mapping(mapping_path, active)
    sources = find_sources(paths, mapping, mapping_path)
    tables = tuple(_opened(path, mapping) for path in sources.main)
    return Feed(mapping, lifeline, tables, _opened_sides(sources, mapping))


class Reading:
    """One reading of a feed. ``orders`` and ``rejected``: the orders and the rejected rows so far."""

    def __init__(self, feed: Feed, now: datetime, rejects: Path | None = None) -> None:
        self.feed = feed
        self.orders: set[str] = set()
        self.rejected = 0
        reader = WideReader if feed.mapping.shape == "wide" else LongReader
        self._reader = reader(feed.mapping, feed.lifeline, now + CLOCK_SKEW)
        files = {path: RejectFile(path) for path in (rejects or _beside(table.path) for table in feed.tables)}
        for file in files.values():
            file.check()
        self._rejects = [files[rejects or _beside(table.path)] for table in feed.tables]
        self._sides: list[SideTable] = []
        self._seen: dict[tuple[str, str], tuple[int, str, int]] = {}

    def read_sides(self) -> None:
        """Read the side files whole; their rejects go with those of the first table."""
        mapping = self.feed.mapping
        amounts, refuse = AmountReader(mapping.amounts), self._refusing(self._rejects[0])
        for name, table in self.feed.sides.items():
            self._sides.append(read_side(name, mapping.joins[name], table, amounts, mapping.blanks, refuse))

    def read(self, place: int) -> Iterator[Told]:
        """All rows of the table at this place, some thousand at a time; the side files must have been read."""
        table, mapping = self.feed.tables[place], self.feed.mapping
        refuse = self._refusing(self._rejects[place])
        for chunk in table.chunks(sorted(mapping.own_columns()), mapping.blanks, refuse):
            rows = self._rows(chunk, refuse)
            self.orders.update(row.order_id for row in rows)
            part = chunk.position / max(table.size, 1)
            yield Told(rows, chunk.file, (place + part) / len(self.feed.tables))

    def write_rejects(self) -> tuple[Path, ...]:
        """Write the files of rejected rows, and answer which there are."""
        files = list(dict.fromkeys(self._rejects))
        for file in files:
            file.write()
        return tuple(file.path for file in files if file.count)

    def _rows(self, chunk: Chunk, refuse: Refuse) -> list[RowReports]:
        for side in self._sides:
            side.widen(chunk)
        problems = RowProblems()
        rows = list(self._first_told(chunk, self._reader.read(chunk, problems), problems))
        for reject in problems.rejects(chunk.file, chunk.lines):
            refuse(reject)
        return rows

    def _first_told(self, chunk: Chunk, rows: list[RowReports], problems: RowProblems) -> Iterator[RowReports]:
        """The rows but for those that tell the same thing as a row before; what they tell differently is a problem."""
        mapping = self.feed.mapping
        for row in rows:
            slot = "" if row.whole else row.reports[0].slot
            this = (hash(row.digests), chunk.file, chunk.lines[row.row])
            first = self._seen.setdefault((row.order_id, slot), this)
            if first is this:
                yield row
            elif first[0] != this[0]:
                name = mapping.columns.order_id[0] if row.whole else (mapping.events and mapping.events.id)
                what = row.order_id if row.whole else slot[1:]
                problems.add(row.row, name or "", what, f"told otherwise on line {first[2]} of {first[1]}")

    def _refusing(self, file: RejectFile) -> Callable[[Reject], None]:
        def refuse(reject: Reject) -> None:
            self.rejected += 1
            file.add(reject)

        return refuse


def _opened(path: Path, mapping: Mapping) -> Table:
    wanted = mapping.own_columns()
    table = open_table(path, wanted, mapping.encoding, mapping.delimiter)
    check_columns(table, wanted)
    return table


def _opened_sides(sources: Sources, mapping: Mapping) -> dict[str, Table | None]:
    tables: dict[str, Table | None] = {}
    for name, path in sources.sides.items():
        needs = dict.fromkeys(sorted(mapping.joins[name].needs), f"joins.{name}")
        tables[name] = table = open_table(path, needs) if path else None
        if table:
            check_columns(table, needs)
    return tables


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)
