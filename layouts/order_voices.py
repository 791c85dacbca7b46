"""What was told of an order: what each system says of it now, and every event behind it."""

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.events import Event, Kind
from dashboard.order_detail import Contradiction, OrderDetail
from dashboard.snapshot import Status
from dashboard.visits import SystemStatus, Visit
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.icons import disc
from layouts.parts import hidden, panel
from layouts.time_axis import short_moment


def systems_panel(context: Context, detail: OrderDetail, now: datetime) -> Component:
    """The panel with the last word of each system, and whether it fits the order's way."""
    texts = context.texts
    doubts = {doubt.system: doubt for doubt in detail.contradictions}
    rows = [_system(context, status, doubts.get(status.system), detail, now) for status in detail.state.statuses]
    if not rows:
        empty = [html.Strong(texts("order.systems.none")), html.Span(texts("order.systems.hint"))]
        rows = [html.Li(empty, className="voice-none")]
    return panel([html.Ul(rows, id=ids.live("systems"), className="voices")], title=texts("order.systems.title"))


def events_panel(context: Context, events: Sequence[Event], now: datetime) -> Component:
    """The panel with the events themselves, the newest first."""
    texts = context.texts
    replaced = {event.corrects for event in events if event.corrects}
    newest = sorted(events, key=lambda event: (event.at, event.event_id), reverse=True)
    rows = [_event(context, event, now, replaced=event.event_id in replaced) for event in newest]
    rows = rows or [html.Li(texts("order.events.none"), className="voice-none")]
    listed = html.Ol(rows, id=ids.live("events"), className="events")
    title = texts("order.events.title")
    scroll = html.Div(listed, className="events-scroll", tabIndex=0, role="region", **aria(label=title))
    note = html.Span(texts("order.events.count", count=len(events)), id=ids.live("events-count"))
    return panel([scroll], title=title, note=note)


def contradiction_words(context: Context, doubt: Contradiction, visits: Sequence[Visit], now: datetime) -> str:
    """What does not fit: ``contradicts: Dispatched not yet done``, ``contradicts: Dispatched done at 18:20``."""
    texts, node = context.texts, context.node_name(doubt.node)
    if doubt.claims:
        return texts("order.systems.claims", node=node)
    left = [visit.left_at for visit in visits if visit.node == doubt.node and visit.left_at is not None]
    if not left:
        return texts("order.systems.denies_undated", node=node)
    return texts("order.systems.denies", node=node, time=told_at(context, left[-1], now))


def told_at(context: Context, at: datetime, now: datetime) -> str:
    """The time alone on the day of ``now``, the date and time in its year, else the whole date."""
    here, today = context.formats.local(at), context.formats.local(now)
    if here.date() == today.date():
        return context.formats.clock(at)
    return short_moment(at, context.formats) if here.year == today.year else context.formats.moment(at)


def _system(
    context: Context, status: SystemStatus, doubt: Contradiction | None, detail: OrderDetail, now: datetime
) -> html.Li:
    texts, lifeline = context.texts, context.lifeline
    kind = lifeline.statuses.get(status.status)
    said = texts.label(kind.label, status.status) if kind else status.status
    words: list[Component] = [html.Span(said, className="voice-said")]
    if doubt:
        words.append(html.Span(contradiction_words(context, doubt, detail.state.visits, now), className="voice-doubt"))
    else:
        words.append(hidden(", " + texts("order.systems.fits")))
    cells = [
        disc(Status.RED if doubt else Status.GREEN),
        html.Span(texts.label(lifeline.systems.get(status.system), status.system), className="voice-name"),
        html.Span(words, className="voice-words"),
        html.Time(told_at(context, status.at, now), dateTime=status.at.isoformat(), className="voice-time"),
    ]
    return html.Li(cells, className="voice")


def _event(context: Context, event: Event, now: datetime, *, replaced: bool) -> html.Li:
    texts = context.texts
    what: list[Component] = [html.Span(_kind(context, event), className="event-what")]
    if event.exception:
        what.append(html.Span(context.exception_name(event.exception), className="event-exception"))
    remarks = [*_teller(context, event)]
    remarks += [texts("order.events.corrected")] if replaced else []
    remarks += [texts("order.events.corrects")] if event.corrects else []
    what += [html.Span(" · ".join(remarks), className="event-remarks")] if remarks else []
    when = html.Time(_event_time(context, event, now), dateTime=event.at.isoformat(), className="event-time")
    return html.Li(
        [when, html.Div(what, className="event-words")], className="event is-replaced" if replaced else "event"
    )


def _event_time(context: Context, event: Event, now: datetime) -> str:
    here, today = context.formats.local(event.at), context.formats.local(now)
    if here.date() == today.date():
        return context.formats.clock(event.at, seconds=True)
    if here.year == today.year:
        return short_moment(event.at, context.formats, seconds=True)
    return context.formats.moment(event.at, seconds=True)


def _kind(context: Context, event: Event) -> str:
    known = context.lifeline.statuses.get(event.status or "")
    status = context.texts.label(known.label, event.status or "") if known else event.status or ""
    node = context.node_name(event.node) if event.node else ""
    return context.texts(
        f"order.events.kind.{event.kind.value}", node=node, status=status, source=_source(context, event)
    )


def _source(context: Context, event: Event) -> str:
    source = event.source or ""
    return context.texts.label(context.lifeline.systems.get(source), source)


def _teller(context: Context, event: Event) -> list[str]:
    source = "" if event.kind is Kind.STATUS else _source(context, event)
    return [told for told in (source, event.operator, event.document) if told]
