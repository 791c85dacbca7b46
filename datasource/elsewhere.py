"""Recording in another process: events go there as plain tuples, which cost less to send than objects."""

from dataclasses import fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from dashboard.events import Event
from datasource.recording import record
from datasource.store import Store

pack = attrgetter(*(field.name for field in fields(Event)))


def record_packed(url: str, packed: list[tuple[Any, ...]], recorded_at: datetime) -> None:
    """Record packed events in one transaction, by the lifeline in force.

    Raises:
        StoreUnavailable: the database cannot be reached, or broke off.
    """
    store = _store(url)
    lifeline = store.lifeline()
    with store.begin() as connection:
        record(connection, [Event(*row) for row in packed], lifeline, recorded_at)


@cache
def _store(url: str) -> Store:
    """The process's own store: it lives as long as the process, which serves one store."""
    return Store.open(url, connections=1)
