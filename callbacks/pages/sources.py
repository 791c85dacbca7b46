"""The sources page: its numbers come with the context of every page; lay them out."""

from datetime import datetime

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from layouts.context import Context
from layouts.shell import Freshness
from layouts.sources_page import sources_page


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page of every source system, at the instant of its context; and of the systems that are told, now."""
    del services, address, rest
    outgoing = reads.outbox.outgoing if context.rights.outbox else None
    return sources_page(context, Freshness(context.at or now, reads.silence_seconds(now)), outgoing)
