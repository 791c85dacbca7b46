"""An order's way along its nodes: one row for each stay, its bar on one time axis with its allowance behind it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.lifeline import Node
from dashboard.snapshot import Status
from dashboard.visits import OUT_OF_ORDER, Exit, Visit
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.formats import MINUTE, UNKNOWN
from layouts.icons import disc
from layouts.order_axis import Axis, order_axis
from layouts.order_ticks import axis_lines, axis_ticks
from layouts.parts import Children, hidden, shown, value
from layouts.time_axis import short_moment

CLOSE = 0.8
"""From this share of its allowance on, a stay is marked as close to it."""
LEAST_WIDTH = ".25rem"
"""As in ``assets/order.css``: a stay of seconds beside stays of days is still seen."""


def order_timeline(context: Context, visits: Sequence[Visit], now: datetime, *, over: bool) -> html.Div:
    """The table of stays. ``over``: the order is finished or cancelled, so that no node lies ahead."""
    if not visits:
        return html.Div(id=ids.live("timeline"))
    axis = order_axis(visits, now)
    with_documents = any(visit.document for visit in visits)
    times = Counter(visit.node for visit in visits)
    rows = [
        _row(context, visit, axis, now, repeated=times[visit.node] > 1, document=with_documents) for visit in visits
    ]
    rows += [] if over else [_ahead(context, node, with_documents) for node in nodes_ahead(context, visits)]
    caption = html.Caption(context.texts("order.timeline.caption"), className="visually-hidden")
    table = html.Table(
        [caption, _head(context, axis, with_documents), html.Tbody(rows)],
        className="way",
        style=axis_lines(context, axis),
    )
    named = aria(label=context.texts("order.timeline.label"))
    return html.Div(table, id=ids.live("timeline"), className="way-scroll", tabIndex=0, role="region", **named)


def nodes_ahead(context: Context, visits: Sequence[Visit]) -> list[Node]:
    """The nodes after the furthest that the order was at, without the optional ones."""
    known = [context.lifeline.node(visit.node).position for visit in visits if visit.node in context.lifeline]
    furthest = max(known, default=-1)
    return [node for node in context.lifeline if node.position > furthest and not node.optional]


def visit_status(context: Context, visit: Visit, now: datetime) -> Status:
    """Red past its allowance, amber close to it or where its stamps contradict each other, else green."""
    seconds = stay_seconds(context, visit, now)
    if not visit.measured or seconds is None:
        return Status.AMBER if visit.exception else Status.GREEN
    late = (visit.left_at or now) > visit.due_at
    share = seconds / max(1.0, allowance_seconds(context, visit))
    return Status.RED if late else Status.AMBER if share >= CLOSE and visit.exit is not Exit.CANCELLED else Status.GREEN


def stay_seconds(context: Context, visit: Visit, now: datetime) -> float | None:
    """How long the stay took, or has taken, in seconds on the node's clock; ``None`` where it cannot be known."""
    if visit.exit is not None:
        return visit.dwell_seconds
    if visit.node not in context.lifeline:
        return (now - visit.entered_at).total_seconds()
    return context.lifeline.calendar(context.lifeline.node(visit.node)).between(visit.entered_at, now)


def allowance_seconds(context: Context, visit: Visit) -> float:
    """The stay's own allowance in seconds on the node's clock, as it was when the order came."""
    if visit.node not in context.lifeline:
        return (visit.due_at - visit.entered_at).total_seconds()
    return context.lifeline.calendar(context.lifeline.node(visit.node)).between(visit.entered_at, visit.due_at)


def _row(context: Context, visit: Visit, axis: Axis, now: datetime, *, repeated: bool, document: bool) -> html.Tr:
    texts, status = context.texts, visit_status(context, visit, now)
    running = visit.exit is None
    tone = "is-running" if running and status is Status.GREEN else f"is-{status.value}"
    cells = [
        html.Th(_node(context, visit, status, repeated=repeated), scope="row", className="way-node"),
        html.Td(_bars(context, visit, axis, now), className="way-axis"),
        html.Td(_took(context, visit, status, now), className="way-took"),
        html.Td(_left(context, visit, axis), className="way-left"),
        html.Td(_system(context, visit.source), className="way-source"),
        html.Td(value(texts, visit.operator or UNKNOWN), className="way-operator"),
    ]
    cells += [_document(context, visit.document)] if document else []
    return html.Tr(cells, className=f"way-row {tone}")


def _ahead(context: Context, node: Node, document: bool) -> html.Tr:
    allowance = context.formats.elapsed(node.allowance.total_seconds())
    name = [html.Span(className="disc disc-small disc-ahead", **aria(hidden=True)), html.Span(context.node_name(node))]
    cells = [
        html.Th(html.Div(name, className="way-name"), scope="row", className="way-node"),
        html.Td(html.Div(className="way-bars"), className="way-axis"),
        html.Td(
            context.texts("order.timeline.ahead", allowance=allowance),
            colSpan=5 if document else 4,
            className="way-note",
        ),
    ]
    return html.Tr(cells, className="way-row is-ahead")


def _node(context: Context, visit: Visit, status: Status, *, repeated: bool) -> list[Component]:
    name = context.node_name(visit.node)
    if repeated:
        name = context.texts("order.timeline.visit", node=name, number=visit.number)
    running = visit.exit is None and status is Status.GREEN
    mark = html.Span(className="disc disc-small disc-running", **aria(hidden=True)) if running else disc(status)
    words: list[Component] = [html.Div([mark, html.Span(name)], className="way-name")]
    remarks = [text for text in (_exception(context, visit), _exit(context, visit)) if text]
    return words + ([html.Div(" · ".join(remarks), className="way-remark")] if remarks else [])


def _exception(context: Context, visit: Visit) -> str:
    if visit.exception is None:
        return ""
    name = context.exception_name(visit.exception)
    if visit.exception == OUT_OF_ORDER and visit.left_at is not None:
        seconds = abs((visit.entered_at - visit.left_at).total_seconds()) < MINUTE
        left, came = (context.formats.clock(at, seconds=seconds) for at in (visit.left_at, visit.entered_at))
        if context.formats.local(visit.left_at).date() != context.formats.local(visit.entered_at).date():
            both = visit.left_at, visit.entered_at
            left, came = (_dated(context, at, *both) for at in both)
        return f"{name}: {context.texts('order.timeline.backwards', left=left, came=came)}"
    return name


def _exit(context: Context, visit: Visit) -> str:
    key = {Exit.CANCELLED: "cancelled", Exit.RETURNED: "returned"}.get(visit.exit) if visit.exit else None
    return context.texts(f"order.timeline.{key}") if key else ""


def _took(context: Context, visit: Visit, status: Status, now: datetime) -> Children:
    formats, texts = context.formats, context.texts
    seconds = stay_seconds(context, visit, now)
    allowance = formats.elapsed(allowance_seconds(context, visit))
    if seconds is None or not visit.measured:
        return value(texts, UNKNOWN)
    if status is Status.RED:
        over = formats.elapsed(max(0.0, seconds - allowance_seconds(context, visit)))
        said = texts("order.timeline.over", over=over, allowance=allowance)
    else:
        said = texts("order.timeline.close" if status is Status.AMBER else "order.timeline.on_time")
    of = shown(texts("order.timeline.of", allowance=allowance), "way-of")
    return [html.Span(formats.elapsed(seconds), title=said), of, hidden(f", {said}")]


def _left(context: Context, visit: Visit, axis: Axis) -> str:
    if visit.exit is None:
        return context.texts("order.timeline.in_progress")
    if visit.left_at is None:
        return context.texts("order.timeline.no_time")
    return _moment(
        context, visit.left_at, axis, seconds=abs((visit.left_at - visit.entered_at).total_seconds()) < MINUTE
    )


def _moment(context: Context, at: datetime, axis: Axis, *, seconds: bool = False) -> str:
    """The time alone where the whole axis lies within one local day, else with its date."""
    if context.formats.local(axis.start).date() == context.formats.local(axis.now or axis.end).date():
        return context.formats.clock(at, seconds=seconds)
    return _dated(context, at, axis.start, axis.now or axis.end)


def _dated(context: Context, at: datetime, *others: datetime) -> str:
    """The date and the time, with the year where one of the others lies in another year."""
    years = {context.formats.local(it).year for it in (at, *others)}
    return short_moment(at, context.formats) if len(years) == 1 else context.formats.moment(at)


def _system(context: Context, source: str | None) -> Children:
    return (
        context.texts.label(context.lifeline.systems.get(source), source) if source else value(context.texts, UNKNOWN)
    )


def _document(context: Context, document: str | None) -> html.Td:
    named: dict[str, Any] = {"title": document} if document else {}
    return html.Td(value(context.texts, document or UNKNOWN), className="way-document", **named)


def _bars(context: Context, visit: Visit, axis: Axis, now: datetime) -> html.Div:
    ended = visit.left_at if visit.exit is not None else now
    bars = []
    if visit.measured and visit.due_at > visit.entered_at:
        cut = " is-cut" if visit.due_at > axis.end else ""
        bars.append(html.Span(className=f"way-allowance{cut}", style=_place(axis, visit.entered_at, visit.due_at)))
    if ended is None:
        bars.append(html.Span(className="way-bar is-undated", style=_place(axis, visit.entered_at, visit.entered_at)))
    else:
        kind = "way-bar is-backwards" if ended < visit.entered_at else "way-bar"
        bars.append(html.Span(className=kind, style=_place(axis, *sorted((visit.entered_at, ended)))))
    return html.Div(bars, className="way-bars", title=_said(context, visit), **aria(hidden=True))


def _said(context: Context, visit: Visit) -> str:
    ended = context.texts("order.timeline.now") if visit.exit is None else context.texts("order.timeline.no_time")
    if visit.left_at is not None:
        ended = short_moment(visit.left_at, context.formats, seconds=True)
    came = short_moment(visit.entered_at, context.formats, seconds=True)
    due = short_moment(visit.due_at, context.formats, seconds=True)
    return context.texts("order.timeline.bar", **{"from": came, "to": ended, "due": due})


def _place(axis: Axis, start: datetime, end: datetime) -> dict[str, str]:
    left, right = axis.share(start), axis.share(end)
    return {"left": f"min({left:.3%}, 100% - {LEAST_WIDTH})", "width": f"{right - left:.3%}"}


def _head(context: Context, axis: Axis, document: bool) -> html.Thead:
    texts = context.texts
    names = ["took", "left", "source", "operator"] + (["document"] if document else [])
    columns = [html.Th(texts(f"order.timeline.{name}"), scope="col", className=f"way-{name}") for name in names]
    node = html.Th(texts("order.timeline.node"), scope="col", className="way-node")
    ticks = html.Td(
        html.Div(axis_ticks(context, axis), className="way-ticks", **aria(hidden=True)), className="way-axis"
    )
    return html.Thead(html.Tr([node, ticks, *columns]))
