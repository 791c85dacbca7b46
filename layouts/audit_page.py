"""The audit: every write, the newest first, with who, from where, on what, why, and what it changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.audited import OTHER_KINDS, AuditAsked, Audited, ChainState
from layouts import ids
from layouts.attributes import aria, data
from layouts.audit_table import audit_table
from layouts.audit_words import chain_words, kind_name
from layouts.boundary import guarded
from layouts.context import Context, window_text
from layouts.icons import icon
from layouts.parts import Children, empty_state, link_button, panel, state_panel
from layouts.pickers import Option, picker
from layouts.shell import Freshness, Heading, shell

SPANS = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7), timedelta(days=28), timedelta(days=84))
OWN = ("actor", "kind", "subject", "action_id", "span", "since", "until", "before")
"""The page's parameters; its links keep them, and so does the file that it exports."""

KIND_PICKER, SPAN_PICKER = "audit-kind", "audit-span"


@dataclass(frozen=True, slots=True)
class AuditView:
    """What the page shows. ``entries``: reads a page of them and whether older ones are there.

    ``chain``: how far the chain was last followed, ``None`` until it was once.
    ``kinds``: what may have been done, for the picker. ``span``: how far back, ``None`` for all.
    """

    entries: Callable[[], tuple[Sequence[Audited], bool]]
    chain: Callable[[], ChainState | None]
    asked: AuditAsked
    kinds: Sequence[str]
    freshness: Freshness
    span: timedelta | None = None


def audit_page(view: AuditView, context: Context) -> Component:
    """The whole page, frame and all."""
    chain, said = _chain(context, view)
    broken = chain is not None and chain.broken is not None
    heading = Heading(context.texts("audit.title"), said, tone="red" if broken else "")
    alarm = [_alarm(context)] if broken else []
    content = [
        html.Div(alarm, className="notice", id=ids.live("audit-alarm"), role="alert"),
        guarded(context, "audit", lambda: _content(context, view)),
    ]
    return shell(context, heading, content, view.freshness)


def _chain(context: Context, view: AuditView) -> tuple[ChainState | None, str]:
    """What was found, and in words; nothing where that cannot be told."""
    try:
        chain = view.chain()
    except Exception as error:
        if context.report is None:
            raise
        context.report("audit_chain", error)
        return None, ""
    return chain, chain_words(context, chain)


def _alarm(context: Context) -> html.Div:
    return html.Div([icon("exclamation"), context.texts("audit.chain.alarm")], className="banner banner-stale")


def _content(context: Context, view: AuditView) -> Component:
    entries, older = view.entries()
    body = audit_table(context, entries) if entries else _nothing(context, view)
    foot = html.Div(_paging(context, view, entries, older=older), className="audit-foot", id=ids.live("audit-foot"))
    parts = [_filters(context, view), body, foot]
    return panel(parts, classes="table-panel audit")


def _nothing(context: Context, view: AuditView) -> Component:
    texts = context.texts
    if not view.asked.narrowed and view.asked.before_seq is None:
        return empty_state(context, texts("audit.empty.title"), texts("audit.empty.text"))
    clear = link_button(texts("audit.no_match.clear"), _cleared(context), primary=True)
    return state_panel("no-match", texts("audit.no_match.title"), texts("audit.no_match.text"), clear)


def _cleared(context: Context) -> str:
    return context.link(at="", more=dict.fromkeys(OWN))


def _filters(context: Context, view: AuditView) -> html.Div:
    texts = context.texts
    export = html.A(texts("audit.export"), href=export_address(context), className="button", download="")
    clear = [dcc.Link(texts("audit.clear"), href=_cleared(context), className="audit-clear")]
    narrowed = view.asked.narrowed or view.asked.before_seq is not None
    parts = [_form(context, view.asked), _kind_picker(context, view), _span_picker(context, view)]
    return html.Div(
        [*parts, *(clear if narrowed else []), html.Div(export, className="panel-actions")], className="audit-filters"
    )


def _form(context: Context, asked: AuditAsked) -> html.Form:
    """Two boxes that become part of the address; ``assets/filters.js`` leaves the empty ones out of it."""
    texts = context.texts
    boxes = {"subject": _said_subject(asked.subject), "actor": asked.actor or ""}
    fields = [_box(name, texts(f"audit.filter.{name}"), value) for name, value in boxes.items()]
    kept = {name: value for name, value in _kept(context).items() if name not in {*boxes, "before"}}
    hidden = [dcc.Input(type="hidden", name=name, value=value) for name, value in kept.items()]
    send = html.Button(texts("audit.filter.apply"), type="submit", className="button")
    return html.Form(
        [*fields, *hidden, send],
        action=context.path,
        method="get",
        className="audit-form",
        role="search",
        **aria(label=texts("audit.filter.label")),
        **data(filters="audit"),
    )


def _box(name: str, label: str, value: str) -> html.Div:
    field = f"audit-{name}"
    box = dcc.Input(
        id=field, name=name, type="search", placeholder=label, value=value, autoComplete="off", spellCheck=False
    )
    return html.Div([html.Label(label, htmlFor=field, className="visually-hidden"), box], className="audit-box")


def _said_subject(subject: str | None) -> str:
    return (subject or "").removeprefix("order:")


def _kept(context: Context) -> dict[str, str]:
    """The parameters of the present address, as the form must send them again."""
    return dict(parse_qsl(urlsplit(context.link()).query))


def _kind_picker(context: Context, view: AuditView) -> Component:
    texts, present = context.texts, view.asked.kind
    known = {*view.kinds, *OTHER_KINDS}
    everything: Option = (texts("audit.every_kind"), context.link(more={"kind": None, "before": None}), present is None)
    groups: list[tuple[str | None, Sequence[Option]]] = [
        (None, [everything, *_kinds(context, [present] if present and present not in known else [], present)]),
        (texts("audit.kinds.actions"), _kinds(context, view.kinds, present)),
        (texts("audit.kinds.others"), _kinds(context, OTHER_KINDS, present)),
    ]
    shown = kind_name(context, present) if present else texts("audit.every_kind")
    return picker(context, KIND_PICKER, ("audit.filter.kind", shown), groups)


def _kinds(context: Context, kinds: Sequence[str], present: str | None) -> list[Option]:
    return [
        (kind_name(context, kind), context.link(more={"kind": kind, "before": None}), kind == present) for kind in kinds
    ]


def _span_picker(context: Context, view: AuditView) -> Component:
    texts, formats, asked = context.texts, context.formats, view.asked
    bare = dict.fromkeys(("span", "since", "until", "before"))
    everything: Option = (texts("audit.all_time"), context.link(more=bare), asked.since is None and asked.until is None)
    spans = [
        (formats.window(one), context.link(more={**bare, "span": window_text(one)}), one == view.span) for one in SPANS
    ]
    return picker(
        context, SPAN_PICKER, ("audit.filter.time", _span_words(context, view)), [(None, [everything, *spans])]
    )


def _span_words(context: Context, view: AuditView) -> str:
    texts, formats, asked = context.texts, context.formats, view.asked
    if view.span is not None:
        return formats.window(view.span)
    if asked.since is None and asked.until is None:
        return texts("audit.all_time")
    if asked.since is None or asked.until is None:
        bound, key = (asked.until, "audit.until") if asked.since is None else (asked.since, "audit.since")
        return texts(key, time=formats.moment(bound))
    return texts("audit.between", since=formats.moment(asked.since), until=formats.moment(asked.until))


def export_address(context: Context) -> str:
    """The same entries as a file."""
    own = {name: value for name, value in context.own.items() if name != "before"}
    return context.link("/api/v1/audit.csv", lang=context.lang, more=own)


def _paging(context: Context, view: AuditView, entries: Sequence[Audited], *, older: bool) -> Children:
    texts, formats = context.texts, context.formats
    links = []
    if view.asked.before_seq is not None:
        links.append(link_button(texts("audit.newest"), context.link(more={"before": None})))
    if older:
        links.append(link_button(texts("audit.older"), context.link(more={"before": entries[-1].seq})))
    if not entries:
        return []
    first, last = formats.count(entries[-1].seq), formats.count(entries[0].seq)
    words = f"#{last}" if first == last else texts("audit.range", first=first, last=last)
    range_ = html.Span(words, className="audit-range")
    return [range_, html.Nav(links, className="audit-pages", **aria(label=texts("audit.pages")))]
