"""The panel with a node's orders: an AG Grid that asks the server for blocks, already sorted and filtered."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot
from layouts import ids
from layouts.acting_bar import node_actions, selection
from layouts.attributes import aria, data
from layouts.context import Context
from layouts.orders_rows import BLOCK
from layouts.parts import panel

GRID = "orders-grid"
EXPORT = "orders-export"
STATES = ("overdue", "in_progress", "left")
DEFAULT_STATE = "overdue"
DEFAULT_WINDOW = timedelta(hours=1)

ROW_REM, HEAD_REM = 2.625, 5.15
USUAL_ROWS, MOST_ROWS, LEAST_ROWS = 12, 40, 4
ABOVE_REM = 42.5
"""The height of all else on the page: on a tall screen the grid takes what is left of it."""
TEXT = {
    "filter": "agTextColumnFilter",
    "floatingFilter": True,
    "suppressFloatingFilterButton": True,
    "filterParams": {"filterOptions": ["contains"], "maxNumConditions": 1, "debounceMs": 300, "trimInput": True},
}
NUMBER = {"cellClass": "cell-number", "headerClass": "head-number", "minWidth": 84}
VALUE_WIDTH, SPAN_WIDTH = {"en": 94, "zh": 88}, {"en": 94, "zh": 104}
"""Of a dimension and of a duration, by language: as wide as ``Hangzhou 1`` and ``16 小时 05 分``."""
EVERY_COLUMN = {
    "sortable": True,
    "resizable": True,
    "suppressMovable": True,
    "suppressHeaderMenuButton": True,
    "suppressHeaderFilterButton": True,
    "sortingOrder": ["desc", "asc", None],
    "wrapHeaderText": True,
    "flex": 1,
    "minWidth": 94,
}
"""The widths together are those of a screen of 1366 px, without what is left out there."""

SPARE = {"context": {"spare": True}}
"""Left out where there is no room for all: the search finds an order by it too."""

EVENTS = ("modelUpdated", "filterChanged", "selectionChanged")

THEME = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--panel)', foregroundColor: 'var(--ink)', textColor: 'var(--ink)', "
    "accentColor: 'var(--ink)', "
    "borderColor: 'var(--line)', chromeBackgroundColor: 'var(--panel)', browserColorScheme: 'inherit', "
    "fontFamily: 'var(--sans)', fontSize: 'var(--grid-size)', "
    "headerFontFamily: 'var(--sans)', headerFontSize: 'var(--size-note)', headerFontWeight: 560, "
    "headerBackgroundColor: 'var(--panel)', headerTextColor: 'var(--secondary)', "
    "rowHoverColor: 'var(--ground)', oddRowBackgroundColor: 'var(--panel)', "
    "wrapperBorder: false, wrapperBorderRadius: 0, headerColumnBorder: false, columnBorder: false, "
    "headerColumnResizeHandleColor: 'transparent', rowHeight: '2.625rem', headerHeight: '2.625rem', spacing: 8, "
    "inputBackgroundColor: 'var(--panel)', inputBorder: 'solid 1px var(--line)', inputTextColor: 'var(--ink)', "
    "cellHorizontalPadding: 8, popupShadow: 'none', menuBorder: 'solid 1px var(--line)'"
    "})"
)
"""Resolved in the browser from the tokens, so that one theme serves light and dark."""


def orders_panel(context: Context, node: Node, snapshot: NodeSnapshot, state: str) -> Component:
    """The panel: which orders, how many, the export, and the grid."""
    texts = context.texts
    address = export_address(context, node, state)
    export = html.A(texts("node.orders.export"), id=EXPORT, href=address, className="button", download="")
    switch = html.Nav(
        [_choice(context, node, snapshot, choice, state) for choice in STATES],
        className="switch",
        **aria(label=texts("node.orders.switch")),
    )
    frame = _frame(context, snapshot, state)
    actions: list[Component] = [export]
    if context.acting:
        actions.insert(0, selection(context))
        buttons = node_actions(context, node.key, snapshot.top_exception)
        actions.append(html.Div(buttons, id=ids.live("acting-bar"), className="acting-bar"))
    return panel([frame], title=texts("node.orders.title"), note=switch, actions=actions, classes="orders")


def orders_grid(context: Context) -> dag.AgGrid:
    """The grid itself; its rows come from the server as it asks for them through ``getRowsRequest``."""
    return dag.AgGrid(
        id=GRID,
        className="orders-grid",
        rowModelType="infinite",
        columnDefs=columns(context),
        defaultColDef=EVERY_COLUMN,
        getRowId="params.data._id",
        eventListeners={event: ["gridUpdated(params)"] for event in EVENTS},
        dashGridOptions={
            "theme": {"function": THEME},
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "maxConcurrentDatasourceRequests": 1,
            "infiniteInitialRowCount": 1,
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "suppressCellFocus": False,
            "enableCellTextSelection": True,
            "enableBrowserTooltips": True,
            "suppressOverlays": ["loading", "noRows", "noMatchingRows"],
            "localeText": _grid_words(context),
            **(_check_boxes(context) if context.acting else {}),
        },
        style={"height": "100%"},
    )


def _check_boxes(context: Context) -> dict[str, Any]:
    """For whoever may act on what is ticked. The head of their column is heard, not seen: it is too narrow."""
    ticked = {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False, "enableClickSelection": False}
    narrow = {"width": 44, "minWidth": 44, "maxWidth": 44, "resizable": False, "pinned": None}
    head = {"headerName": context.texts("acting_ui.selection.head"), "sortable": False}
    return {"rowSelection": ticked, "selectionColumnDef": narrow | head}


def columns(context: Context) -> list[dict[str, Any]]:
    """The columns, among them one for each dimension of the lifeline; each but the marks is named as in the API."""
    dimensions = [(dimension.key, context.dimension_name(dimension.key)) for dimension in context.lifeline.dimensions]
    value, span = {"minWidth": VALUE_WIDTH[context.lang]}, NUMBER | {"minWidth": SPAN_WIDTH[context.lang]}
    late = {"cellClass": "cell-number cell-overdue"}
    return [
        _column(
            context,
            "order_id",
            **TEXT,
            cellRenderer="OrderLink",
            minWidth=166,
            flex=1.7,
        ),
        _column(context, "marks", sortable=False, cellClass="cell-marks", minWidth=68, flex=0.8),
        _column(context, "outer_order_id", **TEXT, minWidth=188, flex=1.8) | SPARE,
        *({"field": key, "headerName": name, "tooltipField": key, **TEXT, **value} for key, name in dimensions),
        _column(context, "elapsed", **span),
        _column(context, "overdue", **span | late),
        _column(context, "amount", **NUMBER),
        _column(context, "exception", **TEXT, minWidth=94, flex=1.4),
        _column(context, "operator", **TEXT, minWidth=64),
    ]


def _column(context: Context, name: str, **more: Any) -> dict[str, Any]:
    return {"field": name, "headerName": context.texts(f"node.orders.column.{name}"), "tooltipField": name, **more}


def export_address(
    context: Context, node: Node, state: str, sort: str | None = None, filters: Mapping[str, Any] | None = None
) -> str:
    """The list as CSV, with the same state, window, slice, ``sort`` and ``filters`` (the grid's model)."""
    model = json.dumps(filters, ensure_ascii=False, separators=(",", ":")) if filters else None
    more: dict[str, str | int | None] = {"state": state, "sort": sort, "filters": model}
    return context.link(f"/api/v1/nodes/{node.key}/orders.csv", lang=context.lang, more=more)


def shown_count(snapshot: NodeSnapshot, state: str) -> int:
    """How many orders the state has, as the snapshot counts them."""
    return {"overdue": snapshot.overdue, "in_progress": snapshot.in_progress, "left": snapshot.left}[state]


def _choice(context: Context, node: Node, snapshot: NodeSnapshot, choice: str, state: str) -> html.Span:
    span = context.formats.span(snapshot.window_used_seconds)
    number = context.formats.short_count(shown_count(snapshot, choice))
    count = html.Span(number, id=ids.live("orders-count", choice), className="switch-count")
    word = html.Span(context.texts(f"node.orders.{choice}", window=span), id=ids.live("orders-choice", choice))
    href = _choice_address(context, node, snapshot, choice)
    link = dcc.Link([word, count], href=href, className="switch-link", id=ids.live("orders-link", choice))
    here = aria(current=True) if choice == state else {}
    return html.Span(link, className="switch-choice", **here)


def _choice_address(context: Context, node: Node, snapshot: NodeSnapshot, choice: str) -> str:
    """The page with that choice; who asks for those that left asks for the window that they were counted in."""
    used = timedelta(seconds=snapshot.window_used_seconds)
    window = used if choice == "left" and context.window is None and used != DEFAULT_WINDOW else None
    more: dict[str, str | int | None] = {"state": None if choice == DEFAULT_STATE else choice}
    return context.link(f"/node/{node.key}", window=window, more=more)


def _frame(context: Context, snapshot: NodeSnapshot, state: str) -> html.Div:
    """As high as its rows. A live part is within, so that the hub never makes the grid anew, sorts and filters lost."""
    return html.Div(
        [orders_grid(context), *_messages(context, state)],
        id=ids.live("orders-frame"),
        className="orders-frame",
        style={"height": _height(shown_count(snapshot, state))},
    )


def _height(rows: int) -> str:
    """The height of that many rows, at least 4; of more than 12 as many as the screen has room for."""
    tall, usual = (HEAD_REM + ROW_REM * max(LEAST_ROWS, min(most, rows)) for most in (MOST_ROWS, USUAL_ROWS))
    return f"{tall:g}rem" if tall == usual else f"clamp({usual:g}rem, 100vh - {ABOVE_REM}rem, {tall:g}rem)"


def _messages(context: Context, state: str) -> list[html.Div]:
    texts = context.texts
    none = [html.Strong(texts(f"node.orders.none_{state}")), html.Span(texts(f"node.orders.hint_{state}"))]
    unmatched = html.Strong(texts("node.orders.no_match"))
    clear = html.Button(texts("node.orders.clear"), className="button", type="button", **data(clears=GRID))
    return [
        html.Div(none, id=ids.live("orders-empty"), className="grid-message grid-empty", role="status"),
        html.Div(texts("node.grid.loading"), className="grid-message grid-loading"),
        html.Div([unmatched, clear], className="grid-message grid-no-match", role="status"),
    ]


def _grid_words(context: Context) -> dict[str, str]:
    texts = context.texts
    return {
        "contains": texts("node.grid.contains"),
        "filterOoo": texts("node.grid.filter"),
        "ariaFilterInput": texts("node.grid.filter_in"),
        "ariaFilterColumn": texts("node.grid.filter"),
        "loadingOoo": texts("node.grid.loading"),
        "loadingError": texts("node.grid.failed"),
        "ariaSortableColumn": texts("node.grid.sort"),
    }
