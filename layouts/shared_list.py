"""SKUs and outlets in a list: what each is called, how it stands and why, and the button for what is possible now."""

from collections.abc import Sequence
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.shared import Shared
from layouts.acting_words import kind_name
from layouts.attributes import aria, data
from layouts.context import Context
from layouts.icons import icon
from layouts.order_voices import told_at
from layouts.parts import hidden
from layouts.who import actor_name


def shared_name(context: Context, one: Shared) -> str:
    """Its name in the language of the page; its key where it has none."""
    return context.texts.label(one.name, one.key)


def state_words(context: Context, one: Shared, now: datetime) -> str:
    """``Intake suspended since 14:02 by li.wei``; without the rest where nobody knows it."""
    if one.stopped and one.since and one.by:
        return context.texts(
            f"shared.state.{one.kind}_since",
            since=told_at(context, one.since, now),
            by=actor_name(context.texts, one.by),
        )
    return context.texts(f"shared.state.{one.kind}_stopped" if one.stopped else f"shared.state.{one.kind}_open")


def shared_items(context: Context, rows: Sequence[Shared], now: datetime, *, mixed: bool = False) -> list[Component]:
    """One item for each, with its button for whoever may press it. ``mixed``: of both kinds, so each says which."""
    return [_item(context, one, now, mixed=mixed) for one in rows]


def shared_of_order(context: Context, rows: Sequence[Shared], now: datetime, part_id: str) -> Component:
    """What an order shares with others: its SKUs and its outlet, side by side; nothing where none is known."""
    label = aria(label=context.texts("shared.of_order"))
    return html.Ul(
        shared_items(context, rows, now, mixed=True), id=part_id, className="shared-list shared-strip", **label
    )


def act_button(one: Shared, content: Sequence[Component | str], classes: str) -> Component:
    """What can be done to it now, as a button that opens the dialog."""
    marks = data(act=one.act, subject=one.key)
    return html.Button(list(content), type="button", className=classes, **marks)


def _item(context: Context, one: Shared, now: datetime, *, mixed: bool) -> Component:
    state: list[Component | str] = [icon("exclamation")] if one.stopped else []
    state.append(html.Span(state_words(context, one, now)))
    what = [html.Span(context.texts(f"shared.kind.{one.kind}"), className="shared-kind")] if mixed else []
    what.append(html.Span(_name(context, one), className="shared-name"))
    what.append(html.Span(_key(context, one), className="shared-key"))
    words: list[Component] = [
        html.Div(what, className="shared-what"),
        html.Div(state, className="shared-state"),
    ]
    if one.stopped and one.reason:
        words.append(html.Div(context.texts("shared.reason", reason=one.reason), className="shared-reason"))
    cells: list[Component] = [html.Div(words, className="shared-words")]
    if one.act in context.acting:
        label: list[Component | str] = [kind_name(context, one.act), hidden(" " + shared_name(context, one))]
        cells.append(html.Div(act_button(one, label, "button"), className="acting-bar"))
    return html.Li(cells, className="shared-item is-stopped" if one.stopped else "shared-item")


def _name(context: Context, one: Shared) -> Component | str:
    """For whoever may read the audit it leads to all that was done to it."""
    name = shared_name(context, one)
    if not context.rights.audit:
        return name
    href = context.link("/audit", slice="all", window="", at="", more={"subject": f"{one.kind}:{one.key}"})
    return dcc.Link(name, href=href, className="value-link")


def _key(context: Context, one: Shared) -> str:
    if one.quantity is None:
        return one.key
    pieces = context.texts("shared.pieces", count=one.quantity, shown=context.formats.count(one.quantity))
    return f"{one.key} · {pieces}"
