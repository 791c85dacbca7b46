"""The frame of a wall: nothing to click at rest, one content that fills the screen, and a bar that a hand brings up."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import aria, data
from layouts.banners import connection_lost
from layouts.context import Context
from layouts.freshness import Freshness, freshness_class
from layouts.parts import hidden, shown
from layouts.shell import NAVIGATION
from layouts.shortcuts import go, help_button, help_panel, shortcut

PATH = "/wall"
KEYS = (("f", "fullscreen"), ("␣", "pause"), ("←  →", "scene"))


def is_wall(context: Context) -> bool:
    """Whether the page is a wall, whatever becomes of it."""
    return context.path.rstrip("/") == PATH


def wall_frame(
    context: Context, children: Sequence[Component], freshness: Freshness, marks: dict[str, Any] | None = None
) -> html.Div:
    """The whole page. All that may change is in its content, so that any state of a wall can become any other.

    ``marks``: data attributes for ``assets/wall.js``.
    """
    title = html.H1(
        [html.Span(context.texts("wall.title"), className="title-own"), html.Span(context.texts("common.brand"))],
        className="visually-hidden",
    )
    content = html.Div(
        list(children),
        className=f"{freshness_class(context, freshness)} wall-content",
        id=ids.live("content"),
        **(marks or {}),
    )
    return html.Div(
        [
            html.Main([title, connection_lost(context), content], id=ids.MAIN, className="wall", tabIndex=-1),
            _tools(context),
            help_panel(context, NAVIGATION, KEYS),
        ],
        className="wall-shell",
        lang={"zh": "zh-Hans"}.get(context.lang, context.lang),
        **data(theme=context.theme),
    )


def _tools(context: Context) -> html.Nav:
    """Hidden while nobody moves a pointer or a focus: pages, language, colours, full screen, keys."""
    texts, lang, theme = context.texts, context.other_lang, context.other_theme
    pages = [
        html.Span(dcc.Link(texts(text), href=context.link(path)), **go(path))
        for path, text in NAVIGATION
        if path != PATH
    ]
    switches = [
        html.Span(
            dcc.Link(
                [shown(texts("common.switch.lang")), hidden(texts("common.switch.lang_label"))],
                href=context.link(lang=lang),
            ),
            lang={"zh": "zh-Hans"}.get(lang, lang),
            **shortcut("L"),
        ),
        html.Span(
            dcc.Link(
                [shown(texts(f"common.switch.{theme}")), hidden(texts(f"common.switch.{theme}_label"))],
                href=context.link(theme=theme),
            ),
            **shortcut("t"),
        ),
    ]
    full = html.Button(texts("wall.fullscreen"), type="button", className="link-button", **data(fullscreen="toggle"))
    label = aria(label=texts("common.nav.label"))
    return html.Nav([*pages, *switches, full, help_button(context)], className="wall-tools", **label)
