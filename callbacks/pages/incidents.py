"""The page of the demo shop's incidents; where the orders are real there is none."""

from datetime import datetime
from functools import cache

from dash.development.base_component import Component

from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.incidents import IncidentKind
from datasource.demo.parameters import demo_parameters
from datasource.incidents import newest_incidents
from layouts.context import Context
from layouts.incidents_page import IncidentsView, incidents_page

MOST_SHOWN = 20


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page; there is none where the orders are real."""
    del address, rest
    if services.demo is None:
        return None
    with services.store.read() as connection:
        found = newest_incidents(connection, MOST_SHOWN)
    return incidents_page(IncidentsView(kinds(), found, context.at or now, reads.silence_seconds(now)), context)


@cache
def kinds() -> tuple[IncidentKind, ...]:
    """Every kind that the shop knows."""
    return tuple(IncidentKind(plan.key, plan.node, plan.where, plan.lasts) for plan in demo_parameters().incidents)
