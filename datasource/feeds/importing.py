"""The import of files: read, turn into events, record, fold, and say what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, text

from dashboard.clock import Clock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource.errors import NoLifeline
from datasource.feeds.ahead import Ahead, seldom_collecting
from datasource.feeds.amounts import AmountReader
from datasource.feeds.elsewhere import pack, record_packed
from datasource.feeds.errors import LifelineConflict
from datasource.feeds.joins import SideTable, read_side
from datasource.feeds.long import LongReader
from datasource.feeds.mapping import Mapping
from datasource.feeds.mapping_file import load_mapping
from datasource.feeds.rejects import SUFFIX, Refuse, Reject, RejectFile, RowProblems
from datasource.feeds.reports import RowReports
from datasource.feeds.revisions import events, known_revisions
from datasource.feeds.sources import Sources, find_sources
from datasource.feeds.tables import Chunk, CsvTable, Table, check_columns, open_table
from datasource.feeds.turns import turn_of
from datasource.feeds.wide import WideReader
from datasource.folding import fold
from datasource.recording import record
from datasource.store import Store

WAITING, READING, FOLDING, COUNTING = "waiting", "reading", "folding", "counting"

_IDS_AT_ONCE = 20_000
_BYTES_A_ROW = 100
_LARGE = 8_000_000  # bytes of CSV, or as much Parquet, from which on processes are worth their start
_CLOCK_SKEW = timedelta(minutes=10)
_FOLDED_AT_ONCE = 400_000  # each fold of a long past touches every hour of it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. ``fraction`` of its phase, 0 to 1; ``orders`` and ``rejected`` so far."""

    phase: str
    file: str
    fraction: float
    orders: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What the files hold, whether it was new or known: the same files give the same report.

    ``orders`` read, the ``visits`` that they have now, rows ``rejected``, and visits kept out of the durations by why
    (``marked``). ``rejects``: the files that hold the rejected rows. ``missing``: optional side files not found.
    """

    orders: int
    visits: int
    rejected: int
    marked: Dictionary[str, int]
    rejects: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()


def import_files(
    store: Store,
    clock: Clock,
    mapping_path: Path,
    paths: Sequence[Path],
    progress: Callable[[Progress], None],
    *,
    rejects: Path | None = None,
) -> ImportReport:
    """Import files by a mapping, and fold, so that every view is complete when this returns.

    Each chunk of rows is one transaction. An import that was killed is simply run again; a second import of the same
    mapping waits for the first, others run beside it.

    Args:
        store: migrated; the mapping's lifeline is installed where it is new.
        clock: tells when the events were recorded.
        mapping_path: the mapping, a TOML file.
        paths: files and folders; side files of the mapping may be among them.
        progress: told after each chunk and phase.
        rejects: where all rejected rows go; by default beside each file, as ``<file>.rejects.csv``.

    Raises:
        MappingError: the mapping is wrong or does not fit the files. Nothing was written.
        InputError: a file cannot be read. Nothing was written, unless it broke off midway.
        LifelineConflict: the store holds orders of another lifeline. Nothing was written.
        StoreUnavailable: the database cannot be reached, or broke off.
    """
    active = _active(store)
    mapping, lifeline = load_mapping(mapping_path, active)
    sources = find_sources(paths, mapping, mapping_path)
    tables = [_opened(path, mapping) for path in sources.main]
    sides = _opened_sides(sources, mapping)
    _install(store, clock, lifeline, active)
    work = _Work(
        store, clock, mapping, lifeline, progress, [RejectFile(rejects or _beside(path)) for path in sources.main]
    )
    with seldom_collecting(), turn_of(store, mapping.name, lambda: progress(Progress(WAITING, "", 0.0, 0, 0))):
        work.read_sides(sides)
        for place, table in enumerate(tables):
            work.read(table, place, len(tables))
        work.fold()
    visits, marked = work.count()
    missing = tuple(mapping.joins[name].file for name, table in sides.items() if table is None)
    return ImportReport(len(work.orders), visits, work.rejected, marked, work.write_rejects(), missing)


@dataclass
class _Work:
    store: Store
    clock: Clock
    mapping: Mapping
    lifeline: Lifeline
    progress: Callable[[Progress], None]
    reject_files: list[RejectFile]
    orders: set[str] = field(default_factory=set)
    rejected: int = 0
    _sides: list[SideTable] = field(default_factory=list)
    _seen: dict[tuple[str, str], tuple[int, str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_path = {file.path: file for file in self.reject_files}
        self.reject_files = [by_path[file.path] for file in self.reject_files]
        reader = WideReader if self.mapping.shape == "wide" else LongReader
        self._reader = reader(self.mapping, self.lifeline, self.clock.now() + _CLOCK_SKEW)

    def read_sides(self, tables: Dictionary[str, Table | None]) -> None:
        """Read the side files whole; their rejects go with those of the first table."""
        amounts = AmountReader(self.mapping.amounts)
        for name, table in tables.items():
            refuse = self._refusing(self.reject_files[0])
            self._sides.append(read_side(name, self.mapping.joins[name], table, amounts, self.mapping.blanks, refuse))

    def read(self, table: Table, place: int, of: int) -> None:
        """Record all rows of one table."""
        refuse = self._refusing(self.reject_files[place])
        large = table.size * (1 if isinstance(table, CsvTable) else _BYTES_A_ROW) >= _LARGE
        with Ahead(processes=large) as recorders:
            for chunk in table.chunks(sorted(self.mapping.own_columns()), self.mapping.blanks, refuse):
                rows = self._rows(chunk, refuse)
                self.orders.update(row.order_id for row in rows)
                if large:
                    self._hand_over(rows, recorders)
                else:
                    recorders.do(self._record, rows)
                part = chunk.position / max(table.size, 1)
                self.progress(Progress(READING, chunk.file, (place + part) / of, len(self.orders), self.rejected))

    def fold(self) -> None:
        """Sum what was recorded, so that the rollups are complete; a fold elsewhere at the same time does its share."""
        while True:
            self.progress(Progress(FOLDING, "", 0.0, len(self.orders), self.rejected))
            with self.store.begin() as connection:
                changes = fold(connection, self.clock.now(), self.lifeline, _FOLDED_AT_ONCE).changes
            if changes < _FOLDED_AT_ONCE:
                break
        self.progress(Progress(FOLDING, "", 1.0, len(self.orders), self.rejected))

    def count(self) -> tuple[int, dict[str, int]]:
        """The visits that the orders have now, and those that are marked."""
        self.progress(Progress(COUNTING, "", 0.0, len(self.orders), self.rejected))
        visits, marked = 0, Counter[str]()
        ids = iter(sorted(self.orders))
        while some := list(islice(ids, _IDS_AT_ONCE)):
            with self.store.begin() as connection:
                for exception, number in connection.execute(_COUNT, {"orders": some}):
                    visits += number
                    if exception:
                        marked[exception] += number
        self.progress(Progress(COUNTING, "", 1.0, len(self.orders), self.rejected))
        return visits, dict(sorted(marked.items()))

    def write_rejects(self) -> tuple[Path, ...]:
        """Write the files of rejected rows, and answer which there are."""
        files = list(dict.fromkeys(self.reject_files))
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

    def _record(self, rows: list[RowReports]) -> None:
        with self.store.begin() as connection:
            if new := self._new(connection, rows):
                record(connection, new, self.lifeline, self.clock.now())

    def _hand_over(self, rows: list[RowReports], recorders: Ahead) -> None:
        with self.store.begin() as connection:
            new = self._new(connection, rows)
        if new:
            url = self.store.engine.url.render_as_string(hide_password=False)
            recorders.do(record_packed, url, [pack(event) for event in new], self.clock.now())

    def _new(self, connection: Connection, rows: list[RowReports]) -> list[Event]:
        ids = sorted({row.order_id for row in rows})
        return events(self.mapping.name, rows, known_revisions(connection, self.mapping.name, ids))

    def _first_told(self, chunk: Chunk, rows: list[RowReports], problems: RowProblems) -> Iterator[RowReports]:
        """The rows but for those that tell the same thing as a row before; what they tell differently is a problem."""
        for row in rows:
            slot = "" if row.whole else row.reports[0].slot
            this = (hash(row.digests), chunk.file, chunk.lines[row.row])
            first = self._seen.setdefault((row.order_id, slot), this)
            if first is this:
                yield row
            elif first[0] != this[0]:
                name = (
                    self.mapping.columns.order_id[0] if row.whole else (self.mapping.events and self.mapping.events.id)
                )
                what = row.order_id if row.whole else slot[1:]
                problems.add(row.row, name or "", what, f"told otherwise on line {first[2]} of {first[1]}")

    def _refusing(self, file: RejectFile) -> Callable[[Reject], None]:
        def refuse(reject: Reject) -> None:
            self.rejected += 1
            file.add(reject)

        return refuse


_COUNT = text(
    "SELECT CASE WHEN measured THEN NULL ELSE exception END, count(*) FROM node_visit"
    " WHERE order_id = ANY(CAST(:orders AS text[])) GROUP BY 1"
)
_HOLDS_ORDERS = text("SELECT EXISTS (SELECT FROM orders)")


def _active(store: Store) -> Lifeline | None:
    with suppress(NoLifeline):
        return store.lifeline()
    return None


def _install(store: Store, clock: Clock, lifeline: Lifeline, active: Lifeline | None) -> None:
    if active and active.name != lifeline.name:
        with store.begin() as connection:
            if connection.execute(_HOLDS_ORDERS).scalar_one():
                raise LifelineConflict(
                    f"The store holds orders of the lifeline {active.name!r}; the mapping is for {lifeline.name!r}. "
                    "Import it into a database of its own."
                )
    if active is None or active.table != lifeline.table:
        store.install_lifeline(lifeline, clock.now())


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
