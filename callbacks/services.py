"""What every answer needs, made once by the composition root and handed in."""

from dataclasses import dataclass

from callbacks.metrics import Metrics
from dashboard.clock import Clock
from dashboard.settings import Settings
from datasource.demo.progress import DemoProgress
from datasource.store import Store


@dataclass(frozen=True)
class Services:
    """The store, the clock and what the process was told. ``token``: who shows it may write; ``None``: nobody may.

    ``demo``: how far the demo shop is, ``None`` where the orders are real.
    """

    store: Store
    clock: Clock
    settings: Settings
    metrics: Metrics
    token: str | None = None
    demo: DemoProgress | None = None

    @property
    def backfill(self) -> float | None:
        """How far the demo orders are, a share of 1; ``None`` when none are being made."""
        demo = self.demo
        return None if demo is None or demo.done or demo.refused else demo.fraction
