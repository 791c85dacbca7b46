"""Parts that every page is made of: panel, number, status, states, hidden words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.slices import OF_VISITS
from dashboard.snapshot import NodeSnapshot, Status
from layouts.attributes import aria, named
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.icons import disc
from layouts.texts import Texts

MOST_NAMED = 8
"""So many known values are named beside one that is not known."""

Children = Component | str | int | float | Sequence[Any] | None


def hidden(text: Children, **more: Any) -> html.Span:
    """Words for screen readers only."""
    return html.Span(text, className="visually-hidden", **more)


def shown(text: Children, classes: str = "", **more: Any) -> html.Span:
    """Something for the eye only, its words being said elsewhere."""
    return html.Span(text, className=classes, **aria(hidden=True), **more)


def value(texts: Texts, text: str) -> Children:
    """A formatted number; what is not known is a dash to the eye and ``not known`` to the ear."""
    return [shown(UNKNOWN, "unknown"), hidden(texts("common.unknown"))] if text == UNKNOWN else text


def part(
    part_id: str | None, tag: type[Component], children: Children = None, classes: str = "", **more: Any
) -> Component:
    """A component that is live when ``part_id`` is given."""
    return tag(children=children, className=classes, **named(part_id), **more)


def panel(
    children: Children,
    *,
    title: Children = None,
    note: Children = None,
    actions: Children = None,
    classes: str = "",
    label: str | None = None,
    part_id: str | None = None,
) -> Component:
    """A panel: an optional title with a note beside it and actions at its right, then the content.

    ``label`` names the region where no title does.
    """
    head: list[Component] = [html.H2(title, className="panel-title")] if title is not None else []
    head += [html.Span(note, className="panel-note")] if note is not None else []
    head += [html.Div(actions, className="panel-actions")] if actions is not None else []
    content = ([html.Div(head, className="panel-head")] if head else []) + (
        list(children) if isinstance(children, (list, tuple)) else [children]
    )
    region = aria(label=label) if label else {}
    return part(part_id, html.Section, content, f"panel {classes}".strip(), **region)


def figure(
    context: Context,
    label: Children,
    number: str,
    note: Children = None,
    *,
    part_id: str | None = None,
    title: str | None = None,
) -> Component:
    """One figure of a row of figures: its label, the number large, a note small beneath. ``title`` explains it."""
    explained: dict[str, Any] = {"title": title} if title else {}
    lines = [
        html.Dt(label, className="figure-label", **explained),
        html.Dd(value(context.texts, number), className="figure-number"),
    ]
    if note is not None:
        lines.append(html.Dd(note, className="figure-note"))
    return part(part_id, html.Div, lines, "figure")


def figures(children: Sequence[Component], classes: str = "") -> html.Dl:
    """A row of figures with a line between each two."""
    return html.Dl(list(children), className=f"figures {classes}".strip())


def status_word(texts: Texts, status: Status) -> str:
    """The status in a word: ``slow``."""
    return texts(f"common.status.{status.value}")


def node_word(texts: Texts, node: NodeSnapshot) -> str:
    """The node's status in a word; that its source is silent, or quiet while all else is normal, goes first."""
    if node.silence is not None and (node.stale or node.status is Status.GREEN):
        return texts("common.status.stale" if node.stale else "common.status.behind")
    return status_word(texts, node.status)


def node_class(node: NodeSnapshot) -> str:
    """The class that colours a node's part; stale outranks colour, and quiet marks it."""
    mark = "" if node.silence is None else " is-old" if node.silence.old else " is-behind-source"
    return status_class(node.status) + mark


def status_class(status: Status) -> str:
    """The class that colours a node's part: ``is-amber``, ``is-deep-red``."""
    return f"is-{status.value.replace('_', '-')}"


def status_mark(texts: Texts, status: Status, words: Children = None) -> html.Span:
    """The disc with its word, or with ``words`` in its place."""
    text = html.Span(words or status_word(texts, status), className="status-word")
    return html.Span([disc(status), text], className=f"status {status_class(status)}")


def link_button(text: str, href: str, *, primary: bool = False) -> dcc.Link:
    """A link that looks like a button; at most one ``primary`` in a view."""
    return dcc.Link(text, href=href, className="button button-primary" if primary else "button")


def state_panel(
    kind: str, title: str, text: Children, action: Component | None = None, *, part_id: str | None = None
) -> Component:
    """What stands in the place of content that is not there. ``kind``: ``empty``, ``no-match`` or ``failed``."""
    children = [html.H2(title, className="state-title"), html.P(text, className="state-text")]
    role = "alert" if kind == "failed" else "status"
    return part(part_id, html.Section, children + ([action] if action else []), f"panel state state-{kind}", role=role)


def empty_state(context: Context, title: str | None = None, text: Children = None) -> Component:
    """Nothing exists yet: says what would fill the place and how."""
    texts = context.texts
    return state_panel("empty", title or texts("common.empty.title"), text or texts("common.empty.text"))


def no_match_state(context: Context, slice_values: Mapping[str, Sequence[str]] | None = None) -> Component:
    """The filter leaves nothing: offers to clear it. A value that no order ever had is told with those that there are.

    ``slice_values``: the values that orders ever had, by dimension.
    """
    texts, known = context.texts, slice_values or {}
    if context.at is not None and not context.slice.pairs:
        return _nothing_then(context, context.at)
    clear = link_button(texts("common.no_match.clear"), context.link(slice="all", window="", at=""), primary=True)
    # What an operator or an exception may be is not kept: they are of visits.
    pairs = [pair for pair in context.slice.pairs if known and pair[0] not in OF_VISITS]
    unknown = next((pair for pair in pairs if pair[1] not in known.get(pair[0], ())), None)
    words = _unknown_value(context, *unknown, known) if unknown else _nothing_seen(context)
    return state_panel("no-match", texts("common.no_match.title"), words, clear)


def _nothing_then(context: Context, at: datetime) -> Component:
    texts = context.texts
    back = texts("common.banner.back_to_live" if context.replay is None else "common.banner.back_to_replay")
    words = texts("common.no_match.then", time=context.formats.moment(at))
    action = link_button(back, context.link(at="", window=""), primary=True)
    return state_panel("no-match", texts("common.no_match.then_title"), words, action)


def _nothing_seen(context: Context) -> str:
    if not context.slice.pairs:
        return context.texts("common.no_match.window")
    return context.texts("common.no_match.text", slice=context.slice_name())


def _unknown_value(context: Context, dimension: str, value: str, known: Mapping[str, Sequence[str]]) -> str:
    texts, values = context.texts, known.get(dimension, ())
    some = texts("common.no_match.comma").join(context.value_name(dimension, one) for one in values[:MOST_NAMED])
    key = "no_values" if not values else "unknown" if len(values) <= MOST_NAMED else "unknown_more"
    names = {"dimension": context.dimension_name(dimension), "value": value, "known": some}
    return texts(f"common.no_match.{key}", count=len(values) - MOST_NAMED, **names)


def failed_state(context: Context, text: str | None = None) -> Component:
    """The reading failed: says what to do."""
    texts = context.texts
    again = html.A(texts("common.failed.again"), href=context.link(), className="button button-primary")
    return state_panel("failed", texts("common.failed.title"), text or texts("common.failed.text"), again)
