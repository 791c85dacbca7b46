"""The import of files: read, turn into events, record, fold, and say what came of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, text

from dashboard.clock import Clock
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource.collecting import seldom_collecting
from datasource.elsewhere import pack, record_packed
from datasource.errors import NoLifeline
from datasource.feeds.ahead import Ahead
from datasource.feeds.errors import LifelineConflict
from datasource.feeds.reading import Reading, open_feed
from datasource.feeds.reports import RowReports
from datasource.feeds.revisions import events, known_revisions
from datasource.feeds.tables import CsvTable, Table
from datasource.feeds.turns import turn_of
from datasource.folding import fold
from datasource.recording import record
from datasource.store import Store

WAITING, READING, FOLDING, COUNTING = "waiting", "reading", "folding", "counting"

_IDS_AT_ONCE = 20_000
_BYTES_A_ROW = 100
_LARGE = 8_000_000  # bytes of CSV, or as much Parquet, from which on processes are worth their start
_FOLDED_AT_ONCE = 50_000  # orders; each fold of a long past touches every hour of it


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
    feed = open_feed(mapping_path, paths, active)
    _install(store, clock, feed.lifeline, active)
    work = _Work(store, clock, Reading(feed, clock.now(), rejects), progress)
    with seldom_collecting(), turn_of(store, feed.mapping.name, lambda: progress(Progress(WAITING, "", 0.0, 0, 0))):
        work.reading.read_sides()
        for place, table in enumerate(feed.tables):
            work.read(table, place)
        work.fold()
    visits, marked = work.count()
    reading = work.reading
    return ImportReport(len(reading.orders), visits, reading.rejected, marked, reading.write_rejects(), feed.missing)


@dataclass
class _Work:
    store: Store
    clock: Clock
    reading: Reading
    progress: Callable[[Progress], None]

    def __post_init__(self) -> None:
        self.mapping, self.lifeline = self.reading.feed.mapping, self.reading.feed.lifeline

    def read(self, table: Table, place: int) -> None:
        """Record all rows of one table."""
        large = table.size * (1 if isinstance(table, CsvTable) else _BYTES_A_ROW) >= _LARGE
        with Ahead(processes=large) as recorders:
            for told in self.reading.read(place):
                if large:
                    self._hand_over(told.rows, recorders)
                else:
                    recorders.do(self._record, told.rows)
                self._tell(READING, told.fraction, told.file)

    def fold(self) -> None:
        """Sum what was recorded, so that the rollups are complete; a fold elsewhere at the same time does its share."""
        while True:
            self._tell(FOLDING, 0.0)
            with self.store.begin() as connection:
                changes = fold(connection, self.clock.now(), self.lifeline, _FOLDED_AT_ONCE).changes
            if changes < _FOLDED_AT_ONCE:
                break
        self._tell(FOLDING, 1.0)

    def count(self) -> tuple[int, dict[str, int]]:
        """The visits that the orders have now, and those that are marked."""
        self._tell(COUNTING, 0.0)
        visits, marked = 0, Counter[str]()
        ids = iter(sorted(self.reading.orders))
        while some := list(islice(ids, _IDS_AT_ONCE)):
            with self.store.begin() as connection:
                for exception, number in connection.execute(_COUNT, {"orders": some}):
                    visits += number
                    if exception:
                        marked[exception] += number
        self._tell(COUNTING, 1.0)
        return visits, dict(sorted(marked.items()))

    def _tell(self, phase: str, fraction: float, file: str = "") -> None:
        self.progress(Progress(phase, file, fraction, len(self.reading.orders), self.reading.rejected))

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
