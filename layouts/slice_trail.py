"""What the page is narrowed to: each value with a link that drops it alone, and keeps every other filter."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import aria
from layouts.context import Context, Parameters
from layouts.icons import icon


def slice_trail(context: Context, more: Parameters | None = None) -> Component:
    """One line, empty where nothing is filtered. ``more``: the page's own parameters, which the links keep."""
    texts, pairs = context.texts, context.slice.pairs
    parts: list[Component] = []
    if pairs:
        parts.append(html.Span(texts("diagnosis.trail.label"), className="trail-label"))
        parts += [_value(context, pair, more) for pair in pairs]
    if len(pairs) > 1:
        parts.append(dcc.Link(texts("diagnosis.trail.clear"), href=context.link(slice="all", more=more)))
    return html.Div(
        parts, id=ids.live("trail"), className="slice-trail", role="group", **aria(label=texts("diagnosis.trail.group"))
    )


def _value(context: Context, pair: tuple[str, str], more: Parameters | None) -> dcc.Link:
    names = {"dimension": context.dimension_name(pair[0]), "value": context.value_name(*pair)}
    words = context.texts("common.picker.pair", **names)
    without = context.link(slice=context.slice.without(pair[0]), more=more)
    return dcc.Link(
        [words, icon("close")],
        href=without,
        className="trail-value",
        title=context.texts("diagnosis.trail.drop", value=words),
    )
