"""The problems on a wall: up to three in words, the gravest first; where there is none, that all is well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.explanation import Explanation
from dashboard.slices import EXCEPTION
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from dashboard.sources import Source, Voice
from layouts import ids
from layouts.context import Context
from layouts.explanation_words import explanation_sentence
from layouts.headline import by_gravity
from layouts.icons import disc
from layouts.parts import node_class, node_word
from layouts.reasons import optimisation_text, reason_sentence
from layouts.sources_line import troubled

MOST = 3
RED = frozenset({Status.RED, Status.DEEP_RED})

Causes = Mapping[str, Explanation]
"""What explains a node's late orders most, by the node's key."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the panel: a figure with its word, whose it is, the facts, the cause, whose turn and since when."""

    tone: str
    status: Status
    figure: str
    word: str
    name: str
    facts: str
    cause: str
    helps: str = ""
    owner: str = ""
    since: str = ""


def problem_nodes(snapshot: Snapshot) -> list[NodeSnapshot]:
    """The nodes that the panel names at most: slow or congested, then those with most overdue."""
    loud = by_gravity(snapshot.nodes)
    watched = [node for node in snapshot.nodes if node not in loud and node.overdue and not node.stale]
    return (loud + sorted(watched, key=lambda node: -node.overdue))[:MOST]


def problems_panel(
    context: Context, snapshot: Snapshot, causes: Causes | Callable[[], Causes], instead: Component | None = None
) -> html.Section:
    """``causes`` may be a read that fails. ``instead``: what is said in their place, when no order is there."""
    heading = html.H2(context.texts("wall.problems.title"), className="visually-hidden")
    found = rows(context, snapshot, _read(context, causes) if callable(causes) else causes)
    listed = html.Ol([_row(row) for row in found], className=f"wall-problems has-{len(found)}")
    body = html.Div([instead] if instead else [listed], id=ids.live("problems"), className="wall-problems-body")
    return html.Section([heading, body], className="panel wall-problems-panel")


def rows(context: Context, snapshot: Snapshot, causes: Causes) -> list[Row]:
    """What the panel says, the gravest first: red, silent sources, amber; else that all is well; then what to watch."""
    nodes = problem_nodes(snapshot)
    red = [problem(context, snapshot, node, causes) for node in nodes if node.status in RED]
    silent = [_silent(context, source) for source in _silent_sources(context)]
    rest = [problem(context, snapshot, node, causes) for node in nodes if node.status not in RED]
    loud = any(node in by_gravity(snapshot.nodes) for node in nodes)
    calm = [] if loud or silent else [_calm(context, snapshot)]
    return [*red, *silent, *calm, *rest][:MOST]


def problem(context: Context, snapshot: Snapshot, node: NodeSnapshot, causes: Causes) -> Row:
    """One node in words."""
    figure, word = _figure(context, node)
    return Row(
        node_class(node),
        node.status,
        figure,
        word,
        context.node_name(node.key),
        facts(context, node),
        cause(context, node, causes.get(node.key)),
        helps(context, node, causes.get(node.key)),
        context.team_name(context.lifeline.node(node.key).owner) if node.key in context.lifeline else "",
        _since(context, snapshot, node),
    )


def facts(context: Context, node: NodeSnapshot) -> str:
    """``214 orders overdue, oldest 6 h 12 min · ¥61,300``."""
    texts, formats = context.texts, context.formats
    if not node.overdue:
        return texts("wall.problems.none_overdue", count=formats.count(node.in_progress))
    age = formats.elapsed(node.oldest_overdue_seconds)
    money = formats.money(node.overdue_amount, cents=False)
    return texts("wall.problems.overdue", count=formats.count(node.overdue), age=age, money=money)


def cause(context: Context, node: NodeSnapshot, explanation: Explanation | None = None) -> str:
    """What explains the late orders, else the node's most frequent exception, else why it has its status."""
    texts = context.texts
    if explanation is not None:
        return explanation_sentence(context, explanation)
    if node.top_exception:
        return texts("wall.problems.mostly", exception=context.exception_name(node.top_exception))
    own = context.lifeline.node(node.key)
    return reason_sentence(texts, node, own, context.formats.zone, context.lifeline.systems)


def helps(context: Context, node: NodeSnapshot, explanation: Explanation | None = None) -> str:
    """What helps against the exception that explains, else against the most frequent one; empty without either."""
    dimension, value = explanation.pairs[0] if explanation else ("", "")
    if dimension == EXCEPTION:
        kind = context.lifeline.exceptions.get(value)
        return context.texts.label(kind.optimisation) if kind else ""
    return optimisation_text(context.texts, context.lifeline, node) if node.top_exception and not explanation else ""


def _read(context: Context, causes: Callable[[], Causes]) -> Causes:
    """The causes; where they cannot be read, none: the problems are told all the same."""
    try:
        return causes()
    except Exception as error:
        if context.report is None:
            raise
        context.report("causes", error)
        return {}


def _figure(context: Context, node: NodeSnapshot) -> tuple[str, str]:
    """The figure of the rule that fired, and the word beneath it."""
    formats, texts = context.formats, context.texts
    if node.reason.rule == "rate":
        return formats.short_percent(node.timeout_rate), texts("wall.problems.late")
    if node.reason.rule == "overdue":
        return f"+{formats.short_count(node.newly_overdue)}", texts("wall.problems.newly_late")
    return formats.index(node.congestion_index), node_word(texts, node)


def _since(context: Context, snapshot: Snapshot, node: NodeSnapshot) -> str:
    if node.since is None or node not in by_gravity(snapshot.nodes):
        return ""
    return context.texts("wall.problems.since", time=context.formats.since(node.since, snapshot.as_of))


def _silent_sources(context: Context) -> list[Source]:
    if context.at is not None or context.backfill is not None:
        return []
    return [source for source in troubled(context.sources) if source.voice is Voice.SILENT]


def _silent(context: Context, source: Source) -> Row:
    texts, formats = context.texts, context.formats
    names = texts("common.sources.comma").join(context.node_name(key) for key in source.nodes)
    since = texts("wall.problems.since", time=formats.since(source.heard_at, source.as_of))
    return Row(
        "is-grey is-old",
        Status.GREY,
        "?",
        texts("sources.voice.silent"),
        context.source_name(source.key),
        texts("wall.problems.silent", span=formats.elapsed(source.silence_seconds)),
        texts("wall.problems.unseen", nodes=names),
        since=since,
    )


def _calm(context: Context, snapshot: Snapshot) -> Row:
    texts, nodes = context.texts, snapshot.nodes
    told = [node for node in nodes if node.status is not Status.GREY]
    status = Status.GREEN if told else Status.GREY
    overdue = sum(node.overdue for node in nodes)
    in_progress = sum(node.in_progress for node in nodes)
    title = "title_grey" if not told else "title_overdue" if overdue else "title"
    said = texts("wall.calm.overdue", count=context.formats.count(overdue)) if overdue else texts("wall.calm.none")
    slowest = max(told, key=lambda node: node.congestion_index or 0.0, default=None)
    if slowest is not None and slowest.congestion_index:
        figure = context.formats.index(slowest.congestion_index)
        said += texts("wall.calm.slowest", node=context.node_name(slowest.key), index=figure)
    return Row(
        f"is-calm is-{status.value}",
        status,
        "",
        "",
        texts(f"wall.calm.{title}"),
        texts("wall.calm.nodes", count=len(told), total=len(nodes), orders=context.formats.count(in_progress)),
        said if told else texts("wall.calm.grey"),
    )


def _row(row: Row) -> html.Li:
    """A figure, or a large disc where there is none, and the words beside it."""
    figure: Sequence[Component] = [
        html.Span(row.figure, className="wall-figure"),
        html.Span([disc(row.status), html.Span(row.word)], className="wall-word"),
    ]
    return html.Li(
        [
            html.Div(figure if row.figure else [disc(row.status, "large")], className="wall-problem-figure"),
            html.Div(
                [
                    html.P(
                        [html.Strong(row.name, className="wall-problem-name"), html.Span(row.facts)],
                        className="wall-problem-head",
                    ),
                    html.P([row.cause, html.Span(row.helps)], className="wall-problem-cause"),
                ],
                className="wall-problem-words",
            ),
            html.Div([html.Span(row.owner), html.Span(row.since)], className="wall-problem-whose"),
        ],
        className=f"wall-problem {row.tone}",
    )
