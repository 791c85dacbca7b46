"""The courier: takes the messages that are due and posts them, several at once, for as long as the server runs."""

import asyncio
import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from threading import Event as Stop
from typing import TypeVar

from callbacks.logs import log
from callbacks.metrics import Metrics
from callbacks.posting import Limits, Poster, Resolve
from dashboard.clock import Clock
from dashboard.deliveries import Attempt, Patience
from dashboard.signatures import DELIVERY, HEADER, TIMESTAMP, sign
from dashboard.webhooks import Webhooks
from datasource.errors import StoreError
from datasource.outbox import OutboxMessage, claim, counts, delivered, failed, forget_delivered
from datasource.store import Store

POLL_SECONDS = 0.3
COUNT_SECONDS = 15.0
AWAY_SECONDS = 2.0
NOTING_TRIES = 3
FINISH_SECONDS = 5.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manner:
    """How the courier works. ``at_once``: messages to one target, so that one target that stalls holds up no other.

    ``draw``: numbers in [0, 1) for the jitter.
    """

    at_once: int = 8
    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=Limits)
    draw: Callable[[], float] = random.random
    resolve: Resolve | None = None


class Courier:
    """Delivers at least once: what was posted and could not be noted is posted again, under the same id."""

    def __init__(
        self, store: Store, clock: Clock, webhooks: Webhooks, metrics: Metrics, manner: Manner | None = None
    ) -> None:
        self._store, self._clock, self._webhooks, self._metrics = store, clock, webhooks, metrics
        self._manner = manner or Manner()
        self._log = log("courier")

    def run(self, stop: Stop) -> None:
        """Work until ``stop`` is set; then finish what is on its way, as far as that is quick."""
        with ThreadPoolExecutor(4, "courier") as self._threads:
            asyncio.run(self._run(stop))

    async def _run(self, stop: Stop) -> None:
        async with Poster(self._webhooks.allowed, self._clock, self._manner.limits, self._manner.resolve) as poster:
            serving = (self._serve(target, url, poster, stop) for target, url in self._webhooks.urls.items())
            await asyncio.gather(self._count(stop), *serving)

    async def _serve(self, target: str, url: str, poster: Poster, stop: Stop) -> None:
        """Hand messages to one target on, as they become due and hands are free."""
        under_way = set[asyncio.Task[None]]()
        while not stop.is_set():
            free = self._manner.at_once - len(under_way)
            for message in await self._claimed(target, free, stop) if free else ():
                under_way.add(asyncio.create_task(self._deliver(message, url, poster)))
            if under_way:
                _, under_way = await asyncio.wait(under_way, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(POLL_SECONDS)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()  # its lease runs out, and whoever is next takes it up

    async def _claimed(self, target: str, most: int, stop: Stop) -> list[OutboxMessage]:
        try:
            return await self._in_thread(partial(self._claim, target, most))
        except StoreError as error:
            self._log.warning("store_away", target=target, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the courier goes on when one look failed
            self._log.error("claim_failed", target=target, error=type(error).__name__, exc_info=True)
        waited = 0.0
        while waited < AWAY_SECONDS and not stop.is_set():
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        return []

    def _claim(self, target: str, most: int) -> list[OutboxMessage]:
        with self._store.begin() as connection:
            return claim(connection, target, self._clock.now(), most)

    async def _deliver(self, message: OutboxMessage, url: str, poster: Poster) -> None:
        body = body_of(message)
        came = await poster.post(url, body, self._headers(message, body))
        self._metrics.attempts.labels(message.target, came.fault or "delivered").inc()
        if not came.delivered:
            told = {"target": message.target, "kind": message.kind, "attempt": message.attempts}
            self._log.warning("delivery_failed", **told, fault=str(came.fault), status=came.status)
        for _ in range(NOTING_TRIES):
            try:
                return await self._in_thread(partial(self._note, message, came))
            except StoreError:
                await asyncio.sleep(AWAY_SECONDS)
            except Exception as error:  # noqa: BLE001 - it is delivered again, which is what is promised
                self._log.error("noting_failed", error=type(error).__name__, exc_info=True)
                return None
        return None

    def _note(self, message: OutboxMessage, came: Attempt) -> None:
        now, patience = self._clock.now(), self._manner.patience
        with self._store.begin() as connection:
            if came.delivered:
                delivered(connection, message, came, now)
            elif patience.dead(message.attempts, came):
                failed(connection, message, came, None)
            else:
                pause = patience.pause(message.attempts, came.retry_after, self._manner.draw())
                failed(connection, message, came, now + pause)

    def _headers(self, message: OutboxMessage, body: bytes) -> dict[str, str]:
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "order-lifeline",
            DELIVERY: message.message_id,
            TIMESTAMP: str(int(now.timestamp())),
        }
        secret = self._webhooks.secret
        return {**headers, HEADER: sign(secret, body, now)} if secret else headers

    async def _count(self, stop: Stop) -> None:
        """Now and then tell the metrics how many messages there are, and forget what was delivered long ago."""
        waited = COUNT_SECONDS
        while not stop.is_set():
            if waited >= COUNT_SECONDS:
                waited = 0.0
                try:
                    await self._in_thread(self._sweep)
                except Exception as error:  # noqa: BLE001 - done again a little later
                    self._log.warning("counting_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS

    def _sweep(self) -> None:
        with self._store.begin() as connection:
            forget_delivered(connection, self._clock.now())
            for target in counts(connection, tuple(self._webhooks.urls)):
                self._metrics.messages.labels(target.target, "waiting").set(target.waiting)
                self._metrics.messages.labels(target.target, "dead").set(target.dead)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def body_of(message: OutboxMessage) -> bytes:
    """What is posted: the same bytes at each attempt."""
    told = {
        "id": message.message_id,
        "kind": message.kind,
        "at": message.made_at.astimezone(UTC).isoformat(),
        "subject": message.subject,
        "body": message.body,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
