"""The frame of every page: navigation, heading, search, pickers, banners and the live state.

A page is built whole, frame and all, by one function, so that the hub can compare it with the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import aria, data
from layouts.banners import banners, connection_lost
from layouts.context import Context
from layouts.freshness import Freshness, freshness_class
from layouts.parts import hidden, shown
from layouts.pickers import pickers
from layouts.replay_bar import replay_bar
from layouts.shortcuts import go, help_button, help_panel, shortcut
from layouts.sources_line import sources_line

__all__ = ["Freshness", "Heading", "shell"]

NAVIGATION = (
    ("/", "common.nav.lifeline"),
    ("/trends", "common.nav.trends"),
    ("/wall", "common.nav.wall"),
    ("/sources", "common.nav.sources"),
)
"""The pages that every page leads to: path and text."""

MOST_FOUND = 10
"""So many orders are listed below the search box; one more tells that there are more."""

AUDIT_NAVIGATION = (("/audit", "common.nav.audit"),)
"""Those besides for whoever may read the audit."""

DEMO_NAVIGATION = (("/incidents", "common.nav.incidents"),)
"""Those besides where the orders are invented."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The page's heading: ``trail`` are the pages above it as (text, address), ``finding`` the page's one sentence.

    ``tone`` colours the finding: ``""``, ``amber`` or ``red``. ``aside`` stands after the finding.
    """

    title: str
    finding: Any = None
    trail: Sequence[tuple[str, str]] = ()
    tone: str = ""
    aside: Any = None


def shell(
    context: Context,
    heading: Heading,
    children: Sequence[Component],
    freshness: Freshness,
    *,
    slice_values: Mapping[str, Sequence[str]] | None = None,
    tools: Sequence[Component] = (),
) -> html.Div:
    """The whole page. With ``slice_values`` (dimension to values) it has the slice and window pickers.

    ``tools``: a page's own pickers in their place.
    """
    chosen = tools if slice_values is None else pickers(context, slice_values)
    main = [
        *replay_bar(context),
        _header(context, heading, chosen),
        connection_lost(context),
        html.Div(banners(context, freshness), className="banners", id=ids.live("banners"), role="status"),
        html.Div(list(children), className=freshness_class(context, freshness), id=ids.live("content")),
    ]
    return html.Div(
        [
            html.A(context.texts("common.skip"), href=f"#{ids.MAIN}", className="skip"),
            _sidebar(context, freshness),
            html.Main(main, id=ids.MAIN, className="main", tabIndex=-1),
            help_panel(context, _navigation(context)),
        ],
        className="shell",
        lang={"zh": "zh-Hans"}.get(context.lang, context.lang),
        **data(theme=context.theme),
    )


def _navigation(context: Context) -> tuple[tuple[str, str], ...]:
    audit = AUDIT_NAVIGATION if context.rights.audit else ()
    return NAVIGATION + audit + (DEMO_NAVIGATION if context.demo else ())


def _sidebar(context: Context, freshness: Freshness) -> html.Header:
    texts = context.texts
    entries = html.Ul([html.Li(_entry(context, path, text)) for path, text in _navigation(context)])
    return html.Header(
        [
            html.Div(dcc.Link(texts("common.brand"), href=context.link("/"), className="brand")),
            html.Nav(entries, className="nav", **aria(label=texts("common.nav.label"))),
            html.Div(_foot(context, freshness), className="sidebar-foot"),
        ],
        className="sidebar",
    )


def _foot(context: Context, freshness: Freshness) -> list[Component]:
    who = html.Div(id=ids.WHO, className="who")
    return [_live_state(context, freshness), sources_line(context), _zone(context), _switches(context), who]


def _entry(context: Context, path: str, text: str) -> html.Span:
    here = aria(current="page") if context.path == path else {}
    link = dcc.Link(context.texts(text), href=context.link(path), className="nav-link")
    return html.Span(link, **here, **go(path))


def _live_state(context: Context, freshness: Freshness) -> html.Div:
    text = freshness.state_text(context)
    dot = html.Span(className=f"dot dot-{freshness.level(context)}", id=ids.live("dot"), **aria(hidden=True))
    return html.Div([dot, html.Span(text, id=ids.live("as-of"), className="as-of")], className="live-state")


def _zone(context: Context) -> html.Div:
    """The time zone of every time on the page, said once; and the way to the viewer's own, or back to the store's.

    Only the browser knows the viewer's: ``assets/zone.js`` writes its name into the address.
    """
    texts = context.texts
    if context.zone:
        other: Component = dcc.Link(texts("common.zone.store"), href=context.link(tz=""))
    else:
        other = html.Button(texts("common.zone.viewer"), type="button", className="link-button", **data(zone="viewer"))
    note = html.Span(texts("common.zone.note", zone=context.time_zone), className="zone-name")
    return html.Div([note, html.Span(other, className="zone-switch", **shortcut("z"))], className="zone")


def _switches(context: Context) -> html.Div:
    texts, lang, theme = context.texts, context.other_lang, context.other_theme
    language = html.Span(
        dcc.Link(
            [shown(texts("common.switch.lang")), hidden(texts("common.switch.lang_label"))],
            href=context.link(lang=lang),
        ),
        lang={"zh": "zh-Hans"}.get(lang, lang),
        **shortcut("L"),
    )
    colours = html.Span(
        dcc.Link(
            [shown(texts(f"common.switch.{theme}")), hidden(texts(f"common.switch.{theme}_label"))],
            href=context.link(theme=theme),
        ),
        **shortcut("t"),
    )
    demo = [html.Span(texts("common.demo"), className="demo-mark")] if context.demo else []
    return html.Div([*demo, language, colours, help_button(context)], className="switches")


def _header(context: Context, heading: Heading, chosen: Sequence[Component]) -> html.Div:
    title = [
        *(_crumb(text, href) for text, href in heading.trail),
        html.Span(heading.title, className="title-own"),
    ]
    finding = html.P(heading.finding, id=ids.live("finding"), className=f"finding finding-{heading.tone or 'plain'}")
    words = [html.H1(title, className="title"), finding]
    words += [html.Div(heading.aside, className="heading-aside")] if heading.aside is not None else []
    tools = [_search(context), *chosen]
    return html.Div([html.Div(words, className="heading"), html.Div(tools, className="tools")], className="top")


def _crumb(text: str, href: str) -> html.Span:
    return html.Span([dcc.Link(text, href=href), shown(" / ", "crumb-slash")], className="crumb")


def _search(context: Context) -> html.Div:
    texts = context.texts
    box = dcc.Input(
        id=ids.SEARCH,
        type="search",
        placeholder=texts("common.search.placeholder"),
        debounce=0.2,
        autoComplete="off",
        spellCheck=False,
        className="search-box",
        value="",
    )
    return html.Div(
        [
            html.Label(texts("common.search.label"), htmlFor=ids.SEARCH, className="visually-hidden"),
            box,
            html.Kbd("/", title=texts("common.search.hint"), className="search-key"),
            html.Div(id=ids.SEARCH_RESULTS, className="search-results", role="status"),
        ],
        className="search",
        role="search",
    )


def search_results(context: Context, text: str, found: Sequence[tuple[str, str | None]]) -> list[Component]:
    """What hangs below the search box: each order as a link, or that there is none. Empty text: nothing.

    ``found``: (order id, outer id), up to one more than ``MOST_FOUND``.
    """
    if not text.strip():
        return []
    if not found:
        return [html.P(context.texts("common.search.none", text=text), className="search-none")]
    shown_first = found[:MOST_FOUND]
    rows = [html.Li(dcc.Link(_found(order, outer), href=context.order_link(order))) for order, outer in shown_first]
    listed = html.Ul(rows, className="search-list")
    if len(found) > MOST_FOUND:
        more = context.texts("common.search.more", count=MOST_FOUND, text=text.strip())
        return [listed, html.P(more, className="search-none")]
    return [hidden(context.texts("common.search.found", count=len(found))), listed]


def _found(order_id: str, outer: str | None) -> list[Component]:
    return [html.Span(order_id, className="search-order"), html.Span(outer or "", className="search-outer")]
