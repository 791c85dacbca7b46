"""The slice and window pickers: menus of links, because the address is the state. They need no callback."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.slices import ALL, Slice
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.icons import icon

WINDOWS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24), timedelta(days=7), timedelta(days=30))
LONG_LIST = 14

Option = tuple[str, str, bool]
"""A choice: its text, its address, and whether it is the present one."""


def pickers(context: Context, slice_values: Mapping[str, Sequence[str]]) -> list[Component]:
    """Both pickers. ``slice_values``: the values seen of each dimension, in the order to show them."""
    texts, formats = context.texts, context.formats
    window = formats.window(context.window) if context.window else texts("common.picker.auto")
    return [
        slice_picker(context, slice_values),
        picker(context, ids.WINDOW_PICKER, ("common.picker.window", window), [(None, _windows(context))]),
    ]


def slice_picker(context: Context, slice_values: Mapping[str, Sequence[str]]) -> html.Details:
    """The picker of the orders to show."""
    shown = ("common.picker.slice", context.slice_name())
    return picker(context, ids.SLICE_PICKER, shown, _slices(context, slice_values))


def picker(
    context: Context, part_id: str, shown: tuple[str, str], groups: Sequence[tuple[str | None, Sequence[Option]]]
) -> html.Details:
    """A menu of links. ``shown``: the text of its label, and the present choice in words."""
    label, present = context.texts(shown[0]), shown[1]
    button = html.Summary(
        [html.Span(label, className="picker-label"), html.Span(present, className="picker-value"), icon("chevron")],
        className="picker-button",
    )
    content = [child for title, options in groups if options for child in _group(title, options)]
    menu = html.Div(
        _filter(context, part_id, groups) + content, className="picker-menu", role="group", **aria(label=label)
    )
    return html.Details([button, menu], id=part_id, className="picker")


def _group(title: str | None, options: Sequence[Option]) -> list[Component]:
    heading: list[Component] = [html.Div(title, className="picker-group")] if title else []
    return [*heading, html.Ul([_option(*option) for option in options], className="picker-list")]


def _option(text: str, address: str, present: bool) -> html.Li:
    link = dcc.Link([html.Span(text), icon("tick", "picker-tick")], href=address, className="picker-option")
    return html.Li(link, **(aria(current="true") if present else {}))


def _filter(context: Context, part_id: str, groups: Sequence[tuple[str | None, Sequence[Option]]]) -> list[Component]:
    if sum(len(options) for _, options in groups) <= LONG_LIST:
        return []
    field, text = f"{part_id}-filter", context.texts("common.picker.filter")
    label = html.Label(text, htmlFor=field, className="visually-hidden")
    box = dcc.Input(id=field, type="search", placeholder=text, autoComplete="off", className="picker-filter", value="")
    return [label, box]


def _slices(context: Context, slice_values: Mapping[str, Sequence[str]]) -> list[tuple[str | None, Sequence[Option]]]:
    every = (context.texts("common.picker.all"), context.link(slice=ALL), not context.slice.pairs)
    groups: list[tuple[str | None, Sequence[Option]]] = [(None, [every, *_combined(context, slice_values)])]
    for dimension, values in slice_values.items():
        slices = [(value, Slice(((dimension, value),))) for value in values]
        options = [
            (context.value_name(dimension, value), context.link(slice=one), one == context.slice)
            for value, one in slices
        ]
        groups.append((context.dimension_name(dimension), options))
    return groups


def _combined(context: Context, slice_values: Mapping[str, Sequence[str]]) -> list[Option]:
    """The present slice where the lists do not have it: a combination, or a value not seen yet."""
    pairs = context.slice.pairs
    listed = len(pairs) == 1 and pairs[0][1] in slice_values.get(pairs[0][0], ())
    return [] if not pairs or listed else [(context.slice_name(), context.link(), True)]


def _windows(context: Context) -> list[Option]:
    known = sorted({*WINDOWS, context.window} if context.window else {*WINDOWS})
    automatic = (context.texts("common.picker.auto_long"), context.link(window=""), context.window is None)
    widths = [(context.formats.window(width), context.link(window=width), width == context.window) for width in known]
    return [automatic, *widths]
