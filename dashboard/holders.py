"""Who holds the oldest orders of a node."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Holder:
    """One value that holds ``orders`` of the oldest ones, ``overdue`` of them late.

    ``oldest_seconds``: on the node's clock.
    """

    dimension: str
    value: str
    orders: int
    overdue: int
    oldest_seconds: float
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Holders:
    """The oldest ``orders`` in progress at a node, and of each dimension the value that holds most of them."""

    orders: int
    holders: tuple[Holder, ...]
