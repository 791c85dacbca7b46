"""What people set on an order, as a reader sees it: what, by whom, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark. ``kind``: ``hold``, ``assignee``, ``ticket``, ``note`` ...; ``key`` tells those of one kind apart."""

    kind: str
    key: str
    value: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    by: str = ""
