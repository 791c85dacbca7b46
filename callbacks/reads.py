"""The questions that pages and the API ask of the store, answered from the cache where nothing has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_caching import Cache

from callbacks.audit_reads import AuditReads
from callbacks.caching import LIVE_SECONDS, Cached
from callbacks.node_reads import NodeReads
from callbacks.outbox_reads import OutboxReads
from callbacks.services import Services
from callbacks.trend_reads import TrendReads
from dashboard.lifeline import Node
from dashboard.series import FlowSeries
from dashboard.slices import Slice
from dashboard.snapshot import Snapshot
from dashboard.sources import History, Source, outranked
from dashboard.throughput import USUAL_DAYS, Throughput, midnight, throughput
from datasource import series
from datasource.snapshots import snapshot
from datasource.source_history import source_history, sources_seen
from datasource.throughput import left_by_hour
from datasource.watermarks import watermarks

HISTORY_SECONDS = 3600
THROUGHPUT_STEP = timedelta(minutes=5)


class Reads(Cached):
    """What is asked of the whole lifeline.

    ``node`` answers for one node, ``trends`` for a long time, ``audit`` for what was written and ``outbox`` for what
    outside systems are told.
    """

    def __init__(self, services: Services, cache: Cache) -> None:
        super().__init__(services.store, cache)
        self._services, self._clock = services, services.clock
        self.node = NodeReads(services.store, self)
        self.trends = TrendReads(services, self)
        self.audit = AuditReads(services)
        self.outbox = OutboxReads(services)

    def snapshot(self, slice_: Slice, window: timedelta | None, at: datetime | None) -> Snapshot:
        """Every number of the lifeline; ``at=None`` is live. Costs one query of the generation when it is cached.

        Live, a node whose source is silent is grey: see ``dashboard.sources.outranked``.
        """
        lifeline = self._store.lifeline()
        now = self._clock.now()

        def read() -> Snapshot:
            with self._store.read() as connection:
                return snapshot(connection, lifeline, slice=slice_, window=window, at=at, now=now)

        taken = self.live(("snapshot", slice_, window, at), now, at, read)
        return taken if at else outranked(taken, self.sources(now))

    def sources(self, now: datetime, at: datetime | None = None) -> tuple[Source, ...]:
        """Every source system: when it was last heard, what is usual of it, and what it feeds."""
        lifeline, history = self._store.lifeline(), self._history(at or now)

        def read() -> tuple[Source, ...]:
            with self._store.read() as connection:
                return sources_seen(connection, lifeline, history, now, at)

        return self.live(("sources", at), now, at, read)

    def _history(self, now: datetime) -> History:
        """The sources' usual ways, renewed every hour; unknown while the demo's past is being made."""
        lifeline = self._store.lifeline()

        def read() -> History:
            with self._store.read() as connection:
                return source_history(connection, lifeline, now)

        if self._services.backfill is not None:
            return History()
        return self.keep(("history", int(now.timestamp()) // HISTORY_SECONDS), HISTORY_SECONDS, read)

    def silence_seconds(self, now: datetime) -> float | None:
        """For how long no source was heard; ``None`` if none ever was."""

        def read() -> datetime | None:
            with self._store.read() as connection:
                return max(watermarks(connection).values(), default=None)

        heard: datetime | None = self.keep(("heard", now.replace(microsecond=0)), LIVE_SECONDS, read)
        return None if heard is None else (now - heard).total_seconds()

    def sparks(self, slice_: Slice, until: datetime) -> Mapping[str, tuple[int, ...]]:
        """In progress over the last hours by node."""
        lifeline = self._store.lifeline()

        def read() -> Mapping[str, tuple[int, ...]]:
            with self._store.read() as connection:
                return series.in_progress_sparks(connection, lifeline, slice_, until)

        return self.slow(("sparks", slice_), until, read)

    def slice_values(self, now: datetime) -> Mapping[str, Sequence[str]]:
        """The values of each dimension that orders have."""

        def read() -> Mapping[str, Sequence[str]]:
            with self._store.read() as connection:
                return series.slice_values(connection)

        return self.slow(("slice_values",), now, read)

    def throughput(self, node: Node, slice_: Slice, until: datetime) -> Throughput:
        """What left the node since midnight, against what is usual of such a day."""
        zone = ZoneInfo(self._store.lifeline().time_zone)
        since = midnight(until, zone)

        def read() -> FlowSeries:
            with self._store.read() as connection:
                return series.node_flow(connection, node, slice_, since, until, THROUGHPUT_STEP)

        today = self.slow(("today", node.key, slice_, since), until, read)
        return throughput(node.key, today, self._left_by_hour(node, slice_, since), zone, until)

    def _left_by_hour(self, node: Node, slice_: Slice, until: datetime) -> Mapping[datetime, int]:
        """Of the days before, renewed every hour; nothing while the demo's past is being made."""

        def read() -> Mapping[datetime, int]:
            with self._store.read() as connection:
                return left_by_hour(connection, node, slice_, until - timedelta(days=USUAL_DAYS + 1), until)

        if self._services.backfill is not None:
            return {}
        return self.keep(("left_by_hour", node.key, slice_, until), HISTORY_SECONDS, read)
