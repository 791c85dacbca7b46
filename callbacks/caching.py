"""What many viewers share: each answer is made once per generation and second, in memory or in Redis."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask
from flask_caching import Cache

from datasource.fold import generation
from datasource.store import Store

T = TypeVar("T")
Key = tuple[Any, ...]

MOST_ENTRIES = 500
LIVE_SECONDS = 10
PAST_SECONDS = 10
QUARTER_SECONDS = 15


def cache_for(server: Flask, url: str | None) -> Cache:
    """The cache of one process, or with ``url`` the Redis that several share."""
    own = {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": MOST_ENTRIES}
    shared = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url, "CACHE_KEY_PREFIX": "lifeline:"}
    return Cache(server, config={"CACHE_DEFAULT_TIMEOUT": LIVE_SECONDS, **(shared if url else own)})


class Cached:
    """Answers that are kept, each for as long as what it tells of can wait. ``read`` makes one that is not there."""

    def __init__(self, store: Store, cache: Cache) -> None:
        self._store, self._cache = store, cache

    def generation(self) -> int:
        """The generation of the rollups, as the store says it now."""
        with self._store.read() as connection:
            return generation(connection)

    def live(self, key: Key, now: datetime, at: datetime | None, read: Callable[[], T]) -> T:
        """Made anew with each generation and second; of the past, which only late news changes, every ten seconds."""
        if at:
            return self.keep((*key, int(now.timestamp()) // PAST_SECONDS), PAST_SECONDS, read)
        return self.keep((*key, self.generation(), now.replace(microsecond=0)), LIVE_SECONDS, read)

    def slow(self, key: Key, until: datetime, read: Callable[[], T]) -> T:
        """Made anew with each generation, and four times a minute without one."""
        quarter = until.replace(microsecond=0, second=until.second // 15 * 15)
        return self.keep((*key, self.generation(), quarter), LIVE_SECONDS, read)

    def quarterly(self, key: Key, now: datetime, read: Callable[[], T]) -> T:
        """Made anew four times a minute, whatever came in since: for what costs too much to follow each generation."""
        return self.keep((*key, int(now.timestamp()) // QUARTER_SECONDS), QUARTER_SECONDS, read)

    def keep(self, key: Key, seconds: int, read: Callable[[], T]) -> T:
        """What ``read`` answered last, for so many seconds, whatever is folded meanwhile."""
        text = "|".join(map(str, key))
        known: T | None = self._cache.get(text)
        if known is None:
            known = read()
            self._cache.set(text, known, timeout=seconds)
        return known

    def forget(self) -> None:
        """Keep nothing: the store has become another one."""
        self._cache.clear()
