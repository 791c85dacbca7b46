"""The search box: as a person types it lists the orders, on Enter it opens the one that is meant."""

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from datasource.search import find_orders
from layouts import ids
from layouts.shell import MOST_FOUND, search_results

LONGEST = 120


def register(app: Dash, pages: Pages) -> None:
    """List on typing, open on Enter."""

    @app.callback(
        Output(ids.SEARCH_RESULTS, "children"),
        Input(ids.SEARCH, "value"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def listed(text: str | None, shown: dict[str, str]) -> list[Component]:
        wanted = (text or "").strip()[:LONGEST]
        return search_results(pages.context(pages.shown(shown)), wanted, found(pages, wanted))

    @app.callback(
        Output(ids.LOCATION, "href"),
        Input(ids.SEARCH, "n_submit"),
        State(ids.SEARCH, "value"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def opened(submitted: int | None, text: str | None, shown: dict[str, str]) -> str:
        meant = the_one_meant(text or "", found(pages, (text or "").strip()[:LONGEST])) if submitted else None
        if meant is None:
            raise PreventUpdate
        return pages.context(pages.shown(shown)).order_link(meant)


def found(pages: Pages, text: str) -> list[tuple[str, str | None]]:
    """The orders whose id or outer id begins with the text; nothing for no text."""
    if not text:
        return []
    with pages.services.store.read() as connection:
        return list(find_orders(connection, text, MOST_FOUND + 1))


def the_one_meant(text: str, orders: list[tuple[str, str | None]]) -> str | None:
    """The order whose id or outer id is the text, or the only one found."""
    wanted = text.strip().casefold()
    exact = [order_id for order_id, outer in orders if wanted in {order_id.casefold(), (outer or "").casefold()}]
    if len(exact) == 1 or len(orders) == 1:
        return (exact or [orders[0][0]])[0]
    return None
