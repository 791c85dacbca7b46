"""A store that was told events: recorded through the write path and folded to the end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from dashboard.events import Event
from dashboard.lifeline import Lifeline, Node
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store

TABLES = (
    *("orders", "node_event", "node_visit", "system_status", "visit_change", "rollup_minute", "rollup_hour", "slice"),
    *("rollup_open_entry", "rollup_open_due", "source_watermark", "baseline", "baseline_version", "status_change"),
)


def tell(store: Store, lifeline: Lifeline, events: Iterable[Event], now: datetime) -> None:
    """Record the events and fold what they changed."""
    with store.begin() as connection:
        record(connection, list(events), lifeline, now)
    with store.begin() as connection:
        while fold(connection, now, lifeline).changes:
            pass


def forget(store: Store) -> None:
    """Empty the store, but for its configuration."""
    with store.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(TABLES)}"))


def short_lifeline(*allowances: timedelta) -> Lifeline:
    """A lifeline of as many nodes, ``n1`` and so on, without names for anything."""
    nodes = [Node(f"n{place + 1}", place, {"en": f"n{place + 1}"}, "team", it) for place, it in enumerate(allowances)]
    return Lifeline("short", "Asia/Shanghai", "CNY", tuple(nodes))
