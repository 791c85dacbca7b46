"""Tells a store what happens in a demo shop, and the shop what came to it from outside."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboard.events import Event
from datasource.demo.memory import DemoMemory, hold, remember
from datasource.demo.requests import moved_meanwhile, newest_noted, note_requests, people_did, requests_waiting
from datasource.demo.shop import DemoShop
from datasource.demo.stock import follow
from datasource.incidents import incidents_between, note_incidents
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear

_HEARTBEAT = timedelta(seconds=30)
_CLOCKS_APART = timedelta(hours=1)
"""An order may come from a machine whose clock is behind."""


class Teller:
    """Moves the shop; what is told of it follows from what is noted: incidents, and what came to its orders."""

    def __init__(self, store: Store, shop: DemoShop) -> None:
        self.store, self.shop = store, shop
        self._heard_at: datetime | None = None
        self._untold: list[Event] = []
        self._seen: int | None = None  # the last row of the audit that was looked at

    def tell(self, memory: DemoMemory, until: datetime, now: datetime) -> DemoMemory:
        """Tell what happened up to ``until``. Bears being done again where the store broke off.

        What was ordered meanwhile is heard before, and noted as it came about, in the same transaction.
        """
        shop, lifeline = self.shop, self.store.lifeline()
        told, after = memory.told_until or memory.opening.opened, replace(memory, told_until=until)
        beats = self._heard_at is None or now - self._heard_at >= _HEARTBEAT
        with self.store.begin() as connection:
            hold(connection)
            shop.incidents.learn(incidents_between(connection, told - _CLOCKS_APART))
            seen = self._hear(connection)
            self._untold += shop.advance(until)
            # What a person did in the same moment stands; the shop hears of it at its next step.
            moved = moved_meanwhile(connection, {event.order_id for event in self._untold}, seen)
            self._untold = [event for event in self._untold if event.order_id not in moved]
            unnoted = shop.incidents.unnoted()
            taken = shop.lives.unnoted()
            if self._untold or unnoted or taken or beats:
                record(connection, self._untold, lifeline, now)
                follow(connection, self._untold, now)
                for source in sorted(lifeline.systems.keys() - shop.silent) if beats else ():
                    hear(connection, source, until, now)
                note_incidents(connection, unnoted, now)
                note_requests(connection, taken)
                remember(connection, after, now)
        shop.incidents.note(unnoted)
        shop.lives.note(taken)
        self._untold, self._seen = [], seen
        if beats:
            self._heard_at = now
        return after

    def _hear(self, connection: Connection) -> int:
        """Hand on what the warehouse and the carriers were told, and what people did to orders, since the last step."""
        lives = self.shop.lives
        lives.learn(requests_waiting(connection))
        seen = newest_noted(connection) if self._seen is None else self._seen
        done = people_did(connection, seen)
        lives.learn(lives.compare(done))
        return max((standing.seq for standing in done), default=seen)
