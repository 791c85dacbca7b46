"""The panel that compares a node with itself at the same instant a week ago."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot
from layouts import ids
from layouts.context import Context, Parameters
from layouts.formats import HOUR, UNKNOWN
from layouts.parts import panel, value

WEEK = timedelta(days=7)
MINUS = "−"
FAR = 1.2
"""So many times as many orders are no longer about as many."""

Number = float | None
Words = Callable[[Number], str]


def week_panel(
    context: Context, now: NodeSnapshot, then: NodeSnapshot, at: datetime, more: Parameters | None = None
) -> Component:
    """Key figures now and then with their difference; the title leads to the page as it was then."""
    texts = context.texts
    earlier = at.replace(second=0, microsecond=0) - WEEK
    link = dcc.Link(texts("diagnosis.week.then"), href=context.link(at=earlier, more=more), id=ids.live("week-link"))
    titles: list[Component | str] = [texts("diagnosis.week.figure"), texts("diagnosis.week.now"), link]
    head = [html.Th(title, scope="col") for title in [*titles, texts("diagnosis.week.change")]]
    known = bool(then.in_progress or then.at_risk)
    rows = [_row(context, name, words, of(now), of(then) if known else None) for name, words, of in _figures(context)]
    caption = html.Caption(texts("diagnosis.week.title"), className="visually-hidden")
    table = html.Table([caption, html.Thead(html.Tr(head)), html.Tbody(rows)], className="small-table")
    finding = html.P(_finding(context, now, then), id=ids.live("week-finding"), className="panel-finding")
    return panel([finding, table], title=texts("diagnosis.week.title"), classes="small-panel")


def difference(words: Words, now: Number, then: Number) -> str:
    """The change with its sign: ``+12``, ``−3.1 h``, ``0``; a dash where one of the two is not known."""
    if now is None or then is None:
        return UNKNOWN
    change = now - then
    told = words(abs(change))
    return told if words(0.0) == told else f"{'+' if change > 0 else MINUS}{told}"


def _figures(context: Context) -> list[tuple[str, Words, Callable[[NodeSnapshot], Number]]]:
    formats = context.formats

    def counted(number: Number) -> str:
        return formats.short_count(None if number is None else round(number))

    def money(number: Number) -> str:
        return formats.money(None if number is None else Decimal(round(number)), cents=False)

    return [
        ("in_progress", counted, lambda it: it.in_progress),
        ("overdue", counted, lambda it: it.overdue),
        ("amount", money, lambda it: float(it.overdue_amount)),
        ("rate", formats.percent, lambda it: it.timeout_rate),
        ("mean", formats.duration, lambda it: it.mean_seconds),
        ("in", counted, lambda it: it.entered * HOUR / it.window_used_seconds),
        ("out", counted, lambda it: it.left * HOUR / it.window_used_seconds),
    ]


def _row(context: Context, name: str, words: Words, now: Number, then: Number) -> html.Tr:
    texts = context.texts

    def points(number: Number) -> str:
        return texts("diagnosis.week.points", count=f"{(number or 0) * 100:.1f}")

    change = difference(points if name == "rate" else words, now, then)
    cells = [value(texts, text) for text in (words(now), words(then), change)]
    return html.Tr(
        [
            html.Th(context.texts(f"diagnosis.week.{name}"), scope="row"),
            *(html.Td(cell, id=ids.live(f"week-{place}", name)) for place, cell in enumerate(cells)),
        ]
    )


def _finding(context: Context, now: NodeSnapshot, then: NodeSnapshot) -> str:
    """In words: far more or fewer in progress than then, about as many, or nothing known of then."""
    texts = context.texts
    if not then.in_progress and not then.at_risk:
        return texts("diagnosis.week.unknown")
    ratio = (now.in_progress + 1) / (then.in_progress + 1)
    key = "more" if ratio > FAR else "fewer" if ratio < 1 / FAR else "alike"
    change = difference(lambda count: context.formats.count(round(count or 0)), now.in_progress, then.in_progress)
    return texts(f"diagnosis.week.{key}", change=change)
