"""Tells a store what happens in a demo shop, and the shop what a person ordered of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.events import Event
from datasource.demo.memory import DemoMemory, hold, remember
from datasource.demo.shop import DemoShop
from datasource.incidents import incidents_between, note_incidents
from datasource.recording import record
from datasource.store import Store
from datasource.watermarks import hear

_HEARTBEAT = timedelta(seconds=30)
_CLOCKS_APART = timedelta(hours=1)
"""An order may come from a machine whose clock is behind."""


class Teller:
    """Moves the shop; what is told of it follows from the incidents that are noted, and from nothing else."""

    def __init__(self, store: Store, shop: DemoShop) -> None:
        self.store, self.shop = store, shop
        self._heard_at: datetime | None = None
        self._untold: list[Event] = []

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
            self._untold += shop.advance(until)
            unnoted = shop.incidents.unnoted()
            if self._untold or unnoted or beats:
                record(connection, self._untold, lifeline, now)
                for source in sorted(lifeline.systems.keys() - shop.silent) if beats else ():
                    hear(connection, source, until, now)
                note_incidents(connection, unnoted, now)
                remember(connection, after, now)
        shop.incidents.note(unnoted)
        self._untold = []
        if beats:
            self._heard_at = now
        return after
