"""SKUs and carriers' outlets: what many orders share, and what can be stopped for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.actions import CATALOGUE

SKU, OUTLET = "sku", "outlet"
ACTS: Mapping[str, tuple[str, str]] = {
    SKU: ("suspend_intake", "resume_intake"),
    OUTLET: ("freeze_outlet", "unfreeze_outlet"),
}
"""What stops one of each kind, and what lets it go on."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One SKU or outlet. ``kind``: ``sku`` or ``outlet``; ``name``: by language; ``stopped``: suspended, or frozen.

    ``since``, ``by``, ``reason``: who stopped it, where the audit knows. ``available``: pieces of a SKU for sale;
    ``carrier``, ``region``: of an outlet. ``quantity``: pieces in the order that it was read for.
    """

    kind: str
    key: str
    name: Mapping[str, str] = field(default_factory=dict)
    stopped: bool = False
    since: datetime | None = None
    by: str = ""
    reason: str = ""
    available: int | None = None
    carrier: str = ""
    region: str = ""
    quantity: int | None = None

    @property
    def act(self) -> str:
        """The key of the action that is possible now."""
        return ACTS[self.kind][self.stopped]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What of one kind is stopped. ``known``: whether the store knows any at all; ``total``: how many are stopped.

    ``rows``: those stopped last, the newest first. ``near``: the outlets of the carrier and the region that are asked
    for, stopped or not.
    """

    known: bool
    total: int
    rows: tuple[Shared, ...]
    near: tuple[Shared, ...] = ()


def kind_at(node: str) -> str | None:
    """What is acted on at the node: ``sku`` where orders are taken in, ``outlet`` where carriers have them."""
    stopping = (kind for kind in CATALOGUE if kind.subject in ACTS and node in kind.nodes)
    return next((kind.subject for kind in stopping), None)
