"""The buttons on the page of incidents: a click begins one, or ends it."""

from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.logs import log
from callbacks.pages.incidents import kinds
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from datasource.demo.commanding import IncidentRefused, Order, start_incident, stop_incidents
from datasource.demo.parameters import demo_parameters
from layouts.context import Context
from layouts.incidents_page import SAID, START, button_id, said


def register(app: Dash, pages: Pages) -> None:
    """A click begins or ends the incident of its button."""
    buttons = {button_id(kind.key): kind.key for kind in kinds()}

    @app.callback(
        Output(SAID, "children"),
        [Input(button, "n_clicks") for button in buttons],
        [State(button, "value") for button in buttons],
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def clicked(*told: Any) -> str:
        *acts, shown = told[len(buttons) :]
        pressed = str(ctx.triggered_id)
        if pressed not in buttons or not ctx.triggered[0]["value"]:  # a page that was drawn anew presses nothing
            raise PreventUpdate
        act = acts[list(buttons).index(pressed)]
        return ordered(pages, pages.context(pages.shown(shown)), buttons[pressed], act)


def ordered(pages: Pages, context: Context, kind: str, act: str) -> str:
    """Begin or end the incidents of a kind; answers what came of it, in words."""
    services = pages.services
    if services.demo is None:
        raise PreventUpdate
    try:
        with services.store.begin() as connection:
            now = services.clock.now()
            if act == START:
                done = [start_incident(connection, Order(kind), demo_parameters(), context.lifeline, now)]
            else:
                done = [*stop_incidents(connection, kind, now)]
    except IncidentRefused as refused:
        return context.texts(f"incidents.refused.{refused.text}", **refused.values)
    log("incidents").info("incident_ordered", act=act, incidents=[one.incident_id for one in done])
    return said(context, act, done)
