"""The order page: fetch one order whole, lay it out."""

from datetime import datetime

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from datasource.order_details import order_detail
from layouts.context import Context
from layouts.order_page import OrderView, order_not_found, order_page
from layouts.shell import Freshness


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page of the order whose id is ``rest``; one that the store does not have is told so."""
    del address
    with services.store.read() as connection:
        detail = order_detail(connection, context.lifeline, rest)
    silence = reads.silence_seconds(now)
    if detail is None:
        return order_not_found(context, rest, Freshness(now, silence))
    return order_page(OrderView(detail, now, silence), context)
