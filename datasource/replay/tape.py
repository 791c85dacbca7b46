"""The tape: every event of a recording, kept in the replay's own database so that no memory has to hold them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import text

from dashboard.events import Event
from datasource.copying import copy_in
from datasource.order_rows import EVENT_COLUMNS, event_row, read_event
from datasource.schema import node_event
from datasource.store import Store

TABLE = "replay_tape"
"""Its table is the mark of a database that belongs to a replay."""

_ROWS_AT_ONCE = 2_000
_EVENTS_AT_ONCE = 4_000

_MAKE = text(f"CREATE TABLE IF NOT EXISTS {TABLE} (LIKE node_event)")
_INDEXES = tuple(text(f"CREATE INDEX ON {TABLE} ({column})") for column in ("at", "order_id"))
_ANALYZE = text(f"ANALYZE {TABLE}")
_SPAN = text(f"SELECT min(at) AS first, max(at) AS last, count(*) AS events FROM {TABLE}")  # noqa: S608
_PARTS = text(f"""
    SELECT least(width_bucket(date_part('epoch', at), date_part('epoch', CAST(:first AS timestamptz)),
                              date_part('epoch', CAST(:last AS timestamptz)), :parts), :parts) AS part, count(*) AS n
      FROM {TABLE} GROUP BY 1
""")  # noqa: S608
_COUNT = text(f"SELECT count(*) FROM {TABLE} WHERE at > :after AND at <= :until")  # noqa: S608
_READ = text(f"SELECT * FROM {TABLE} WHERE at > :after AND at <= :until ORDER BY order_id")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Recording:
    """What is on a tape: when the first and the last event happened, and how many there are."""

    first: datetime
    last: datetime
    events: int


class EmptyTape(ValueError):  # noqa: N818 - it says what is
    """Nothing was recorded: there is nothing to play."""


class Tape:
    """The tape in a store. Written once, by ``append`` and ``finish``, and read from then on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self) -> None:
        """An empty tape, where there is none yet."""
        with self._store.begin() as connection:
            connection.execute(_MAKE)

    def append(self, events: Iterable[Event]) -> None:
        """Put events on it, in any order; none may come twice."""
        with self._store.begin() as connection:
            rows = (event_row(event, event.at) for event in events)
            copy_in(connection, node_event, EVENT_COLUMNS, rows, TABLE)

    def finish(self) -> Recording:
        """Make it quick to read, and answer what is on it. Raises ``EmptyTape`` when that is nothing."""
        with self._store.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            for index in _INDEXES:
                connection.execute(index)
            connection.execute(_ANALYZE)
            found = connection.execute(_SPAN).one()
        if not found.events:
            raise EmptyTape
        return Recording(found.first, found.last, found.events)

    def activity(self, recording: Recording, parts: int) -> tuple[int, ...]:
        """How many events happened in each of so many equal parts of the recording."""
        if recording.first == recording.last:
            return (recording.events,) + (0,) * (parts - 1)
        asked = {"first": recording.first, "last": recording.last, "parts": parts}
        with self._store.read() as connection:
            counts = {row.part: row.n for row in connection.execute(_PARTS, asked)}
        return tuple(counts.get(part, 0) for part in range(1, parts + 1))

    def count(self, after: datetime, until: datetime) -> int:
        """How many events happened in ``(after, until]``."""
        with self._store.read() as connection:
            return int(connection.execute(_COUNT, {"after": after, "until": until}).scalar_one())

    def between(self, after: datetime, until: datetime) -> Iterator[list[Event]]:
        """The events of ``(after, until]``, some thousand at a time; each order's together."""
        span = {"after": after, "until": until}
        with self._store.read() as connection:
            rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(_READ, span)
            batch: list[Event] = []
            for _, order in groupby(map(read_event, rows), key=lambda event: event.order_id):
                batch += order
                if len(batch) >= _EVENTS_AT_ONCE:
                    yield batch
                    batch = []
            if batch:
                yield batch
