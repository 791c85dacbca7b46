"""The finders of SKUs and outlets: as a person types, those that hold what is typed in their name or number."""

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN, address_shown
from datasource.shared_subjects import matching
from layouts.shared_panel import FINDERS, MOST_FOUND, finder_results, found_id

LONGEST = 80


def register(app: Dash, pages: Pages) -> None:
    """List the first of them at once, and others on typing."""
    for kind in FINDERS:
        _register(app, pages, kind)


def _register(app: Dash, pages: Pages, kind: str) -> None:
    @app.callback(Output(found_id(kind), "children"), Input(FINDERS[kind], "value"), State(SHOWN, "data"))
    def listed(text: str | None, shown: dict[str, str] | None) -> list[Component]:
        if not shown:
            raise PreventUpdate
        wanted = (text or "")[:LONGEST]
        context = pages.context(pages.with_rights(address_shown(shown)))
        with pages.services.store.read() as connection:
            found = matching(connection, kind, wanted, MOST_FOUND + 1)
        return finder_results(context, kind, wanted, found)
