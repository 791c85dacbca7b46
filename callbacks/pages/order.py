"""The order page: fetch one order whole, lay it out."""

from datetime import datetime

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from datasource.order_details import order_detail
from datasource.order_marks import order_marks
from datasource.shared_subjects import of_order
from datasource.write_back import Action, actions_on
from layouts.context import Context
from layouts.order_page import OrderView, order_not_found, order_page
from layouts.shell import Freshness

MOST_ACTIONS = 50


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page of the order whose id is ``rest``; one that the store does not have is told so."""
    del address
    with services.store.read() as connection:
        detail = order_detail(connection, context.lifeline, rest)
        marks = order_marks(connection, [rest]).get(rest, ()) if detail else ()
        shared = of_order(connection, rest) if detail else ()
    silence = reads.silence_seconds(now)
    if detail is None:
        return order_not_found(context, rest, Freshness(now, silence))
    view = OrderView(detail, now, silence, marks, lambda: _actions(services, rest), shared)
    return order_page(view, context)


def _actions(services: Services, order_id: str) -> list[Action]:
    with services.store.read() as connection:
        return actions_on(connection, f"order:{order_id}", MOST_ACTIONS)
