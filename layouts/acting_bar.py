"""The buttons that begin an action: one fitting dark one, a few quiet ones, and a menu with all that may be done."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.acting import ActionKind
from dashboard.actions import CATALOGUE
from dashboard.marks import Mark
from layouts.acting_words import kind_name, stands
from layouts.attributes import aria, data
from layouts.context import Context
from layouts.icons import icon
from layouts.parts import hidden

AT_NODE = ("assign", "note")
AT_ORDER = ("note", "hold", "release_hold")
OTHERWISE = "assign"
"""What fits where no action is made for the node."""

TURNS = {
    "hold": ("hold", False),
    "release_hold": ("hold", True),
    "open_ticket": ("ticket", False),
    "close_ticket": ("ticket", True),
    "freeze_settlement": ("settlement", False),
    "unfreeze_settlement": ("settlement", True),
}
"""Actions that make sense only while a mark is, or is not, on the order."""


def offered(context: Context, marks: Sequence[Mark] | None = None) -> list[ActionKind]:
    """What this view may do with orders, in the catalogue's order, what cannot be undone last.

    ``marks``: of the one order that it is about.
    """
    kinds = [kind for kind in CATALOGUE if kind.subject == "order" and kind.key in context.acting]
    if marks is not None:
        there = {mark.kind for mark in marks if stands(mark)}
        kinds = [kind for kind in kinds if _fits(kind.key, there)]
    return sorted(kinds, key=lambda kind: not kind.undoable)


def _fits(key: str, there: set[str]) -> bool:
    mark, needed = TURNS.get(key, ("", False))
    return not mark or (mark in there) == needed


def fitting(kinds: Sequence[ActionKind], node: str | None, exception: str | None) -> ActionKind | None:
    """The action that helps here: against what went wrong, else the one that belongs to the node, else assigning."""
    by_exception = [kind for kind in kinds if exception and exception in kind.exceptions]
    by_node = [kind for kind in kinds if node and node in kind.nodes]
    otherwise = [kind for kind in kinds if kind.key == OTHERWISE]
    return next(iter([*by_exception, *by_node, *otherwise]), None)


def node_actions(context: Context, node: str, exception: str | None) -> list[Component]:
    """The buttons above a node's list; they act on what is ticked. None for a viewer."""
    kinds = offered(context)
    first = fitting(kinds, node, exception)
    quiet = [kind for kind in kinds if kind.key in AT_NODE and kind is not first]
    return [*_buttons(context, quiet, ""), *_more(context, kinds, ""), *_primary(context, first, "")]


def order_actions(
    context: Context, order_id: str, node: str | None, exception: str | None, marks: Sequence[Mark]
) -> list[Component]:
    """The buttons of one order. None for a viewer."""
    kinds = offered(context, marks)
    held = any(mark.kind == "hold" for mark in marks)
    release = next((kind for kind in kinds if kind.key == "release_hold"), None)
    first = release if held and release else fitting(kinds, node, exception)
    quiet = [kind for key in AT_ORDER for kind in kinds if kind.key == key and kind is not first]
    return [*_buttons(context, quiet, order_id), *_more(context, kinds, order_id), *_primary(context, first, order_id)]


def selection(context: Context) -> Component:
    """How many are ticked, and all that match with one click; ``assets/acting_selection.js`` fills it in."""
    texts = context.texts
    count = html.Span(
        texts("acting_ui.selection.many", count=0),
        id="acting-count",
        role="status",
        className="acting-count",
        **data(many=texts("acting_ui.selection.many", count="{count}"), one=texts("acting_ui.selection.one")),
    )
    every = html.Button(
        texts("acting_ui.selection.all", count=0),
        id="acting-all",
        type="button",
        className="link-button",
        **data(many=texts("acting_ui.selection.all", count="{count}")),
    )
    none = html.Button(texts("acting_ui.selection.none"), id="acting-none", type="button", className="link-button")
    return html.Span([count, every, none], id="acting-selection", className="acting-selection")


def _buttons(context: Context, kinds: Sequence[ActionKind], order_id: str) -> list[Component]:
    return [_button(context, kind, order_id, "button") for kind in kinds]


def _primary(context: Context, kind: ActionKind | None, order_id: str) -> list[Component]:
    return [_button(context, kind, order_id, "button button-primary")] if kind else []


def _button(context: Context, kind: ActionKind, order_id: str, classes: str) -> Component:
    marks = data(act=kind.key, order=order_id) if order_id else {**data(act=kind.key), **aria(disabled=True)}
    return html.Button(kind_name(context, kind.key), type="button", className=classes, **marks)


def _more(context: Context, kinds: Sequence[ActionKind], order_id: str) -> list[Component]:
    if not kinds:
        return []
    texts = context.texts
    label = texts("acting_ui.more_label")
    button = html.Summary(
        [html.Span(texts("acting_ui.more")), hidden(" " + label), icon("chevron")],
        className="button acting-more-button",
    )
    safe = [kind for kind in kinds if kind.undoable]
    final = [kind for kind in kinds if not kind.undoable]
    content: list[Component] = [_menu(context, safe, order_id)]
    if final:
        content += [
            html.Div(texts("acting_ui.irreversible"), className="picker-group"),
            _menu(context, final, order_id),
        ]
    menu = html.Div(content, className="picker-menu", role="group", **aria(label=label))
    return [html.Details([button, menu], className="picker acting-more")]


def _menu(context: Context, kinds: Sequence[ActionKind], order_id: str) -> Component:
    items = [html.Li(_button(context, kind, order_id, "picker-option")) for kind in kinds]
    return html.Ul(items, className="picker-list")
