"""The panel with what people did to an order: when, who, what, why, and the way back where there is one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.acting import ActionStatus, Outcome
from layouts import ids
from layouts.acting_outcome import action_name, no_way_back, part_words
from layouts.acting_preview import order_of
from layouts.acting_shapes import Done, Part
from layouts.acting_words import value_words
from layouts.attributes import data
from layouts.context import Context
from layouts.order_voices import told_at
from layouts.parts import hidden, panel
from layouts.who import actor_name


def done_panel(
    context: Context, order_id: str, actions: Sequence[Done], now: datetime, heard: datetime | None = None
) -> Component:
    """The newest first. ``actions``: those that touched the order; ``heard``: when a source last told something of it.

    Only what was done last can be taken back: whatever came after it built on it.
    """
    texts = context.texts
    undone = {one.undoes: one for one in actions if one.undoes and _of(order_id, one) is Outcome.DONE}
    newest = sorted(actions, key=lambda one: one.made_at, reverse=True)
    moved = [one.made_at for one in newest if _of(order_id, one) is Outcome.DONE]
    since = max([*moved, *([heard] if heard else [])], default=None)
    rows = [_row(context, order_id, one, undone, now, latest=since is None or one.made_at >= since) for one in newest]
    if not rows:
        empty = [html.Strong(texts("acting_ui.done.none")), html.Span(texts("acting_ui.done.hint"))]
        rows = [html.Li(empty, className="voice-none")]
    title = texts("acting_ui.done.title")
    audit = [_audit(context, order_id)] if context.rights.audit and actions else []
    return panel(
        [html.Ol(rows, id=ids.live("done"), className="deeds")],
        title=title,
        actions=html.Span(audit, id=ids.live("done-audit")),
        classes="done-panel",
    )


def _of(order_id: str, done: Done) -> Outcome | None:
    return next((part.outcome for part in done.items if order_of(part.subject) == order_id), None)


def _audit(context: Context, order_id: str) -> Component:
    href = context.link("/audit", slice="all", window="", at="", more={"subject": f"order:{order_id}"})
    return dcc.Link(context.texts("acting_ui.done.audit"), href=href, className="deed-audit")


def _row(
    context: Context, order_id: str, done: Done, undone: Mapping[str, Done], now: datetime, *, latest: bool
) -> html.Li:
    part = next((one for one in done.items if order_of(one.subject) == order_id), None)
    when = html.Time(told_at(context, done.made_at, now), dateTime=done.made_at.isoformat(), className="deed-time")
    what: list[Component] = [html.Span(action_name(context, done), className="deed-name")]
    told = [value_words(context, key, value) for key, value in done.params.items() if value]
    what += [html.Span(", ".join(told), className="deed-told")] if told else []
    state = _state(context, done, part)
    what += [html.Span(state, className="deed-state")] if state else []
    why = html.Span(done.reason, className="deed-reason")
    back = _way_back(context, done, part, undone.get(done.action_id), now, latest=latest)
    words = html.Div([html.Div(what, className="deed-what"), why, *back[1:]], className="deed-words")
    return html.Li(
        [when, html.Span(actor_name(context.texts, done.actor), className="deed-who"), words, back[0]], className="deed"
    )


def _state(context: Context, done: Done, part: Part | None) -> str:
    """What came of it where that is not simply that it was done."""
    if part is None or part.outcome is Outcome.DONE:
        return ""
    if part.outcome is Outcome.WAITING and done.status is ActionStatus.RUNNING:
        return context.texts("acting_ui.item.waiting")
    return part_words(context, part)


def _way_back(
    context: Context, done: Done, part: Part | None, by: Done | None, now: datetime, *, latest: bool
) -> list[Component]:
    """The button, or nothing in its place and then why not."""
    texts, none = context.texts, html.Span(className="deed-back")
    if part is None or part.outcome is not Outcome.DONE or done.status is ActionStatus.RUNNING or done.undoes:
        return [none]
    if by is not None:
        words = texts("acting_ui.done.undone", by=actor_name(texts, by.actor), time=told_at(context, by.made_at, now))
        return [none, html.Span(words, className="deed-note")]
    if not done.undoable:
        return [none, html.Span(no_way_back(context, done), className="deed-note")]
    if not latest:
        return [none, html.Span(texts("acting_ui.no_undo.not_any_more"), className="deed-note")]
    if done.kind not in context.acting:
        return [none]
    label: list[Component | str] = [texts("acting_ui.done.undo"), hidden(" " + action_name(context, done))]
    button = html.Button(label, type="button", className="link-button deed-undo", **data(undo=done.action_id))
    return [html.Span(button, className="deed-back")]
