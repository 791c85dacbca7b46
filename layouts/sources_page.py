"""The sources page: which system still speaks, since when one does not, and which nodes that makes doubtful."""

from collections.abc import Callable, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.outgoing import Outgoing
from dashboard.sources import Source, Voice
from layouts import ids
from layouts.attributes import aria
from layouts.boundary import guarded
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.icons import disc
from layouts.outbox_panel import outbox_panel
from layouts.parts import Children, empty_state, panel, status_class, value
from layouts.shell import Freshness, Heading, shell
from layouts.sources_line import STATUS, troubled

COLUMNS = (("state", "start"), ("heard", "start"), ("pause", "end"), ("events", "end"), ("feeds", "start"))


def sources_page(context: Context, freshness: Freshness, outgoing: Callable[[], Outgoing] | None = None) -> Component:
    """The whole page, of the sources that the context knows.

    ``outgoing``: reads how messages to outside systems do; ``None`` for whoever may not see that.
    """
    texts = context.texts
    bad = any(one.voice is Voice.SILENT for one in troubled(context.sources))
    heading = Heading(texts("sources.title"), finding(context), tone="red" if bad else "")
    told = any(one.voice is not Voice.NEVER for one in context.sources)
    nothing = empty_state(context, texts("sources.empty.title"), texts("sources.empty.text"))
    table = guarded(context, "sources", lambda: _panel(context)) if told else nothing
    told_outside = [] if outgoing is None else [_outgoing(context, outgoing)]
    return shell(context, heading, [table, *told_outside], freshness)


def _outgoing(context: Context, outgoing: Callable[[], Outgoing]) -> Component:
    return guarded(context, "outbox", lambda: outbox_panel(context, outgoing()))


def finding(context: Context) -> str:
    """What a person must know of the sources, in one sentence."""
    texts, bad = context.texts, troubled(context.sources)
    voices = {one.voice for one in context.sources}
    if voices <= {Voice.NEVER}:
        return ""
    if not bad:
        if Voice.HEARD not in voices:
            return texts("sources.finding.old")
        others = voices & {Voice.QUIET, Voice.SILENT}
        return texts("sources.finding.calm_of_nodes" if others else "sources.finding.calm")
    worst = bad[0]
    span = context.formats.elapsed(worst.silence_seconds)
    key = "sources.finding.one" if len(bad) == 1 else "sources.finding.several"
    return texts(key, source=context.source_name(worst.key), span=span, count=len(bad) - 1)


def _panel(context: Context) -> Component:
    note = html.P(context.texts("sources.note"), className="sources-note")
    return panel([_table(context), note], classes="table-panel")


def _table(context: Context) -> html.Div:
    texts = context.texts
    heads = [html.Th(texts("sources.column.source"), scope="col", className="cell-start")]
    heads += [_head(context, name, side) for name, side in COLUMNS]
    rows = [_row(context, one) for one in context.sources]
    caption = html.Caption(texts("sources.title"), className="visually-hidden")
    table = html.Table([caption, html.Thead(html.Tr(heads)), html.Tbody(rows)], className="table sources-table")
    return html.Div(table, className="table-scroll", role="region", tabIndex=0, **aria(label=texts("sources.title")))


def _head(context: Context, name: str, side: str) -> html.Th:
    texts = context.texts
    words = html.Span(texts(f"sources.column.{name}"), title=texts(f"sources.column.{name}_tip"), className="explained")
    return html.Th(words, scope="col", className=f"cell-{side}")


def _row(context: Context, source: Source) -> html.Tr:
    cells: dict[str, Children] = {
        "state": _state(context, source),
        "heard": _heard(context, source),
        "pause": _pause(context, source),
        "events": _events(context, source),
        "feeds": _feeds(context, source.nodes),
    }
    name = html.Th(html.Span(context.source_name(source.key), className="row-name"), scope="row")
    data = [
        html.Td(cells[column], id=ids.live(f"source-{column}", source.key or "-"), className=f"cell-{side}")
        for column, side in COLUMNS
    ]
    return html.Tr(
        [name, *data], id=ids.live("source", source.key or "-"), className=status_class(STATUS[source.voice])
    )


def _state(context: Context, source: Source) -> html.Span:
    status = STATUS[source.voice]
    word = html.Span(context.texts(f"sources.voice.{source.voice.value}"), className="status-word")
    return html.Span([disc(status), word], className=f"status {status_class(status)}")


def _heard(context: Context, source: Source) -> list[Component]:
    if source.heard_at is None:
        return [html.Span(value(context.texts, UNKNOWN))]
    texts, formats = context.texts, context.formats
    ago = texts("sources.ago", span=formats.elapsed(source.silence_seconds))
    at = html.Time(
        formats.since(source.heard_at, source.as_of), dateTime=source.heard_at.isoformat(), className="interval"
    )
    return [html.Span(ago), at]


def _pause(context: Context, source: Source) -> list[Component]:
    texts, formats = context.texts, context.formats
    usual = formats.elapsed(source.usual.pause_seconds) if source.usual else UNKNOWN
    limit = texts("sources.limit", span=formats.elapsed(source.silent_after_seconds))
    return [html.Span(value(texts, usual), className="number"), html.Span(limit, className="interval")]


def _events(context: Context, source: Source) -> list[Component]:
    texts, formats = context.texts, context.formats
    usual = texts(
        "sources.usual", count=formats.count(round(source.usual.events_per_hour)) if source.usual else UNKNOWN
    )
    return [
        html.Span(formats.count(source.events_last_hour), className="number"),
        html.Span(usual, className="interval"),
    ]


def _feeds(context: Context, nodes: Sequence[str]) -> Component | str:
    links = [
        html.Li(dcc.Link(context.node_name(key), href=context.node_link(key)))
        for key in nodes
        if key in context.lifeline
    ]
    return html.Ul(links, className="source-nodes") if links else context.texts("sources.feeds_none")
