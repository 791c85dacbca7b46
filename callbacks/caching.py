"""Reads that many viewers share: each is made once per generation and second, in memory or in Redis."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask
from flask_caching import Cache

from callbacks.services import Services
from dashboard.balance import UsualFlow
from dashboard.explanation import Explanation
from dashboard.holders import Holders
from dashboard.lifeline import Node
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Snapshot
from dashboard.sources import USUAL_DAYS, History, Source, feeding, outranked, sources, usual_of
from dashboard.spectrum import Spectrum, spectrum_span
from dashboard.windows import floor_minute
from datasource import series
from datasource.diagnosis import explanations
from datasource.earlier import node_earlier
from datasource.fold import generation
from datasource.oldest_orders import oldest_holders
from datasource.snapshots import snapshot
from datasource.source_history import events_between, heard_by, told
from datasource.spectra import node_spectrum
from datasource.usual_flow import usual_flows
from datasource.watermarks import watermarks

T = TypeVar("T")

MOST_ENTRIES = 500
LIVE_SECONDS = 10
PAST_SECONDS = 10
QUARTER_SECONDS, MINUTE_SECONDS = 15, 60
HISTORY_SECONDS = 3600
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


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

    def explanations(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> tuple[Explanation, ...]:
        """What explains the late visits at a node, the greatest contribution first."""
        lifeline = self._store.lifeline()

        def read() -> tuple[Explanation, ...]:
            with self._store.read() as connection:
                return explanations(connection, lifeline, node, slice_, window, at=at, now=now)

        return self._quarterly(("explanations", node.key, slice_, window, at), now, read)

    def spectrum(self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime) -> Spectrum:
        """Every visit of the last while at a node, as lines."""
        span, until = spectrum_span(node.allowance, window), floor_minute(at or now)

        def read() -> Spectrum:
            with self._store.read() as connection:
                return node_spectrum(connection, node, slice_, span, until)

        return self._quarterly(("spectrum", node.key, slice_, span, at), now, read)

    def holders(self, node: Node, slice_: Slice, at: datetime | None, now: datetime) -> Holders:
        """Who holds the oldest orders in progress at a node."""
        lifeline = self._store.lifeline()

        def read() -> Holders:
            with self._store.read() as connection:
                return oldest_holders(connection, lifeline, node, slice_, at=at, now=now)

        return self._quarterly(("holders", node.key, slice_, at), now, read)

    def usual_flows(
        self, windows: Mapping[str, timedelta], slice_: Slice, at: datetime | None, now: datetime
    ) -> Mapping[str, UsualFlow]:
        """What usually comes to some nodes and goes on from them, each over a window of its own."""
        lifeline = self._store.lifeline()

        def read() -> Mapping[str, UsualFlow]:
            with self._store.read() as connection:
                return usual_flows(connection, lifeline, windows, slice_, at or now)

        return self._quarterly(("usual_flows", *windows.items(), slice_, at), now, read)

    def week_before(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> NodeSnapshot:
        """The node's numbers at the same instant a week earlier, to the minute."""
        lifeline, then = self._store.lifeline(), floor_minute(at or now) - WEEK

        def read() -> NodeSnapshot:
            with self._store.read() as connection:
                return node_earlier(connection, lifeline, node, slice_, window, then)

        return self._cached(("week_before", node.key, slice_, window, then), MINUTE_SECONDS, read)

    def _shared(self, key: tuple[Any, ...], now: datetime, at: datetime | None, read: Callable[[], T]) -> T:
        if at:  # only late news changes the past: it may wait a little
            return self._cached((*key, int(now.timestamp()) // PAST_SECONDS), PAST_SECONDS, read)
        return self._cached((*key, self.generation(), now.replace(microsecond=0)), LIVE_SECONDS, read)

    def _slow(self, key: tuple[Any, ...], until: datetime, read: Callable[[], T]) -> T:
        quarter = until.replace(microsecond=0, second=until.second // 15 * 15)
        return self._cached((*key, self.generation(), quarter), LIVE_SECONDS, read)

    def _quarterly(self, key: tuple[Any, ...], now: datetime, read: Callable[[], T]) -> T:
        """Four times a minute, whatever came in since: for what costs too much to follow each generation."""
        quarter = int(now.timestamp()) // QUARTER_SECONDS
        return self._cached((*key, quarter), QUARTER_SECONDS, read)

    def _cached(self, key: tuple[Any, ...], seconds: int, read: Callable[[], T]) -> T:
        text = "|".join(map(str, key))
        known: T | None = self._cache.get(text)
        if known is None:
            known = read()
            self._cache.set(text, known, timeout=seconds)
        return known
