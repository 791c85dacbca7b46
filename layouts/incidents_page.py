"""The incidents of the demo shop: what can befall it, what does now, and a button to begin or end each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.incidents import Incident, IncidentKind
from dashboard.snapshot import Status
from layouts import ids
from layouts.attributes import aria
from layouts.boundary import guarded
from layouts.context import Context
from layouts.icons import disc
from layouts.incident_words import incident_name, incident_place, incident_state, kind_name
from layouts.parts import hidden, panel
from layouts.shell import Freshness, Heading, shell

SAID = "incident-said"
START, STOP = "start", "stop"


@dataclass(frozen=True, slots=True)
class IncidentsView:
    """``kinds``: what can befall the shop; ``incidents``: the last ones, the newest first, as they are at ``now``."""

    kinds: Sequence[IncidentKind]
    incidents: Sequence[Incident]
    now: datetime
    silence_seconds: float | None = None

    def going_on(self, kind: str | None = None) -> list[Incident]:
        """Those that go on now, of one kind or of all."""
        return [one for one in self.incidents if one.going_on(self.now) and kind in {None, one.kind}]


def button_id(kind: str) -> str:
    """The id of the button that begins or ends a kind; its value says which of the two."""
    return ids.live("incident-button", kind)


def incidents_page(view: IncidentsView, context: Context) -> Component:
    """The whole page."""
    going_on = view.going_on()
    heading = Heading(context.texts("incidents.title"), finding(view, context), tone="amber" if going_on else "")
    panels = [
        guarded(context, "incident_kinds", lambda: _kinds_panel(view, context)),
        guarded(context, "incident_log", lambda: _log_panel(view, context)),
    ]
    return shell(context, heading, panels, Freshness(view.now, view.silence_seconds))


def finding(view: IncidentsView, context: Context) -> str:
    """What goes on now, in one sentence."""
    texts, going_on = context.texts, view.going_on()
    if not going_on:
        return texts("incidents.finding.none")
    first = going_on[0]
    name = incident_name(context, first)
    return name if len(going_on) == 1 else texts("incidents.finding.several", name=name, count=len(going_on) - 1)


def said(context: Context, act: str, incidents: Sequence[Incident]) -> str:
    """What a click did."""
    first = incidents[0]
    return context.texts(f"incidents.said.{act}", name=incident_name(context, first))


def _kinds_panel(view: IncidentsView, context: Context) -> Component:
    rows = [_kind(kind, view, context) for kind in view.kinds]
    note = html.P(id=SAID, className="incident-said", role="status")
    about = html.P(context.texts("incidents.about"), className="incident-about")
    return panel([about, html.Ul(rows, className="incidents"), note], classes="incidents-panel")


def _kind(kind: IncidentKind, view: IncidentsView, context: Context) -> html.Li:
    going_on = view.going_on(kind.key)
    name = html.H2(kind_name(context, kind.key), className="incident-name")
    does = html.P(context.texts(f"incidents.does.{kind.key}"), className="incident-does")
    shows = html.P(_shows(kind, context), className="incident-shows")
    state = html.Div(_state(kind, going_on, view, context), id=ids.live("incident-state", kind.key))
    act = _button(kind, going_on, context)
    mark = html.Div(
        disc(Status.AMBER if going_on else Status.GREEN), id=ids.live("incident-mark", kind.key), **aria(hidden=True)
    )
    foot = html.Div([state, act], className="incident-foot")
    return html.Li([html.Div([mark, name], className="incident-head"), does, shows, foot], className="incident")


def _shows(kind: IncidentKind, context: Context) -> list[Component | str]:
    words = context.texts(f"incidents.shows.{kind.key}")
    name = context.node_name(kind.node) if kind.node else context.texts("incidents.to_sources")
    href = context.node_link(kind.node) if kind.node else context.link("/sources")
    return [words, " ", dcc.Link(name, href=href)]


def _state(kind: IncidentKind, going_on: Sequence[Incident], view: IncidentsView, context: Context) -> list[Component]:
    texts = context.texts
    if not going_on:
        span = context.formats.elapsed(kind.lasts_seconds)
        where = incident_place(context, None if kind.place else kind.node, kind.place)
        return [html.Span(texts("incidents.state.off", place=where, span=span), className="incident-off")]
    return [
        html.Span(
            [
                html.Strong(incident_place(context, None if one.place else one.node, one.place)),
                " ",
                incident_state(context, one, view.now),
            ],
            className="incident-on",
        )
        for one in going_on
    ]


def _button(kind: IncidentKind, going_on: Sequence[Incident], context: Context) -> html.Button:
    act = STOP if going_on else START
    word = html.Span(context.texts(f"incidents.button.{act}"))
    words = [word, hidden(" " + kind_name(context, kind.key))]
    return html.Button(words, id=button_id(kind.key), value=act, type="button", className=f"button incident-{act}")


def _log_panel(view: IncidentsView, context: Context) -> Component:
    texts = context.texts
    heads = [html.Th(texts(f"incidents.column.{name}"), scope="col") for name in ("kind", "place", "state")]
    rows = [_row(one, view, context) for one in view.incidents]
    nothing = [html.Tr(html.Td(texts("incidents.log.empty"), colSpan=3))]
    title = texts("incidents.log.title")
    caption = html.Caption(title, className="visually-hidden")
    body = html.Tbody(rows or nothing, id=ids.live("incident-log"))
    table = html.Table([caption, html.Thead(html.Tr(heads)), body], className="table incident-log")
    scroll = html.Div(table, className="table-scroll", role="region", tabIndex=0, **aria(label=title))
    return panel([scroll], title=title, classes="table-panel")


def _row(incident: Incident, view: IncidentsView, context: Context) -> html.Tr:
    going_on = incident.going_on(view.now)
    name = html.Th(kind_name(context, incident.kind), scope="row", className="row-name")
    place = html.Td(incident_place(context, incident.node, incident.place))
    return html.Tr(
        [name, place, html.Td(incident_state(context, incident, view.now))], className="is-on" if going_on else ""
    )
