"""The panel of a node where something can be stopped: what is stopped now, and a finder for what is not yet."""

from collections.abc import Sequence
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.shared import ACTS, Shared, Stopped
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.icons import icon
from layouts.parts import hidden, panel
from layouts.shared_list import act_button, shared_items, shared_name

MOST_FOUND = 8
"""So many are listed below the finder's box; one more tells that there are more."""

FINDERS = {"sku": ids.FIND_SKU, "outlet": ids.FIND_OUTLET}


def found_id(kind: str) -> str:
    """The id of the part that holds what a finder found."""
    return f"{FINDERS[kind]}-found"


def shared_panel(context: Context, kind: str, found: Stopped, now: datetime) -> Component:
    """One quiet line while nothing is stopped, else the list of it; nothing of a store that knows none of the kind."""
    if not found.known:
        return html.Div(className="shared-unknown", hidden=True)
    texts = context.texts
    listed = html.Div(_listed(context, kind, found, now), id=ids.live("shared", kind), className="shared-lists")
    note = html.Span(_note(context, kind, found), id=ids.live("shared-note", kind))
    finder = _finder(context, kind) if ACTS[kind][0] in context.acting else None
    return panel([listed], title=texts(f"shared.{kind}.title"), note=note, actions=finder, classes="shared-panel")


def _note(context: Context, kind: str, found: Stopped) -> str:
    if not found.total:
        return context.texts(f"shared.{kind}.none")
    return context.texts(f"shared.{kind}.count", count=found.total, shown=context.formats.count(found.total))


def _listed(context: Context, kind: str, found: Stopped, now: datetime) -> list[Component]:
    texts, parts = context.texts, list[Component]()
    if found.rows:
        label = aria(label=texts(f"shared.{kind}.title"))
        parts.append(html.Ul(shared_items(context, found.rows, now), className="shared-list", **label))
    if found.total > len(found.rows):
        more = found.total - len(found.rows)
        words = texts(f"shared.{kind}.more", count=more, shown=context.formats.count(more))
        parts.append(html.P(words, className="shared-more"))
    listed = {one.key for one in found.rows}
    near = [one for one in found.near if one.key not in listed]
    if near:
        title = texts(f"shared.{kind}.near")
        parts.append(html.H3(title, className="shared-title"))
        parts.append(html.Ul(shared_items(context, near, now), className="shared-list", **aria(label=title)))
    return parts


def _finder(context: Context, kind: str) -> Component:
    """A menu with a box: what is typed into it is looked up on the server."""
    texts, box = context.texts, FINDERS[kind]
    button = html.Summary([html.Span(texts(f"shared.{kind}.find")), icon("chevron")], className="button finder-button")
    field = dcc.Input(
        id=box,
        type="search",
        placeholder=texts(f"shared.{kind}.example"),
        debounce=0.2,
        autoComplete="off",
        spellCheck=False,
        value="",
    )
    menu = [
        html.Label(texts(f"shared.{kind}.label"), htmlFor=box, className="visually-hidden"),
        field,
        html.Div(id=found_id(kind), className="finder-found", role="status"),
    ]
    return html.Details([button, html.Div(menu, className="picker-menu finder-menu")], className="picker finder")


def finder_results(context: Context, kind: str, text: str, found: Sequence[Shared]) -> list[Component]:
    """What hangs below the finder's box: a button for each, those that are stopped already without one.

    ``found``: up to one more than ``MOST_FOUND``.
    """
    texts, wanted = context.texts, text.strip()
    if not found:
        return [html.P(texts(f"shared.{kind}.no_match", text=wanted), className="finder-note")]
    first = found[:MOST_FOUND]
    parts: list[Component] = [_heading(context, kind, wanted, len(first))]
    parts += [_option(context, one) for one in first]
    if len(found) > MOST_FOUND:
        rest = texts("shared.finder.rest", shown=context.formats.count(MOST_FOUND))
        parts.append(html.P(rest, className="finder-note"))
    return parts


def _heading(context: Context, kind: str, wanted: str, count: int) -> Component:
    if not wanted:
        return html.P(context.texts(f"shared.{kind}.first"), className="picker-group")
    return hidden(context.texts(f"shared.{kind}.found", count=count, shown=context.formats.count(count)))


def _option(context: Context, one: Shared) -> Component:
    name = html.Span([html.Span(shared_name(context, one)), html.Span(one.key, className="finder-key")])
    aside = html.Span(_aside(context, one), className="finder-aside")
    if one.stopped:
        return html.Div([name, aside], className="picker-option is-stopped")
    return act_button(one, [name, aside], "picker-option")


def _aside(context: Context, one: Shared) -> str:
    if one.stopped:
        return context.texts(f"shared.state.{one.kind}_stopped")
    if one.available is None:
        return ""
    return context.texts("shared.available", shown=context.formats.count(one.available))
