"""A figure's numbers as a table, built only where it is asked for: hundreds of rows would weigh on every tick."""

from collections.abc import Callable, Sequence

from dash import dcc, html

from layouts import ids
from layouts.attributes import aria
from layouts.context import Context

Rows = Sequence[Sequence[str]]


def asked_table(
    context: Context, name: str, asked: str, caption: str, head: Sequence[str], rows: Callable[[], tuple[Rows, Rows]]
) -> html.Div:
    """A link that shows the table, or hides it again; and the table where ``asked`` is its ``name``.

    ``rows``: those that every tick changes, and those that are over; two live parts, so that a tick does not send all.
    """
    shown = asked == name
    link = dcc.Link(
        context.texts("trends.table.hide" if shown else "node.table.show"),
        href=context.link(more={"table": None if shown else name}),
        id=f"table-{name}",
    )
    table = [_table(name, caption, head, *rows())] if shown else []
    return html.Div([html.Span(link, className="twin-link"), *table], className="twin")


def _table(name: str, caption: str, head: Sequence[str], present: Rows, past: Rows) -> html.Div:
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden", id=ids.live("table-caption", name)),
            html.Thead(html.Tr([html.Th(one, scope="col") for one in head]), id=ids.live("table-head", name)),
            html.Tbody([_row(row) for row in present], id=ids.live("table-present", name)),
            html.Tbody([_row(row) for row in past], id=ids.live("table-past", name)),
        ],
        className="twin-table",
    )
    label = aria(label=caption)
    return html.Div(table, id=ids.live("table", name), className="twin-scroll", tabIndex=0, role="region", **label)


def _row(row: Sequence[str]) -> html.Tr:
    return html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])])
