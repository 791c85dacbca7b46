"""The orders that a node's list holds, as ids: resolved once, so that an action is about these and no others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from callbacks.filters import Filters
from callbacks.services import Services
from dashboard.lifeline import Lifeline
from datasource.node_orders import export_rows

MOST_READ = 100_000
"""Of a list that is longer, the rest is not even read: no action takes as many."""


@dataclass(frozen=True, slots=True)
class ListAsked:
    """A node's list, as its page shows it. ``model``: the grid's filters."""

    node: str
    state: str
    filters: Filters
    model: Mapping[str, Any] = field(default_factory=dict)


def matching_orders(services: Services, lifeline: Lifeline, asked: ListAsked) -> tuple[str, ...]:
    """The ids in the order of the list, each once.

    Raises:
        KeyError: the lifeline has no such node.
        OrderQueryError: the state or a filter is not understood.
    """
    with services.store.read() as connection:
        rows = export_rows(
            connection,
            lifeline,
            asked.node,
            state=asked.state,
            at=asked.filters.at or services.clock.now(),
            window=asked.filters.window,
            slice=asked.filters.slice,
            filters=asked.model,
        )
        return tuple(dict.fromkeys(row["order_id"] for row in islice(rows, MOST_READ)))
