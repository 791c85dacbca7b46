"""The Dash app: one document around all pages, nothing fetched from elsewhere, callbacks checked against every id."""

import re
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
from dash import Dash, dcc, html
from dash.development.base_component import Component
from flask import Flask, request

from callbacks.languages import preferred
from callbacks.logs import log
from callbacks.pages.incidents import kinds
from callbacks.pages.shown import SHOWN
from datasource.errors import StoreError
from layouts import ids
from layouts.acting_dialog import acting_frame
from layouts.incidents_page import SAID, button_id
from layouts.orders_grid import EXPORT, GRID
from layouts.outbox_panel import SAID as OUTBOX_SAID
from layouts.shared_panel import FINDERS, found_id
from layouts.texts import LANGUAGES, Texts

DOCUMENT = """<!DOCTYPE html>
<html>
    <head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
    <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


_GRID = re.compile(r'<script src="([^"]*/dash_ag_grid\.[^"]*)"></script>')
_OLD_TABLE = re.compile(r'<script src="[^"]*/dash_table/[^"]*"></script>\n?')


class Site(Dash):
    """Dash with a document in the language of whoever asks."""

    def __init__(self, server: Flask, assets: Path) -> None:
        super().__init__(
            "lifeline",
            server=server,  # type: ignore[arg-type] # it takes a Flask, says its documentation
            assets_folder=str(assets),
            index_string=DOCUMENT,
            title=Texts("en")("common.brand"),
            update_title="",
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
            serve_locally=True,
            use_pages=False,
            pages_folder="",
            on_error=_failed,
        )

    def _generate_scripts_html(self) -> str:
        """The scripts of every page: the grid's is only named, for ``grid_late.js``; Dash's old table is nowhere."""
        scripts = _OLD_TABLE.sub("", super()._generate_scripts_html())
        return _GRID.sub(r'<script type="text/plain" id="late-grid" data-source="\1"></script>', scripts)

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override] # called by name only
        """The document, with words in the visitor's language until the page is there."""
        chosen = request.args.get("lang") or request.cookies.get("lang", "")
        lang = chosen if chosen in LANGUAGES else preferred(request.headers.get("Accept-Language", ""))
        texts = Texts(lang)
        parts["title"] = texts("common.brand")
        loading, script = texts("messages.page.loading"), texts("messages.page.script")
        parts["app_entry"] = (
            f'<div id="react-entry-point"><div class="_dash-loading">{loading}</div></div><noscript>{script}</noscript>'
        )
        document: str = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return document.replace("<html>", f'<html lang="{_tag(lang)}">', 1)


def validation_layout() -> Component:
    """Every part that a callback names, wherever it stands: Dash checks the callbacks against it."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION),
            dcc.Store(id=SHOWN),
            html.Div(id=ids.PAGE),
            dcc.Input(id=ids.SEARCH),
            html.Div(id=ids.SEARCH_RESULTS),
            dag.AgGrid(id=GRID),
            html.A(id=EXPORT),
            html.P(id=SAID),
            html.P(id=OUTBOX_SAID),
            dcc.Store(id=ids.REPLAY_COMMAND),
            html.Span(id=ids.REPLAY_ANSWER),
            *acting_frame(),
            *(part for kind, box in FINDERS.items() for part in (dcc.Input(id=box), html.Div(id=found_id(kind)))),
            *(html.Button(id=button_id(kind.key)) for kind in kinds()),
        ]
    )


def _tag(lang: str) -> str:
    return {"zh": "zh-Hans"}.get(lang, lang)


def _failed(error: Exception) -> None:
    """Log it. That the store is away is no fault of a callback: where in it that was noticed says nothing."""
    expected = isinstance(error, StoreError)
    log("pages").error("callback_failed", error=type(error).__name__, exc_info=None if expected else error)
