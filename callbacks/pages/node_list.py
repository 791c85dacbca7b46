"""The list on the node page: the grid asks for a block of orders, and gets it sorted and filtered."""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.pages.address import Address, AddressError
from callbacks.pages.node import state_of
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from datasource.node_orders import node_orders
from datasource.order_fields import OrderQueryError
from datasource.order_marks import order_marks
from layouts.orders_grid import EXPORT, GRID, export_address
from layouts.orders_rows import grid_query, grid_rows


def register(app: Dash, pages: Pages) -> None:
    """The grid asks for a block of orders, and gets it sorted and filtered."""

    @app.callback(
        Output(GRID, "getRowsResponse"), Input(GRID, "getRowsRequest"), State(SHOWN, "data"), prevent_initial_call=True
    )
    def block(request: dict[str, Any] | None, shown: dict[str, str] | None) -> dict[str, Any]:
        if not request or not shown:
            raise PreventUpdate
        try:
            return orders_block(pages, request, pages.shown(shown))
        except (AddressError, KeyError, OrderQueryError):
            return {"rowData": [], "rowCount": 0}

    @app.callback(
        Output(EXPORT, "href"), Input(GRID, "getRowsRequest"), State(SHOWN, "data"), prevent_initial_call=True
    )
    def export(request: dict[str, Any] | None, shown: dict[str, str] | None) -> str:
        if not request or not shown:
            raise PreventUpdate
        return export_link(pages, request, pages.shown(shown))


def export_link(pages: Pages, request: Mapping[str, Any], address: Address) -> str:
    """The address of the list as CSV, as it is sorted and filtered in the grid."""
    context = pages.context(address)
    asked, key = grid_query(context, request), address.path.removeprefix("/node/")
    if key not in context.lifeline:
        raise PreventUpdate
    return export_address(context, context.lifeline.node(key), state_of(address), asked.sort, asked.filters)


def orders_block(pages: Pages, request: Mapping[str, Any], address: Address) -> dict[str, Any]:
    """The rows that the grid asks for, and how many there are in all."""
    context, now = pages.context(address), pages.clock.now()
    asked = grid_query(context, request)
    with pages.services.store.read() as connection:
        found = node_orders(
            connection,
            context.lifeline,
            address.path.removeprefix("/node/"),
            state=state_of(address),
            at=context.at or now,
            window=context.window,
            slice=context.slice,
            limit=asked.end - asked.start,
            offset=asked.start,
            sort=asked.sort,
            filters=asked.filters,
        )
        marks = order_marks(connection, (row.order_id for row in found.rows))
    return {"rowData": grid_rows(context, found, marks), "rowCount": found.total}
