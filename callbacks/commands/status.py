"""``lifeline status``: the numbers of every node, as a table for people or JSON for programs."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from callbacks.answers import lifeline_answer
from callbacks.commands.opening import clear_errors, ensure_lifeline, fail, opened, settings_of
from callbacks.filters import Filters, read_filters
from dashboard.clock import Clock
from dashboard.lifeline import Lifeline
from dashboard.snapshot import NodeSnapshot, Snapshot, Status
from dashboard.sources import outranked
from datasource.folding import LIMIT, fold
from datasource.snapshots import snapshot
from datasource.source_history import source_history, sources_seen
from datasource.store import Store
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.parts import node_word
from layouts.reasons import reason_sentence
from layouts.texts import LANGUAGES, Texts

WHOLE_WIDTH = 140
"""Columns of a terminal in which the whole table can be read."""

COLUMNS = ("node", "status", "index", "in_progress", "overdue", "mean", "rate", "exception", "reason")
WORDS = frozenset({"node", "status", "exception", "reason"})
STYLES = {Status.AMBER: "yellow", Status.RED: "red", Status.DEEP_RED: "bold red", Status.GREY: "dim"}


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command."""
    help_ = {
        name: texts(f"messages.help.{name}") for name in ("json", "at", "window", "slice", "lang", "database", "data")
    }

    @app.command(help=texts("messages.help.status"))
    def status(
        as_json: Annotated[bool, typer.Option("--json", help=help_["json"])] = False,
        at: Annotated[str, typer.Option(metavar="ISO", help=help_["at"])] = "",
        window: Annotated[str, typer.Option(metavar="WIDTH", help=help_["window"])] = "",
        slice_: Annotated[str, typer.Option("--slice", metavar="NAME=VALUE", help=help_["slice"])] = "",
        lang: Annotated[str, typer.Option(metavar="LANG", help=help_["lang"])] = "",
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        if lang and lang not in LANGUAGES:
            fail(texts("messages.cli.language", lang=lang))
        words = Texts(lang) if lang else texts
        settings = settings_of(words, database, data)
        with opened(words, settings, new=False) as store, clear_errors(words):
            ensure_lifeline(store, clock)
            lifeline = store.lifeline()
            asked = read_filters({"at": at, "window": window, "slice": slice_}, lifeline, clock.now())
            taken = take(store, lifeline, asked, clock)
            if not store.works_as_application():
                typer.echo(texts("acting.cli.open"), err=True)
        if as_json:
            typer.echo(json.dumps(lifeline_answer(taken, lifeline, words.lang), ensure_ascii=False, indent=2))
        else:
            show(Console(), Context(lang=words.lang, lifeline=lifeline, at=asked.at), taken)


def take(store: Store, lifeline: Lifeline, asked: Filters, clock: Clock) -> Snapshot:
    """The snapshot as the API tells it, once everything that was recorded is in the rollups."""
    now = clock.now()
    folded = LIMIT
    while folded == LIMIT:
        with store.begin() as connection:
            folded = fold(connection, now, lifeline).changes
    with store.read() as connection:
        taken = snapshot(connection, lifeline, slice=asked.slice, window=asked.window, at=asked.at, now=now)
        if asked.at:
            return taken
        return outranked(taken, sources_seen(connection, lifeline, source_history(connection, lifeline, now), now))


def show(console: Console, context: Context, taken: Snapshot) -> None:
    """The table; where it does not fit, its last columns as lines below, of the nodes that are not normal."""
    whole = console.width >= WHOLE_WIDTH
    console.print(table(context, taken, COLUMNS if whole else COLUMNS[:-2]))
    for node in taken.nodes:
        if not whole and node.status is not Status.GREEN:
            name, *_, trouble, why = _cells(context, node)
            told = ": ".join((name, "; ".join(filter(None, (why, trouble)))))
            console.print(told, style=STYLES.get(node.status, ""), highlight=False)


def table(context: Context, taken: Snapshot, columns: Sequence[str]) -> Table:
    """One line per node, with the first so many columns."""
    texts, formats = context.texts, context.formats
    widened = taken.window_used_seconds > taken.window_seconds
    title = texts(
        "messages.cli.status_title_wider" if widened else "messages.cli.status_title",
        slice=context.slice_name(taken.slice),
        window=formats.window(timedelta(seconds=taken.window_seconds)),
        widest=formats.window(timedelta(seconds=taken.window_used_seconds)),
        time=formats.moment(taken.as_of),
    )
    freshness = Freshness(taken.as_of, taken.silence_seconds)
    behind = freshness.level(context) in {"behind", "stale"}
    heard = formats.since(freshness.heard_at, taken.as_of)
    made = Table(title=title, caption=texts("messages.cli.status_stale", time=heard) if behind else None)
    for name in columns:
        words = name in WORDS
        made.add_column(texts(f"messages.cli.column.{name}"), justify="left" if words else "right", no_wrap=not words)
    for node in taken.nodes:
        made.add_row(*_cells(context, node)[: len(columns)], style=STYLES.get(node.status, ""))
    return made


def _cells(context: Context, node: NodeSnapshot) -> list[str]:
    texts, formats = context.texts, context.formats
    return [
        context.node_name(node.key),
        node_word(texts, node),
        formats.index(node.congestion_index),
        formats.count(node.in_progress),
        formats.count(node.overdue),
        formats.duration(node.mean_seconds),
        formats.percent(node.timeout_rate),
        context.exception_name(node.top_exception) if node.top_exception else "",
        reason_sentence(texts, node, context.lifeline.node(node.key), formats.zone, context.lifeline.systems),
    ]
