"""The lifeline page: fetch its numbers, lay them out."""

from datetime import datetime

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from layouts.context import Context
from layouts.lifeline_page import LifelineView, lifeline_page


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page for the slice, window and instant of its context."""
    del services, address, rest
    snapshot = reads.snapshot(context.slice, context.window, context.at)
    view = LifelineView(snapshot, lambda: reads.sparks(context.slice, context.at or now), reads.slice_values(now))
    return lifeline_page(view, context)
