"""The buttons on the page of incidents: a click begins one, or ends it."""

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.logs import log
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN, address_shown
from datasource.demo.commanding import IncidentRefused, Order, start_incident, stop_incidents
from datasource.demo.parameters import demo_parameters
from layouts.context import Context
from layouts.incidents_page import BUTTON, SAID, START, said


def register(app: Dash, pages: Pages) -> None:
    """A click begins or ends the incident of its button."""
    buttons = {"type": BUTTON, "kind": ALL}

    @app.callback(
        Output(SAID, "children"),
        Input(buttons, "n_clicks"),
        State(buttons, "value"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def clicked(clicks: Sequence[int | None], acts: Sequence[str], shown: dict[str, str] | None) -> str:
        del clicks
        kind, act = _pressed(acts)
        return ordered(pages, pages.context(address_shown(shown)), kind, act)


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


def _pressed(acts: Sequence[str]) -> tuple[str, str]:
    """Kind and act of the button that was pressed; one that was only drawn anew was not."""
    pressed: Any = ctx.triggered_id
    if not pressed or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    drawn = [button["id"]["kind"] for button in ctx.states_list[0]]
    return pressed["kind"], acts[drawn.index(pressed["kind"])]
