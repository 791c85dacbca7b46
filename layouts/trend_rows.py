"""The small multiples of the trends page: a row a node, its status as a strip over the line of one number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.lifeline import Node
from dashboard.snapshot import Status
from dashboard.status_runs import RED, Run, seconds_in
from dashboard.trends import NUMBERS, Kind, Tip, Trend
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.icons import disc
from layouts.parts import Children, hidden, panel, shown, status_class, status_word, value
from layouts.time_axis import short_moment, time_ticks
from layouts.trend_words import SLOW, number_name, number_words

WIDE, HIGH = 1000, 100
LEAST = 0.3
"""The share of the strip, in percent, that the shortest congestion takes: else it could not be seen."""
TICKS = 9
SHARED: Mapping[Kind, tuple[float, float]] = {Kind.INDEX: (2.5, 6.0), Kind.SHARE: (0.25, 1.0)}
"""Kinds that are compared between nodes: the least and the greatest end of their common scale."""

LAYERS = (
    (frozenset(RED), "var(--congested)"),
    (frozenset({Status.AMBER}), "var(--slow)"),
    (frozenset({Status.GREEN}), "var(--band)"),
)
"""The layers of a strip, whose heights are in ``assets/trends.css``."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows show. ``tips``: the end of each, now or then. ``selected``: the node that is shown large."""

    trends: Mapping[str, Trend]
    tips: Mapping[str, Tip]
    runs: Mapping[str, Sequence[Run]]
    number: str
    selected: str
    since: datetime
    until: datetime
    axis_end: datetime

    def share(self, at: datetime) -> float:
        """Where an instant stands on the axis, from 0 to 1."""
        return (at - self.since) / max(self.axis_end - self.since, timedelta(seconds=1))

    @property
    def live(self) -> bool:
        """Whether they end in the present."""
        return any(tip.live for tip in self.tips.values())


def rows_panel(context: Context, rows: Rows) -> Component:
    """The panel: the table, and how to read it."""
    texts = context.texts
    title = html.Span(texts("trends.rows.title"), id=ids.live("trend-rows-title"))
    key = html.P([texts("trends.rows.key"), " ", html.Span(_key(context, rows), id=ids.live("trend-key"))])
    return panel([_table(context, rows), html.Div(key, className="trend-note")], title=title, classes="trend-rows")


def _table(context: Context, rows: Rows) -> html.Div:
    texts = context.texts
    caption = texts("trends.rows.caption", number=number_name(context, rows.number))
    picture = [
        html.Span(texts("trends.rows.picture", number=number_name(context, rows.number)), className="visually-hidden"),
        html.Div(_ticks(context, rows), id=ids.live("trend-ticks"), className="trend-ticks", **aria(hidden=True)),
    ]
    heads = [
        html.Th(texts("trends.rows.node"), scope="col", className="cell-start"),
        html.Th(picture, scope="col", className="trend-cell"),
        html.Th(
            texts("trends.rows.now" if rows.live else "trends.rows.end"),
            scope="col",
            className="cell-end",
        ),
        html.Th(texts("trends.rows.red"), scope="col", className="cell-end trend-red"),
    ]
    body = html.Tbody([_row(context, rows, node) for node in context.lifeline])
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(html.Tr(heads)), body],
        className="table trend-table",
    )
    return html.Div(table, className="table-scroll", role="region", tabIndex=0, **aria(label=caption))


def _row(context: Context, rows: Rows, node: Node) -> html.Tr:
    key, runs = node.key, rows.runs[node.key]
    status = rows.tips[key].status if key in rows.tips else runs[-1].status if runs else Status.GREY
    link = dcc.Link(
        context.node_name(node),
        href=context.link(more={"node": key}),
        className="row-name trend-link",
        id=f"trend-{key}",
    )
    words = hidden(status_word(context.texts, status), id=ids.live("trend-word", key))
    here = aria(current="true") if key == rows.selected else {}
    name = html.Span([disc(status, part_id=ids.live("trend-disc", key)), words, link], className="row-node", **here)
    now = number_words(context, rows.number, last_known(rows, key))
    cells = [
        html.Th(html.Span(name, id=ids.live("trend-name", key)), scope="row"),
        html.Td(_picture(context, rows, key), className="trend-cell"),
        html.Td(value(context.texts, now), id=ids.live("trend-now", key), className="cell-end number trend-now"),
        html.Td(_time(context, rows, key), id=ids.live("trend-time", key), className="cell-end trend-red"),
    ]
    loud = " was-red" if seconds_in(runs) else " was-slow" if seconds_in(runs, SLOW) else ""
    chosen = " is-chosen" if key == rows.selected else ""
    return html.Tr(cells, id=ids.live("trend-row", key), className=f"row {status_class(status)}{loud}{chosen}")


def last_known(rows: Rows, key: str) -> float | None:
    """The number now, or at the end of the last step."""
    if key in rows.tips:
        return rows.tips[key].numbers[rows.number]
    values = rows.trends[key].numbers[rows.number]
    return values[-1] if values else None


def _picture(context: Context, rows: Rows, key: str) -> list[Component]:
    red = seconds_in(rows.runs[key])
    told = context.texts("trends.rows.spoken_red", time=context.formats.elapsed(red)) if red else ""
    known = [number for number in _values(rows, key) if number is not None]
    words = context.texts(
        "trends.rows.spoken",
        top=number_words(context, rows.number, max(known, default=None)),
        red=told or context.texts("trends.rows.spoken_calm"),
    )
    return [
        hidden(words, id=ids.live("trend-said", key)),
        shown(None, "trend-strip", id=ids.live("trend-strip", key), style={"backgroundImage": _strip(rows, key)}),
        shown(None, "trend-line", id=ids.live("trend-line", key), style=_line(rows, key)),
    ]


def _time(context: Context, rows: Rows, key: str) -> Children:
    texts, formats, runs = context.texts, context.formats, rows.runs[key]
    red, slow = seconds_in(runs), seconds_in(runs, SLOW)
    if not red:
        words = texts("trends.rows.slow", time=formats.elapsed(slow)) if slow else texts("trends.rows.none")
        return html.Span(words, className="is-quiet")
    lines = [html.Span(formats.elapsed(red), className="number")]
    if runs[-1].status in RED:
        began = _last_red(runs)[-1].start
        lines.append(html.Span(texts("trends.rows.since", time=formats.since(began, rows.until)), className="interval"))
    return lines


def _last_red(runs: Sequence[Run]) -> list[Run]:
    """The runs of the congestion that goes on at the end, the newest first."""
    found: list[Run] = []
    for run in reversed(runs):
        if run.status not in RED:
            break
        found.append(run)
    return found


def _key(context: Context, rows: Rows) -> str:
    texts = context.texts
    kind = NUMBERS[rows.number]
    scale = (
        texts("trends.rows.shared", top=number_words(context, rows.number, _top(rows, "")))
        if kind in SHARED
        else texts("trends.rows.own")
    )
    logged = [run.start for runs in rows.runs.values() for run in runs if run.logged]
    first = min(logged, default=None)
    if first is None:
        return " ".join((texts("trends.rows.judged_all"), scale))
    if first <= rows.since:
        return scale
    return " ".join((texts("trends.rows.judged", time=short_moment(first, context.formats)), scale))


def _ticks(context: Context, rows: Rows) -> list[Component]:
    ticks = time_ticks(rows.since, rows.axis_end, context.formats, TICKS)
    places = [(rows.share(at) * 100, words) for at, words in ticks]
    return [html.Span(words, style={"left": f"{place:.2f}%"}) for place, words in places if 2 <= place <= 96]


def _strip(rows: Rows, key: str) -> str:
    return ", ".join(_layer(rows, key, statuses, colour) for statuses, colour in LAYERS)


def _layer(rows: Rows, key: str, statuses: frozenset[Status], colour: str) -> str:
    stops, at = [], 0.0
    for run in rows.runs[key]:
        begin, end = rows.share(run.start) * 100, rows.share(run.end) * 100
        if run.status not in statuses:
            continue
        begin, end = max(begin, at), max(end, begin + LEAST)
        stops += [f"transparent {at:.1f}% {begin:.1f}%", f"{colour} {begin:.1f}% {end:.1f}%"]
        at = end
    return f"linear-gradient(90deg, {', '.join([*stops, f'transparent {min(at, 100):.1f}% 100%'])})"


def _values(rows: Rows, key: str) -> list[float | None]:
    tip = [rows.tips[key].numbers[rows.number]] if key in rows.tips else []
    return [*rows.trends[key].numbers[rows.number], *tip]


def _top(rows: Rows, key: str) -> float:
    """The end of a row's scale."""
    shared = SHARED.get(NUMBERS[rows.number])
    keys = [key] if shared is None else list(rows.trends)
    greatest = max((number for one in keys for number in _values(rows, one) if number is not None), default=0.0)
    return greatest or 1.0 if shared is None else min(max(greatest, shared[0]), shared[1])


def _line(rows: Rows, key: str) -> dict[str, Any]:
    top = _top(rows, key)
    ends = [step.end for step in rows.trends[key].steps] + ([rows.until] if key in rows.tips else [])
    path, drawing = "", False
    for end, number in zip(ends, _values(rows, key), strict=True):
        if number is None:
            drawing = False
            continue
        x, y = rows.share(end) * WIDE, HIGH - 4 - min(number / top, 1) * (HIGH - 8)
        path += f"{'L' if drawing else 'M'}{x:.0f} {y:.1f}"
        drawing = True
    if not path:
        return {}
    line = "fill='none' stroke='#000' stroke-width='1.6' stroke-linejoin='round' vector-effect='non-scaling-stroke'"
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDE} {HIGH}' preserveAspectRatio='none'>"
        f"<path d='{path}' {line}/></svg>"
    )
    image = f'url("data:image/svg+xml,{quote(svg, safe="/:= ,")}")'
    return {"maskImage": image, "WebkitMaskImage": image}
