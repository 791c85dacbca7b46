"""The keyboard: which keys there are, the panel that lists them, and the marks by which ``assets/shortcuts.js`` acts.

A part that carries ``data-shortcut`` is clicked, or its link is, when its keys are pressed.
"""

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import aria, data
from layouts.context import Context

GO = {"/": "l", "/trends": "t", "/wall": "w", "/sources": "s", "/incidents": "i"}
"""The letter after ``g`` that leads to a page."""

ANYWHERE = (
    ("?", "help"),
    ("/", "search"),
    ("j  k", "walk"),
    ("[  ]", "window"),
    ("t", "theme"),
    ("L", "language"),
    ("z", "zone"),
    ("p", "print"),
    ("r", "replay"),
    ("Esc", "close"),
)
"""Keys, and what they do as a text of the catalogue."""


def shortcut(keys: str) -> dict[str, Any]:
    """The mark of the part that these keys act on."""
    return data(shortcut=keys)


def go(path: str) -> dict[str, Any]:
    """The mark of a navigation entry; nothing where its page has no letter."""
    return shortcut(f"g {GO[path]}") if path in GO else {}


def help_panel(
    context: Context, pages: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...] = ()
) -> Component:
    """The panel: a dialog that the browser keeps the focus in and closes on Escape.

    ``pages``: path and text. ``more``: keys of this page alone, and what they do.
    """
    texts = context.texts
    rows = [_row(f"g {GO[path]}", texts("common.keys.go", page=texts(text))) for path, text in pages if path in GO]
    rows += [_row(keys, texts(f"common.keys.{name}")) for keys, name in (*more, *ANYWHERE)]
    title = html.H2(texts("common.keys.title"), className="panel-title", id=ids.KEYS_TITLE)
    close = html.Button(texts("common.keys.done"), type="button", className="button", **data(closes=ids.KEYS))
    named = aria(labelledby=ids.KEYS_TITLE)
    return html.Dialog([title, html.Dl(rows, className="keys"), close], id=ids.KEYS, className="keys-panel", **named)


def help_button(context: Context) -> Component:
    """What opens the panel with the mouse."""
    return html.Button(
        context.texts("common.keys.open"), type="button", className="link-button", **data(opens=ids.KEYS)
    )


def _row(keys: str, does: str) -> html.Div:
    caps = [html.Kbd(key) for key in keys.split()]
    return html.Div([html.Dt(caps), html.Dd(does)], className="key-row")
