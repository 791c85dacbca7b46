"""A store with any number of visits, made quickly: rows are copied in as the write path would leave them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection

from dashboard.lifeline import Lifeline

CHANNELS = ("douyin", "tmall", "jd", "pinduoduo", "miniprogram", "wholesale")
WAREHOUSES = ("HZ1", "SZ2", "CD3")
CARRIERS = ("zto", "yunda", "sf", "yto", "sto", "jdl")
VISIT_COLUMNS = "order_id, node, number, entered_at, left_at, due_at, exit, dwell_seconds, exception, measured"
CHANGE_COLUMNS = "order_id, sign, node, slices, entered_at, left_at, due_at, exit, dwell_us, measured, amount"

Row = tuple[Any, ...]


class Synthetic:
    """Orders that entered over ``days`` before ``until``; each passes the whole lifeline, dwells are log-normal."""

    def __init__(self, lifeline: Lifeline, visits: int, until: datetime, days: int = 28, seed: int = 1) -> None:
        self.lifeline = lifeline
        self.orders = visits // len(lifeline.nodes)
        self.until = until
        self.days = days
        self.random = np.random.default_rng(seed)

    def chunks(self, size: int = 20_000) -> Iterator[tuple[list[Row], list[Row], list[Row]]]:
        """Rows of orders, node_visit and visit_change, some thousand orders at a time."""
        for first in range(0, self.orders, size):
            yield self._chunk(first, min(size, self.orders - first))

    def _chunk(self, first: int, size: int) -> tuple[list[Row], list[Row], list[Row]]:
        nodes = self.lifeline.nodes
        allowances = np.array([node.allowance.total_seconds() for node in nodes])
        dwells = allowances * np.exp(self.random.normal(-1.4, 0.7, (size, len(nodes))))
        starts = self.random.uniform(0, self.days * 86_400, size)
        bounds = np.hstack([np.zeros((size, 1)), np.cumsum(dwells, axis=1)]) + starts[:, None]
        origin = self.until - timedelta(days=self.days)
        limit = self.days * 86_400.0
        orders, visits, changes = [], [], []
        for row in range(size):
            order_id = f"S{first + row:09d}"
            dimensions = self._dimensions(row)
            slices = ["all", *(f"{key}={value}" for key, value in sorted(dimensions.items()))]
            orders.append((order_id, origin + timedelta(seconds=bounds[row, 0]), dimensions))
            for column, node in enumerate(nodes):
                entered, left = bounds[row, column], bounds[row, column + 1]
                if entered > limit:
                    break
                entered_at = origin + timedelta(seconds=entered)
                closed = left <= limit
                left_at = origin + timedelta(seconds=left) if closed else None
                way_out = "next" if closed else None
                due_at = entered_at + node.allowance
                dwell = left - entered if closed else None
                visits.append((order_id, node.key, 1, entered_at, left_at, due_at, way_out, dwell, None, True))
                dwell_us = round(dwell * 1e6) if dwell is not None else None
                changes.append(
                    (order_id, 1, node.key, slices, entered_at, left_at, due_at, way_out, dwell_us, True, Decimal(100))
                )
        return orders, visits, changes

    def _dimensions(self, row: int) -> dict[str, str]:
        return {
            "channel": CHANNELS[row % len(CHANNELS)],
            "warehouse": WAREHOUSES[row % len(WAREHOUSES)],
            "carrier": CARRIERS[row // 7 % len(CARRIERS)],
        }


def copy(connection: Connection, table: str, columns: str, rows: list[Row]) -> None:
    """COPY rows into a table."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row(row)


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
