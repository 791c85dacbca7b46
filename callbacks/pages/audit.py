"""The audit page: fetch a page of entries and the state of the chain, lay them out."""

from dataclasses import replace
from datetime import datetime

from dash.development.base_component import Component

from callbacks.audit_query import read_audit_query
from callbacks.filters import FilterError
from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.actions import CATALOGUE
from layouts.audit_page import OWN, AuditView, audit_page
from layouts.context import Context
from layouts.message_page import wrong_filter_page
from layouts.shell import Freshness


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page for the filters of its address; there is none for whoever may not read the audit."""
    del rest, services
    if not context.rights.audit:
        return None
    query = address.parameters
    mine = replace(context, own={name: query[name] for name in OWN if query.get(name)})
    freshness = Freshness(context.at or now)
    try:
        asked = read_audit_query(query, context.lifeline, context.at or now)
    except FilterError as error:
        return wrong_filter_page(mine, error.sentence(context.texts), freshness)
    wanted = asked.asked
    if context.at is not None and (wanted.until is None or wanted.until > context.at):
        wanted = replace(wanted, until=context.at)
    view = AuditView(
        entries=lambda: reads.audit.page(wanted),
        chain=reads.audit.chain,
        asked=wanted,
        kinds=[kind.key for kind in CATALOGUE],
        freshness=freshness,
        span=asked.span,
    )
    return audit_page(view, mine)
