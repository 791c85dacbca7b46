"""The entries of the audit as a table: a heading for each day, a row for each write, and in it only what changed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.audited import ACTION, Audited, Changed, changed
from layouts import ids
from layouts.attributes import aria
from layouts.audit_words import field_name, kind_name, subject_words, value_words
from layouts.context import Context
from layouts.parts import Children, hidden, shown
from layouts.who import actor_name

COLUMNS = ("time", "actor", "kind", "subject", "change", "reason", "seq")
MOST_CHANGES = 8
_COUNTED = (("version",),)
"""What changes with every write tells nothing."""


def audit_table(context: Context, entries: Sequence[Audited]) -> html.Div:
    """The table; its rows are one live part, as new ones come at the top."""
    texts = context.texts
    heads = [html.Th(texts(f"audit.column.{name}"), scope="col", className=f"audit-{name}") for name in COLUMNS]
    caption = html.Caption(texts("audit.title"), className="visually-hidden")
    body = html.Tbody(list(_rows(context, entries)), id=ids.live("audit-rows"))
    table = html.Table([caption, html.Thead(html.Tr(heads)), body], className="table audit-table")
    return html.Div(table, className="table-scroll", role="region", tabIndex=0, **aria(label=texts("audit.title")))


def _rows(context: Context, entries: Sequence[Audited]) -> Iterator[html.Tr]:
    for day, of_day in groupby(entries, key=lambda entry: context.formats.day(entry.at)):
        yield html.Tr(html.Th(day, colSpan=len(COLUMNS), scope="rowgroup"), className="audit-day")
        yield from (_row(context, entry) for entry in of_day)


def _row(context: Context, entry: Audited) -> html.Tr:
    cells: dict[str, Children] = {
        "time": html.Time(context.formats.clock(entry.at, seconds=True), dateTime=entry.at.isoformat()),
        "actor": _actor(context, entry),
        "kind": _kind(context, entry),
        "subject": _subject(context, entry),
        "change": _changes(context, entry),
        "reason": entry.reason or "",
        "seq": f"#{context.formats.count(entry.seq)}",
    }
    return html.Tr([html.Td(cells[name], className=f"audit-{name}") for name in COLUMNS])


def _actor(context: Context, entry: Audited) -> list[Component]:
    href = context.link(more={"actor": entry.actor, "before": None})
    only = context.texts("audit.only_actor", actor=entry.actor)
    return [
        html.Span(dcc.Link(actor_name(context.texts, entry.actor), href=href, title=only), className="row-name"),
        html.Span(entry.origin, className="interval"),
    ]


def _kind(context: Context, entry: Audited) -> list[Component]:
    name = html.Span(kind_name(context, entry.kind))
    if entry.action_id is None:
        return [name]
    href = context.link(more={"action_id": entry.action_id, "before": None})
    only = context.texts("audit.only_action")
    return [name, html.Span(dcc.Link(_short(entry.action_id), href=href, title=only), className="interval")]


def _subject(context: Context, entry: Audited) -> list[Component]:
    kind, key = subject_words(context, entry)
    order = entry.order_id
    words: Component = html.Span(_short(key) if entry.subject.startswith(f"{ACTION}:") else key)
    if order is not None:
        words = html.Span(dcc.Link(key, href=context.order_link(order)), className="row-name")
    return [words, html.Span(kind, className="interval")] if kind else [words]


def _short(action_id: str) -> str:
    return action_id if len(action_id) <= 10 else f"{action_id[:8]}…"


def _changes(context: Context, entry: Audited) -> Children:
    found = [one for one in changed(entry.before, entry.after) if one.path not in _COUNTED]
    if not found:
        return html.Span(context.texts("audit.no_change"), className="is-quiet") if entry.before or entry.after else ""
    lines = [_change(context, one) for one in found[:MOST_CHANGES]]
    if len(found) > MOST_CHANGES:
        more = context.texts("audit.more_changes", count=len(found) - MOST_CHANGES)
        lines.append(html.Li(more, className="is-quiet"))
    return html.Ul(lines, className="audit-changes")


def _change(context: Context, change: Changed) -> html.Li:
    texts = context.texts
    before, after = (value_words(context, change.path[-1], value) for value in (change.before, change.after))
    return html.Li(
        [
            html.Span(field_name(context, change.path), className="audit-field"),
            hidden(texts("audit.was")),
            html.Span(before, className="audit-before"),
            shown("→", "audit-arrow"),
            hidden(texts("audit.became")),
            html.Span(after, className="audit-after"),
        ]
    )
