"""Which orders a person meant: those that were ticked, or all that the list on the page holds, frozen now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from callbacks.pages.node import state_of
from callbacks.pages.router import Pages
from datasource.node_orders import export_rows
from layouts.orders_rows import grid_filters

MOST_READ = 100_000
"""Of a list that is longer, the rest is not even read: no action takes as many."""


@dataclass(frozen=True, slots=True)
class Selected:
    """``every``: all that match ``filters`` (the grid's model), else ``orders``. ``title``: of the page.

    ``orders``: ids, or the keys of SKUs or outlets where the action is about those.
    """

    orders: tuple[str, ...] = ()
    every: bool = False
    filters: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    @classmethod
    def of(cls, ask: Mapping[str, Any]) -> "Selected":
        """What the browser sent; whatever is no list of ids is none."""
        orders = ask.get("subjects") or ask.get("orders")
        ids = tuple(dict.fromkeys(str(one) for one in orders)) if isinstance(orders, list) else ()
        filters = ask.get("filters")
        return cls(
            ids, bool(ask.get("every")), filters if isinstance(filters, dict) else {}, str(ask.get("title") or "")
        )


def selected_orders(pages: Pages, selected: Selected, shown: Mapping[str, str]) -> tuple[str, ...]:
    """The ids, each once, in the order of the list.

    Raises:
        OrderQueryError: the filters are none.
    """
    if not selected.every:
        return selected.orders
    address = pages.shown(shown)
    context = pages.context(address)
    with pages.services.store.read() as connection:
        rows = export_rows(
            connection,
            context.lifeline,
            address.path.removeprefix("/node/"),
            state=state_of(address),
            at=pages.clock.now(),
            window=context.window,
            slice=context.slice,
            filters=grid_filters(context, selected.filters),
        )
        return tuple(dict.fromkeys(row["order_id"] for row in islice(rows, MOST_READ)))
