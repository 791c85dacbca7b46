"""``lifeline incident``: what befalls the demo shop, begun, ended and listed; a running server takes it up."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from callbacks.commands.opening import clear_errors, fail, opened, settings_of
from dashboard.clock import Clock
from dashboard.incidents import Incident
from dashboard.lifeline_row import LifelineError, Row
from datasource.demo.commanding import IncidentRefused, Order, start_incident, stop_incidents
from datasource.demo.memory import recall
from datasource.demo.parameters import demo_parameters
from datasource.incidents import newest_incidents
from layouts.context import Context
from layouts.incident_words import incident_place, incident_state
from layouts.texts import Texts

MOST_LISTED = 50
COLUMNS = ("id", "kind", "place", "state")


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command and those below it."""
    group = typer.Typer(help=texts("incidents.help.group"), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="incident")
    _add_start(group, texts, clock)
    _add_stop(group, texts, clock)
    _add_list(group, texts, clock)


def answer(incident: Incident) -> dict[str, object]:
    """The incident as plain values."""
    return {
        "id": incident.incident_id,
        "kind": incident.kind,
        "node": incident.node,
        "place": dict(incident.place),
        "began_at": incident.began_at.isoformat(),
        "until": incident.until and incident.until.isoformat(),
        "ended_at": incident.ended_at and incident.ended_at.isoformat(),
    }


def _add_start(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    names = ("node", "warehouse", "channel", "carrier", "source", "lasts")
    help_ = {name: texts(f"incidents.help.{name}") for name in names}
    help_ |= {name: texts(f"messages.help.{name}") for name in ("database", "data")}
    kinds = texts("incidents.help.kind", known=", ".join(plan.key for plan in demo_parameters().incidents))

    @group.command(help=texts("incidents.help.start"))
    def start(  # noqa: PLR0913, PLR0917 - each is an option of the command
        kind: Annotated[str, typer.Argument(metavar="KIND", help=kinds)],
        node: Annotated[str | None, typer.Option(metavar="NODE", help=help_["node"])] = None,
        warehouse: Annotated[str | None, typer.Option(metavar="KEY", help=help_["warehouse"])] = None,
        channel: Annotated[str | None, typer.Option(metavar="KEY", help=help_["channel"])] = None,
        carrier: Annotated[str | None, typer.Option(metavar="KEY", help=help_["carrier"])] = None,
        source: Annotated[str | None, typer.Option(metavar="KEY", help=help_["source"])] = None,
        lasts: Annotated[str | None, typer.Option(metavar="TIME", help=help_["lasts"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        named = {"warehouse": warehouse, "channel": channel, "carrier": carrier, "source": source}
        place = {dimension: value for dimension, value in named.items() if value is not None}
        try:
            span = Row("", {"lasts": lasts}).duration("lasts") if lasts is not None else None
        except LifelineError:
            fail(texts("incidents.refused.lasts"))
        order = Order(kind, node, place, span)
        with opened(texts, settings_of(texts, database, data), new=False) as store, clear_errors(texts):
            try:
                with store.begin() as connection:
                    now = clock.now()
                    begun = start_incident(connection, order, demo_parameters(), store.lifeline(), now)
            except IncidentRefused as refused:
                fail(texts(f"incidents.refused.{refused.text}", **refused.values))
            context = Context(lang=texts.lang, lifeline=store.lifeline())
        until = context.formats.since(begun.until, now) if begun.until else ""
        where = incident_place(context, begun.node, begun.place)
        typer.echo(texts("incidents.cli.started", id=begun.incident_id, place=where, time=until))


def _add_stop(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("incidents.help.stop"))
    def stop(
        named: Annotated[str, typer.Argument(metavar="ID|KIND", help=texts("incidents.help.named"))],
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with opened(texts, settings_of(texts, database, data), new=False) as store, clear_errors(texts):
            try:
                with store.begin() as connection:
                    stopped = stop_incidents(connection, named, clock.now())
            except IncidentRefused as refused:
                fail(texts(f"incidents.refused.{refused.text}", **refused.values))
        for incident in stopped:
            typer.echo(texts("incidents.cli.stopped", id=incident.incident_id))


def _add_list(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("json", "database", "data")}

    @group.command("list", help=texts("incidents.help.list"))
    def list_(
        as_json: Annotated[bool, typer.Option("--json", help=help_["json"])] = False,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with opened(texts, settings_of(texts, database, data), new=False) as store, clear_errors(texts):
            with store.read() as connection:
                if recall(connection) is None:
                    fail(texts("incidents.refused.no_demo"))
                found = newest_incidents(connection, MOST_LISTED)
            context = Context(lang=texts.lang, lifeline=store.lifeline())
        if as_json:
            typer.echo(json.dumps([answer(incident) for incident in found], ensure_ascii=False, indent=2))
            return
        made = Table()
        for name in COLUMNS:
            made.add_column(texts(f"incidents.column.{name}"), no_wrap=name == "id")
        for incident in found:
            place = incident_place(context, incident.node, incident.place)
            state = incident_state(context, incident, clock.now())
            made.add_row(incident.incident_id, texts(f"incidents.kind.{incident.kind}"), place, state)
        Console().print(made if found else texts("incidents.cli.nothing"))
