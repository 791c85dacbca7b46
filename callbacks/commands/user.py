"""``lifeline user``: who may sign in. The first admin is made here, and nowhere else."""

from pathlib import Path
from typing import Annotated

import typer

from callbacks.commands.identity import ask_password, by_command, identity_store, instant, show
from callbacks.commands.opening import fail
from dashboard.clock import Clock
from dashboard.permissions import Role
from dashboard.settings import SettingsError, read_settings
from datasource.people import Person, add_person, disable_person, people, set_password, set_role
from datasource.store import Store
from layouts.texts import Texts
from layouts.who import role_name

COLUMNS = ("name", "shown_name", "role", "way", "made", "state")


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command and those below it."""
    group = typer.Typer(help=texts("identity.help.user"), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="user")
    _add_add(group, texts, clock)
    _add_list(group, texts, clock)
    _add_role(group, texts, clock)
    _add_password(group, texts, clock)
    _add_disable(group, texts, clock)


def _add_add(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"identity.help.{name}") for name in ("name", "shown_name", "team", "subject")}
    help_ |= {"role": texts("identity.help.role", roles=", ".join(Role))}
    help_ |= {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.user_add"))
    def add(
        name: Annotated[str, typer.Argument(metavar="NAME", help=help_["name"])],
        role: Annotated[str, typer.Option(metavar="ROLE", help=help_["role"])] = Role.VIEWER.value,
        team: Annotated[str | None, typer.Option(metavar="TEAM", help=help_["team"])] = None,
        shown_name: Annotated[str, typer.Option("--shown-name", metavar="TEXT", help=help_["shown_name"])] = "",
        subject: Annotated[str | None, typer.Option(metavar="SUBJECT", help=help_["subject"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        known = _role(texts, role, team)
        issuer = None if subject is None else _issuer(texts)
        password = ask_password(texts) if subject is None else None
        with identity_store(texts, clock, database, data, new=True) as store:
            _check_team(texts, store, team)
            new = Person(name.lower(), shown_name or name, known, team, clock.now())
            oidc = (issuer, subject) if issuer and subject else None
            with store.begin() as connection:
                add_person(connection, new, by_command(), password=password, oidc=oidc)
            told = role_name(texts, store.lifeline(), known, team)
        typer.echo(texts("identity.cli.added", name=new.name, role=told))


def _add_list(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("list", help=texts("identity.help.user_list"))
    def list_(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            found, lifeline = people(connection), store.lifeline()
        rows = [
            (
                one.name,
                one.shown_name,
                role_name(texts, lifeline, one.role, one.team),
                texts(f"identity.state.{'by_password' if one.has_password else 'by_provider'}"),
                instant(one.made_at),
                texts(f"identity.state.{'disabled' if one.disabled_at else 'active'}"),
            )
            for one in found
        ]
        show(texts, COLUMNS, rows)


def _add_role(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"identity.help.{name}") for name in ("name", "team")}
    help_ |= {"role": texts("identity.help.role", roles=", ".join(Role))}
    help_ |= {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("role", help=texts("identity.help.user_role"))
    def change(
        name: Annotated[str, typer.Argument(metavar="NAME", help=help_["name"])],
        role: Annotated[str, typer.Argument(metavar="ROLE", help=help_["role"])],
        team: Annotated[str | None, typer.Option(metavar="TEAM", help=help_["team"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        known = _role(texts, role, team)
        with identity_store(texts, clock, database, data) as store:
            _check_team(texts, store, team)
            with store.begin() as connection:
                set_role(connection, name.lower(), known, team, by_command(), clock.now())
            told = role_name(texts, store.lifeline(), known, team)
        typer.echo(texts("identity.cli.role", name=name.lower(), role=told))


def _add_password(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.user_password"))
    def password(
        name: Annotated[str, typer.Argument(metavar="NAME", help=texts("identity.help.name"))],
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        told = ask_password(texts)
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            set_password(connection, name.lower(), told, by_command(), clock.now())
        typer.echo(texts("identity.cli.changed", name=name.lower()))


def _add_disable(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.user_disable"))
    def disable(
        name: Annotated[str, typer.Argument(metavar="NAME", help=texts("identity.help.name"))],
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            disable_person(connection, name.lower(), by_command(), clock.now())
        typer.echo(texts("identity.cli.disabled", name=name.lower()))


def _role(texts: Texts, role: str, team: str | None) -> Role:
    if role not in {one.value for one in Role}:
        fail(texts("identity.refused.role", role=role, roles=", ".join(Role)))
    if team is not None and role != Role.OPERATOR:
        fail(texts("identity.refused.team_of"))
    return Role(role)


def _check_team(texts: Texts, store: Store, team: str | None) -> None:
    teams = store.lifeline().teams
    if team is not None and team not in teams:
        fail(texts("identity.refused.team", team=team, teams=", ".join(teams)))


def _issuer(texts: Texts) -> str:
    try:
        oidc = read_settings().identity.oidc
    except SettingsError as error:
        fail(str(error))
    return oidc.issuer if oidc else fail(texts("identity.refused.no_issuer"))
