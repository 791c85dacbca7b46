"""The router: an address in, a whole page out. The first view and every live tick come through here."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import quote

from dash.development.base_component import Component

from callbacks.acting import Acting
from callbacks.filters import FilterError, Filters
from callbacks.gate import caller_here
from callbacks.pages import audit, incidents, lifeline, node, order, sources, trends, wall
from callbacks.pages.address import Address, AddressError
from callbacks.pages.failures import Failures
from callbacks.pages.shown import address_shown
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.clock import Clock
from dashboard.doors import may_see
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from dashboard.replay import Replay
from dashboard.rights import rights_of
from datasource.errors import StoreError
from layouts.context import Context
from layouts.message_page import broken_page, failed_page, not_found_page, wrong_filter_page
from layouts.shell import Freshness

Build = Callable[[Services, Reads, Address, Context, str, datetime], Component | None]

_UNKNOWN = Lifeline("", "UTC", "", ())
"""Stands in while the store cannot say which lifeline is in force."""

PAGES: Mapping[str, Build] = {
    "": lifeline.page,
    "trends": trends.page,
    "wall": wall.page,
    "sources": sources.page,
    "incidents": incidents.page,
    "audit": audit.page,
}
"""Pages that are one of a kind, by path."""

ROUTES: Mapping[str, Build] = {"node": node.page, "order": order.page}
"""Pages of one thing each, by the path above it."""


class Pages:
    """Builds the page of an address for a viewer.

    ``acting``: the one door to actions. ``caller``: who asks, inside a callback. ``people``: who may be assigned to.
    """

    def __init__(
        self,
        services: Services,
        reads: Reads,
        acting: Acting,
        caller: Callable[[], Caller | None] = caller_here,
        people: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.services, self.reads = services, reads
        self.acting, self.caller, self.people = acting, caller, people
        self._failures = Failures(services.clock)

    def may_see(self, url: str) -> bool:
        """Whether whoever asks now may see a page. The gate asked before; here it is asked of what is really shown."""
        return may_see(self.caller(), url)

    def shown(self, told: Mapping[str, str] | None) -> Address:
        """The address of the page that the browser shows.

        Raises:
            AddressError: that is none of ours, or none of theirs.
        """
        address = address_shown(told)
        if not self.may_see(str((told or {}).get("url", "/"))):
            raise AddressError("not a page of this caller")
        return address

    def with_rights(self, address: Address) -> Address:
        """The address as whoever asks now may see it."""
        return replace(address, rights=rights_of(self.caller()))

    @property
    def clock(self) -> Clock:
        """The clock that the pages go by."""
        return self.services.clock

    def build(self, address: Address) -> Component:
        """The page; one that does not exist, or whose filters cannot be used, says so.

        Raises:
            StoreError: the store did not answer.
        """
        now = self.clock.now()
        lifeline_ = self.services.store.lifeline()
        try:
            filters = address.filters(lifeline_, now)
        except FilterError as error:
            context = self._context(address, Filters())
            return wrong_filter_page(context, error.sentence(context.texts), Freshness(now))
        context = self._context(address, filters)
        try:
            return self._routed(address, context, now) or not_found_page(context, Freshness(now))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one page's fault is no other page's
            self._failures.report(_kind(address), "page", error)
            return broken_page(context, Freshness(now))

    def first_view(self, address: Address) -> Component:
        """The page, or one that says that the store did not answer."""
        try:
            return self.build(address)
        except StoreError:
            return failed_page(self._bare(address), Freshness(self.clock.now()))

    def context(self, address: Address) -> Context:
        """The surroundings of an address, its filters left out where they cannot be used."""
        try:
            filters = address.filters(self.services.store.lifeline(), self.clock.now())
        except FilterError:
            filters = Filters()
        return self._context(address, filters)

    def time_zone(self, address: Address) -> str:
        """The zone that the page of an address tells the time in."""
        with suppress(StoreError):
            return self.context(address).time_zone
        return _UNKNOWN.time_zone

    def _context(self, address: Address, filters: Filters) -> Context:
        services = self.services
        lifeline_, demo = services.store.lifeline(), services.demo is not None
        context = address.context(lifeline_, filters, demo=demo, backfill=services.backfill)
        return replace(
            context,
            replay=self._replay(),
            sources=self.reads.sources(self.clock.now(), filters.at),
            report=partial(self._failures.report, _kind(address)),
        )

    def _bare(self, address: Address) -> Context:
        context = address.context(_UNKNOWN, Filters(), demo=self.services.demo is not None)
        return replace(context, replay=self._replay())

    def _replay(self) -> Replay | None:
        return None if self.services.replay is None else self.services.replay.state()

    def _routed(self, address: Address, context: Context, now: datetime) -> Component | None:
        name, _, rest = address.path.strip("/").partition("/")
        build = (ROUTES if rest else PAGES).get(name)
        return build(self.services, self.reads, address, context, rest, now) if build else None


def _kind(address: Address) -> str:
    """Which page it is, without the name of the one thing that it may be about."""
    return address.path.strip("/").partition("/")[0]


def order_path(order_id: str) -> str:
    """The path of an order's page."""
    return "/order/" + quote(order_id, safe="")
