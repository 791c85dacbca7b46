"""The slice and window pickers. The address is the state: a pick only changes the query."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.slices import ALL, Slice
from layouts import ids
from layouts.context import Context, window_text

WINDOWS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24), timedelta(days=7), timedelta(days=30))
AUTO = "auto"


def pickers(context: Context, slice_values: Mapping[str, Sequence[str]]) -> list[Component]:
    """Both pickers; their values are the query's ``slice`` and ``window`` (``all``, ``auto``: to be left out)."""
    texts = context.texts
    slices = _picker(
        context, ids.SLICE_PICKER, texts("common.picker.slice"), _slices(context, slice_values), str(context.slice)
    )
    window = window_text(context.window) if context.window else AUTO
    windows = _picker(context, ids.WINDOW_PICKER, texts("common.picker.window"), _windows(context), window)
    return [slices, windows]


def _picker(context: Context, part_id: str, label: str, options: list[dict[str, str]], value: str) -> html.Div:
    box = dcc.Dropdown(
        id=part_id,
        options=options,
        value=value,
        clearable=False,
        searchable=len(options) > 12,
        maxHeight=420,
        labels={
            "search": context.texts("common.picker.search"),
            "no_options_found": context.texts("common.picker.none"),
        },
    )
    return html.Div(
        [html.Label(label, htmlFor=part_id, className="picker-label"), box], className=f"picker picker-{part_id}"
    )


def _slices(context: Context, slice_values: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    known = [Slice(((dimension, value),)) for dimension, values in slice_values.items() for value in values]
    if context.slice.pairs and context.slice not in known:
        known.insert(0, context.slice)
    every = [{"value": ALL, "label": context.texts("common.picker.all")}]
    return every + [{"value": str(one), "label": context.slice_name(one)} for one in known]


def _windows(context: Context) -> list[dict[str, str]]:
    known = sorted({*WINDOWS, context.window} if context.window else {*WINDOWS})
    named = [{"value": window_text(window), "label": context.formats.window(window)} for window in known]
    return [{"value": AUTO, "label": context.texts("common.picker.auto")}, *named]
