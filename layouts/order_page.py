"""The order page: where one order is and for how long, its way so far, what each system says, and every event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.events import OWN
from dashboard.marks import Mark
from dashboard.order_detail import OrderDetail
from dashboard.shared import Shared
from dashboard.snapshot import Status
from dashboard.visits import Exit, Visit
from layouts import ids
from layouts.acting_bar import order_actions
from layouts.acting_shapes import Done
from layouts.acting_words import mark_words, shown_marks
from layouts.attributes import aria
from layouts.boundary import guarded
from layouts.context import Context
from layouts.done_panel import done_panel
from layouts.icons import disc
from layouts.order_timeline import allowance_seconds, order_timeline, stay_seconds
from layouts.order_voices import events_panel, systems_panel, told_at
from layouts.parts import link_button, panel, state_panel
from layouts.shared_list import shared_of_order
from layouts.shell import Freshness, Heading, shell

WALL_CLOCK_APART = 60.0
"""The wall clock is told beside the node's clock once they differ by this many seconds."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order at ``now``. ``silence_seconds``: for how long no source was heard, ``None`` if none ever was.

    ``marks``: what people set on it. ``actions``: what people did to it, told as how to read it. ``shared``: its SKUs
    and the outlet that delivers it.
    """

    detail: OrderDetail
    now: datetime
    silence_seconds: float | None = None
    marks: Sequence[Mark] = ()
    actions: Callable[[], Sequence[Done]] = tuple
    shared: Sequence[Shared] = ()

    @property
    def here(self) -> Visit | None:
        """The stay in progress, ``None`` when the order is over or its place is unknown."""
        return next((visit for visit in reversed(self.detail.state.visits) if visit.exit is None), None)

    @property
    def heard(self) -> datetime | None:
        """When a source last told of the order; what people do here is no source."""
        return max((event.at for event in self.detail.events if event.source != OWN), default=None)

    @property
    def last(self) -> Visit | None:
        """The stay that the page speaks of: the one in progress, else the last."""
        visits = self.detail.state.visits
        return self.here or (visits[-1] if visits else None)


def order_page(view: OrderView, context: Context) -> Component:
    """The whole page."""
    heading = Heading(title=view.detail.order_id, finding=_facts(view, context), trail=_trail(view, context))
    voices = html.Div(
        [
            guarded(context, "systems", lambda: systems_panel(context, view.detail, view.now)),
            guarded(context, "events", lambda: events_panel(context, view.detail.events, view.now)),
            guarded(
                context, "done", lambda: done_panel(context, view.detail.order_id, view.actions(), view.now, view.heard)
            ),
        ],
        className="voice-trio",
    )
    way = guarded(context, "order_way", lambda: _way(view, context))
    return shell(context, heading, [way, voices], Freshness(view.now, view.silence_seconds))


def _way(view: OrderView, context: Context) -> Component:
    sentence = html.Div(_sentence(view, context), id=ids.live("order-sentence"), className="order-sentence")
    head: list[Component] = [html.Div([sentence, _marks(view, context)], className="order-words")]
    if context.acting:
        buttons = html.Div(_actions(view, context), id=ids.live("acting-bar"), className="acting-bar")
        head.append(html.Div(buttons, className="panel-actions"))
    way = order_timeline(context, view.detail.state.visits, view.now, over=view.here is None)
    shared = shared_of_order(context, view.shared, view.now, ids.live("order-shared"))
    return panel([html.Div(head, className="order-head"), shared, way], classes="order-way")


def _marks(view: OrderView, context: Context) -> Component:
    """What people set on the order, in quiet words; that it is on hold goes before all else."""
    said = [
        html.Li(mark_words(context, mark, view.now), className=f"mark mark-{mark.kind.replace('_', '-')}")
        for mark in shown_marks(view.marks)
    ]
    return html.Ul(said, id=ids.live("order-marks"), className="marks", **aria(label=context.texts("acting_ui.marks")))


def _actions(view: OrderView, context: Context) -> list[Component]:
    here = view.here
    node, exception = (here.node, here.exception) if here else (None, None)
    return order_actions(context, view.detail.order_id, node, exception, view.marks)


def order_not_found(context: Context, asked: str, freshness: Freshness) -> Component:
    """Says what was searched for, and offers the search."""
    texts = context.texts
    search = html.A(texts("order.missing.search"), href=f"#{ids.SEARCH}", className="button button-primary")
    back = link_button(texts("order.missing.lifeline"), context.link("/"))
    offered = html.Div([search, back], className="offered")
    missing = state_panel("no-match", texts("order.missing.title", id=asked), texts("order.missing.text"), offered)
    return shell(context, Heading(title=texts("order.missing.heading")), [missing], freshness)


def headline(view: OrderView, context: Context) -> str:
    """Where the order is, in one sentence: stuck, waiting, done or cancelled."""
    texts, last = context.texts, view.last
    if last is None:
        return texts("order.headline.unplaced")
    node = context.node_name(last.node)
    if last.exit is None:
        return _waiting(view, context, last, node)
    came = view.detail.state.facts.created_at or view.detail.state.visits[0].entered_at
    key = "cancelled" if last.exit is Exit.CANCELLED else "done"
    if last.left_at is None:
        return texts(f"order.headline.{key}_undated", node=_within(node) if key == "cancelled" else node)
    span = context.formats.elapsed(max(0.0, (last.left_at - came).total_seconds()))
    time = told_at(context, last.left_at, view.now)
    return texts(f"order.headline.{key}", node=_within(node) if key == "cancelled" else node, time=time, span=span)


def _waiting(view: OrderView, context: Context, visit: Visit, node: str) -> str:
    formats = context.formats
    stay = stay_seconds(context, visit, view.now) or 0.0
    spare = allowance_seconds(context, visit) - stay
    span = formats.elapsed(max(0.0, stay))
    if visit.due_at <= view.now:
        return context.texts(
            "order.headline.late", node=_within(node), span=span, over=formats.elapsed(max(0.0, -spare))
        )
    return context.texts("order.headline.waiting", node=node, span=span, left=formats.elapsed(max(0.0, spare)))


def _sentence(view: OrderView, context: Context) -> list[Component]:
    words = [disc(_status(view)), html.Strong(headline(view, context))]
    here = view.here
    if here is not None:
        wall = (view.now - here.entered_at).total_seconds()
        if wall - (stay_seconds(context, here, view.now) or 0.0) > WALL_CLOCK_APART:
            span = context.formats.elapsed(wall)
            words.append(html.Span(context.texts("order.headline.working", span=span), className="order-wall-clock"))
    return words


def _status(view: OrderView) -> Status:
    last = view.last
    if last is None or last.exit is Exit.CANCELLED:
        return Status.GREY
    return Status.RED if last.exit is None and last.due_at <= view.now else Status.GREEN


def _trail(view: OrderView, context: Context) -> list[tuple[str, str]]:
    here = view.here
    if here is None or here.node not in context.lifeline:
        return [(context.texts("common.nav.lifeline"), context.link("/"))]
    return [(context.node_name(here.node), context.node_link(here.node))]


def _facts(view: OrderView, context: Context) -> str:
    """``Douyin 6921-8830-1174 · Hangzhou 1 · Shenzhen · ¥1,288.00``; the outer id stands beside the first fact."""
    facts = view.detail.state.facts
    known = [d.key for d in context.lifeline.dimensions if d.key in facts.dimensions]
    known += [key for key in sorted(facts.dimensions) if key not in known]
    words = [context.value_name(key, facts.dimensions[key]) for key in known]
    if facts.outer_order_id:
        first = words.pop(0) if words else ""
        words.insert(0, context.texts("order.reference", name=first, id=facts.outer_order_id).strip())
    if facts.amount is not None:
        words.append(context.formats.money(facts.amount, facts.currency))
    return " · ".join(words)


def _within(name: str) -> str:
    """The name as it stands within a sentence: ``carrier pickup``, but ``ERP check``."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
