"""A store with any number of visits, made quickly: rows are copied in as the write path would leave them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection

from dashboard.events import Facts
from dashboard.lifeline import Lifeline
from dashboard.visits import Exit, OrderState, Visit

CHANNELS = ("douyin", "tmall", "jd", "pinduoduo", "miniprogram", "wholesale")
WAREHOUSES = ("HZ1", "SZ2", "CD3")
CARRIERS = ("zto", "yunda", "sf", "yto", "sto", "jdl")
Row = tuple[Any, ...]


class Synthetic:
    """Orders that entered over ``days`` before ``until``; each passes the whole lifeline, dwells are log-normal."""

    def __init__(self, lifeline: Lifeline, visits: int, until: datetime, days: int = 28, seed: int = 1) -> None:
        self.lifeline = lifeline
        self.orders = visits // len(lifeline.nodes)
        self.until = until
        self.days = days
        self.random = np.random.default_rng(seed)

    def chunks(self, size: int = 20_000) -> Iterator[dict[str, OrderState]]:
        """Orders by their ids, some thousand at a time."""
        for first in range(0, self.orders, size):
            yield self._chunk(first, min(size, self.orders - first))

    def _chunk(self, first: int, size: int) -> dict[str, OrderState]:
        nodes = self.lifeline.nodes
        allowances = np.array([node.allowance.total_seconds() for node in nodes])
        dwells = allowances * np.exp(self.random.normal(-1.4, 0.7, (size, len(nodes))))
        starts = self.random.uniform(0, self.days * 86_400, size)
        bounds = np.hstack([np.zeros((size, 1)), np.cumsum(dwells, axis=1)]) + starts[:, None]
        return {f"S{first + row:09d}": self._order(row, bounds[row].tolist()) for row in range(size)}

    def _order(self, row: int, bounds: list[float]) -> OrderState:
        origin, limit = self.until - timedelta(days=self.days), self.days * 86_400.0
        visits = []
        for node, entered, left in zip(self.lifeline.nodes, bounds, bounds[1:], strict=False):
            if entered > limit:
                break
            came, closed = origin + timedelta(seconds=entered), left <= limit
            left_at, way_out = (origin + timedelta(seconds=left), Exit.NEXT) if closed else (None, None)
            dwell = left - entered if closed else None
            visits.append(Visit(node.key, 1, came, left_at, came + node.allowance, way_out, dwell))
        facts = Facts(None, origin + timedelta(seconds=bounds[0]), Decimal(100), None, self._dimensions(row))
        return OrderState(facts, None, tuple(visits))

    def _dimensions(self, row: int) -> dict[str, str]:
        return {
            "channel": CHANNELS[row % len(CHANNELS)],
            "warehouse": WAREHOUSES[row % len(WAREHOUSES)],
            "carrier": CARRIERS[row // 7 % len(CARRIERS)],
        }


def copy(connection: Connection, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    """A raw COPY by the driver, with none of the store's own code."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row(row)


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
