"""The buttons beside messages that were given up: a click sends one again."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.outbox_reads import dead_letter
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from callbacks.sending import Gone, NotDead, send_again
from dashboard.permissions import Caller, Permission, may
from layouts.context import Context
from layouts.outbox_panel import SAID, SEND, said


def register(app: Dash, pages: Pages) -> None:
    """A click sends the message of its button."""

    @app.callback(
        Output(SAID, "children"),
        Input({"type": SEND, "index": ALL}, "n_clicks"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def clicked(clicks: list[int | None], shown: dict[str, str] | None) -> str:
        del clicks
        pressed: Any = ctx.triggered_id
        if not pressed or not ctx.triggered[0]["value"]:  # a page that was drawn anew presses nothing
            raise PreventUpdate
        return sent_again(pages, pages.context(pages.shown(shown)), str(pressed["index"]), pages.caller())


def sent_again(pages: Pages, context: Context, message_id: str, caller: Caller | None) -> str:
    """Send one again; answers what came of it, in words."""
    if caller is None or not may(caller, Permission.OUTBOX):
        return context.texts("outgoing.said.refused")
    try:
        return said(context, dead_letter(send_again(pages.services, pages.reads, message_id, caller)))
    except (Gone, NotDead):
        return said(context, None)
