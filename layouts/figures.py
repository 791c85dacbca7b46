"""What every Plotly figure of the product shares: its quiet layout, its axes, its frame on the page.

Figures are plain values in Plotly's own schema, without its default template, which would be most of their size.
"""

import re
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from layouts.attributes import aria
from layouts.context import Context
from layouts.parts import hidden
from layouts.theme import PALETTES, Palette

Figure = dict[str, Any]

_NOUGHT = re.compile(r"\.0+(?=\D)")

SANS = 'Inter, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif'
TEXT_PIXELS = 12.5

SIZE = {"height": "var(--chart-height)"}
CONFIG: Any = {
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}


def palette(context: Context) -> Palette:
    """The colours of this view's theme."""
    return PALETTES[context.theme]


def graph(part_id: str, figure: Figure, spoken: str) -> html.Div:
    """The figure on the page, live; ``spoken`` is what a screen reader says in its place, live too: it may count."""
    drawn = dcc.Graph(id=part_id, figure=figure, config=CONFIG, responsive=True, className="chart", style=SIZE)
    return html.Div(
        [hidden(spoken, id=f"{part_id}-spoken"), html.Div(drawn, **aria(hidden=True))], className="chart-frame"
    )


def layout(colours: Palette, **more: Any) -> Figure:
    """The layout of a figure; the view stays as it is while only the data changes."""
    return {
        "autosize": True,
        "margin": {"l": 48, "r": 8, "t": 8, "b": 30},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": SANS, "size": TEXT_PIXELS, "color": colours.secondary},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x",
        "hoverlabel": {
            "bgcolor": colours.ink,
            "bordercolor": colours.ink,
            "font": {"family": SANS, "size": 13, "color": colours.panel},
            "align": "left",
        },
        "uirevision": "kept",
        **more,
    }


def axis(colours: Palette, *, grid: bool = False, **more: Any) -> Figure:
    """A quiet axis: words without ticks or line; ``grid`` where a value is read off."""
    return {
        "fixedrange": True,
        "showgrid": grid,
        "gridcolor": colours.line,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
        "automargin": False,
        **more,
    }


def label(text: str, x: object, y: object, colour: str, **more: Any) -> Figure:
    """Words that stand in the figure itself, in the place of a legend."""
    font = {"family": SANS, "size": 13, "color": colour}
    return {"text": text, "x": x, "y": y, "font": font, "showarrow": False, **more}


def nothing(colours: Palette, words: str) -> Figure:
    """A figure that only says why it is empty."""
    said = label(words, 0.5, 0.5, colours.secondary, xref="paper", yref="paper")
    blank = axis(colours, visible=False)
    return {"data": [], "layout": layout(colours, annotations=[said], xaxis=blank, yaxis=blank)}


def round_ticks(largest: float, most: int = 4) -> list[int]:
    """Round values from 0 up to ``largest``, about ``most`` above 0; whole numbers only."""
    steps = (factor * 10**power for power in range(15) for factor in (1, 2, 5))
    step = next(step for step in steps if largest / step <= most + 0.5)
    return [step * place for place in range(int(largest / step) + 1)]


def tick_words(context: Context, ticks: Sequence[int]) -> list[str]:
    """The round values as words: ``60``, ``40 k``, without decimals that are nought."""
    return [_NOUGHT.sub("", context.formats.short_count(tick)) for tick in ticks]


def table_twin(
    context: Context, part_id: str, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]
) -> html.Details:
    """The same numbers as a table, folded away; only the table is live, so that it stays open."""
    columns = html.Thead(html.Tr([html.Th(name, scope="col") for name in head]))
    body = html.Tbody([html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])]) for row in rows])
    table = html.Table([html.Caption(caption, className="visually-hidden"), columns, body], className="twin-table")
    frame = html.Div(table, id=part_id, className="twin-scroll", tabIndex=0, role="region", **aria(label=caption))
    return html.Details([html.Summary(context.texts("node.table.show")), frame], className="twin")
