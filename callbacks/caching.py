"""Reads that many viewers share: each is made once per generation and second, in memory or in Redis."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask
from flask_caching import Cache

from callbacks.services import Services
from dashboard.lifeline import Node
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.slices import Slice
from dashboard.snapshot import Snapshot
from dashboard.sources import USUAL_DAYS, History, Source, feeding, outranked, sources, usual_of
from datasource import series
from datasource.fold import generation
from datasource.snapshots import snapshot
from datasource.source_history import events_between, heard_by, told
from datasource.watermarks import watermarks

T = TypeVar("T")

MOST_ENTRIES = 500
LIVE_SECONDS = 10
PAST_SECONDS = 10
HISTORY_SECONDS = 3600
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def cache_for(server: Flask, url: str | None) -> Cache:
    """The cache of one process, or with ``url`` the Redis that several share."""
    own = {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": MOST_ENTRIES}
    shared = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url, "CACHE_KEY_PREFIX": "lifeline:"}
    return Cache(server, config={"CACHE_DEFAULT_TIMEOUT": LIVE_SECONDS, **(shared if url else own)})


class Reads:
    """The questions that pages and the API ask of the store, answered from the cache where nothing has changed."""

    def __init__(self, services: Services, cache: Cache) -> None:
        self._services, self._store, self._clock, self._cache = services, services.store, services.clock, cache

    def generation(self) -> int:
        """The generation of the rollups, as the store says it now."""
        with self._store.read() as connection:
            return generation(connection)

    def snapshot(self, slice_: Slice, window: timedelta | None, at: datetime | None) -> Snapshot:
        """Every number of the lifeline; ``at=None`` is live. Costs one query of the generation when it is cached.

        Live, a node whose source is silent is grey: see ``dashboard.sources.outranked``.
        """
        lifeline = self._store.lifeline()
        now = self._clock.now()

        def read() -> Snapshot:
            with self._store.read() as connection:
                return snapshot(connection, lifeline, slice=slice_, window=window, at=at, now=now)

        taken = self._shared(("snapshot", slice_, window, at), now, at, read)
        return taken if at else outranked(taken, self.sources(now))

    def sources(self, now: datetime, at: datetime | None = None) -> tuple[Source, ...]:
        """Every source system: when it was last heard, what is usual of it, and what it feeds."""
        seen_at, lifeline = at or now, self._store.lifeline()
        history = self._history(seen_at)

        def read() -> tuple[Source, ...]:
            with self._store.read() as connection:
                last_hour = events_between(connection, seen_at - HOUR, seen_at)
                heard = heard_by(connection, seen_at - DAY, seen_at) if at else watermarks(connection)
            return sources(lifeline, heard, history, last_hour, seen_at)

        return self._shared(("sources", at), now, at, read)

    def _history(self, now: datetime) -> History:
        """The sources' usual ways, renewed every hour; unknown while the demo's past is being made."""
        lifeline, since = self._store.lifeline(), now - timedelta(days=USUAL_DAYS + 1)

        def read() -> History:
            with self._store.read() as connection:
                messages, departures = told(connection, since, now)
            zone = ZoneInfo(lifeline.time_zone)
            usual = {key: found for key, these in messages.items() if (found := usual_of(these, now, zone))}
            return History(usual, feeding(departures, lifeline))

        if self._services.backfill is not None:
            return History()
        return self._cached(("history", int(now.timestamp()) // HISTORY_SECONDS), HISTORY_SECONDS, read)

    def silence_seconds(self, now: datetime) -> float | None:
        """For how long no source was heard; ``None`` if none ever was."""

        def read() -> datetime | None:
            with self._store.read() as connection:
                return max(watermarks(connection).values(), default=None)

        heard: datetime | None = self._cached(("heard", now.replace(microsecond=0)), LIVE_SECONDS, read)
        return None if heard is None else (now - heard).total_seconds()

    def sparks(self, slice_: Slice, until: datetime) -> Mapping[str, tuple[int, ...]]:
        """In progress over the last hours by node."""
        lifeline = self._store.lifeline()

        def read() -> Mapping[str, tuple[int, ...]]:
            with self._store.read() as connection:
                return series.in_progress_sparks(connection, lifeline, slice_, until)

        return self._slow(("sparks", slice_), until, read)

    def slice_values(self, now: datetime) -> Mapping[str, Sequence[str]]:
        """The values of each dimension that orders have."""

        def read() -> Mapping[str, Sequence[str]]:
            with self._store.read() as connection:
                return series.slice_values(connection)

        return self._slow(("slice_values",), now, read)

    def flow(self, node: Node, slice_: Slice, until: datetime, width: timedelta, step: timedelta) -> FlowSeries:
        """What came in and went out of a node, and how many were there."""

        def read() -> FlowSeries:
            with self._store.read() as connection:
                return series.node_flow(connection, node, slice_, until - width, until, step)

        return self._slow(("flow", node.key, slice_, width, step), until, read)

    def distribution(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> DwellDistribution:
        """How long visits lasted at a node."""
        lifeline = self._store.lifeline()

        def read() -> DwellDistribution:
            with self._store.read() as connection:
                return series.dwell_distribution(connection, lifeline, node, slice_, window, at=at, now=now)

        return self._shared(("dwell", node.key, slice_, window, at), now, at, read)

    def forget(self) -> None:
        """Keep nothing: the store has become another one."""
        self._cache.clear()

    def _shared(self, key: tuple[Any, ...], now: datetime, at: datetime | None, read: Callable[[], T]) -> T:
        if at:  # only late news changes the past: it may wait a little
            return self._cached((*key, int(now.timestamp()) // PAST_SECONDS), PAST_SECONDS, read)
        return self._cached((*key, self.generation(), now.replace(microsecond=0)), LIVE_SECONDS, read)

    def _slow(self, key: tuple[Any, ...], until: datetime, read: Callable[[], T]) -> T:
        quarter = until.replace(microsecond=0, second=until.second // 15 * 15)
        return self._cached((*key, self.generation(), quarter), LIVE_SECONDS, read)

    def _cached(self, key: tuple[Any, ...], seconds: int, read: Callable[[], T]) -> T:
        text = "|".join(map(str, key))
        known: T | None = self._cache.get(text)
        if known is None:
            known = read()
            self._cache.set(text, known, timeout=seconds)
        return known
