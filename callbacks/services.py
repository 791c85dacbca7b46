"""What every answer needs, made once by the composition root and handed in."""

from dataclasses import dataclass, field

from callbacks.chain_watch import ChainFound
from callbacks.metrics import Metrics
from callbacks.replaying import Replaying
from dashboard.clock import Clock
from dashboard.permissions import Caller
from dashboard.settings import Settings
from datasource.demo.progress import STARTING, DemoProgress
from datasource.store import Store

MAKING = frozenset({"demo_backfilling", "demo_folding", "demo_baselines"})
"""What the demo says of itself while it makes its past, and not while it wakes up to one that it has."""


@dataclass(frozen=True)
class Services:
    """The store, the clock and what the process was told. ``token``: who shows it may write; ``None``: nobody may.

    ``demo``: how far the demo shop is, ``None`` where the orders are real. ``replay``: the replay that moves the clock,
    ``None`` where time is real. ``visitor``: who anybody on this very machine is taken for; ``None``: they sign in.
    ``chain``: how far the audit was last found to hold.
    """

    store: Store
    clock: Clock
    settings: Settings
    metrics: Metrics
    token: str | None = None
    demo: DemoProgress | None = None
    replay: Replaying | None = None
    visitor: Caller | None = None
    chain: ChainFound = field(default_factory=ChainFound)

    @property
    def backfill(self) -> float | None:
        """How far the demo orders are, a share of 1; ``None`` when none are being made."""
        making = self.demo is not None and self.demo.text_key in MAKING and not (self.demo.done or self.demo.refused)
        return self.demo.fraction if making and self.demo else None

    @property
    def folds_itself(self) -> bool:
        """Whether the demo makes its past, or has not yet looked whether it must: it folds what it records itself."""
        if self.demo is None or self.demo.done or self.demo.refused:
            return False
        return self.demo.text_key in MAKING | {STARTING}

    @property
    def settled(self) -> bool:
        """Whether the store holds all that it should by now: no demo is being prepared."""
        return self.demo is None or self.demo.done or self.demo.refused
