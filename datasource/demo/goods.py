"""What the demo shop sells, and what stands in each order: it follows from the order's id alone."""

import tomllib
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from datasource.demo.incidents import lot

_FILE = Path(__file__).with_name("goods.toml")
_ONE_LINE, _TWO_LINES = 0.68, 0.92
_FORGOTTEN = 0.3


@dataclass(frozen=True, slots=True)
class Article:
    """One SKU. ``weight``: how often it is bought; ``stock``: pieces at hand at the start."""

    sku: str
    zh: str
    en: str
    weight: float
    stock: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet of a carrier. ``region``: six digits of GB/T 2260."""

    outlet: str
    carrier: str
    region: str
    zh: str
    en: str


@cache
def articles() -> tuple[Article, ...]:
    """Everything that the shop sells."""
    return tuple(Article(*row) for row in tomllib.loads(_FILE.read_text("utf-8"))["skus"])


def outlets() -> tuple[Outlet, ...]:
    """The carriers' outlets that the shop knows."""
    return tuple(Outlet(*row) for row in tomllib.loads(_FILE.read_text("utf-8"))["outlets"])


def lines_of(order_id: str) -> dict[str, int]:
    """The pieces of each SKU in an order."""
    few = lot(f"lines {order_id}")
    count = 1 if few < _ONE_LINE else 2 if few < _TWO_LINES else 3
    lines: dict[str, int] = {}
    for place in range(count):
        drawn = lot(f"line {place} {order_id}")
        sku = _drawn(drawn)
        lines[sku] = lines.get(sku, 0) + (1 if drawn * 997 % 1 < 0.8 else 2)
    return lines


def stock_forgotten(order_id: str) -> bool:
    """Whether nobody releases the stock when this order is cancelled: its refund bypassed who would have."""
    return lot(f"stock {order_id}") < _FORGOTTEN


def _drawn(draw: float) -> str:
    sums = _sums()
    return articles()[min(bisect(sums, draw * sums[-1]), len(sums) - 1)].sku


@cache
def _sums() -> list[float]:
    return list(accumulate(article.weight for article in articles()))
