"""``lifeline token``: what systems show to the API, each with what it may."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from callbacks.commands.identity import by_command, identity_store, instant, show
from callbacks.commands.opening import fail
from dashboard.clock import Clock
from dashboard.permissions import Permission
from datasource.api_tokens import add_token, revoke_token, tokens
from layouts.texts import Texts

COLUMNS = ("id", "name", "scopes", "made", "by", "expires", "seen", "state")
LONGEST_DAYS = 3650


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command and those below it."""
    group = typer.Typer(help=texts("identity.help.token"), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="token")
    _add_add(group, texts, clock)
    _add_list(group, texts, clock)
    _add_revoke(group, texts, clock)


def _add_add(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"identity.help.{name}") for name in ("token_name", "days")}
    help_ |= {name: texts(f"messages.help.{name}") for name in ("database", "data")}
    scopes_help = texts("identity.help.scopes", scopes=", ".join(Permission))

    @group.command(help=texts("identity.help.token_add"))
    def add(
        name: Annotated[str, typer.Argument(metavar="NAME", help=help_["token_name"])],
        scopes: Annotated[str, typer.Option(metavar="SCOPES", help=scopes_help)],
        days: Annotated[int | None, typer.Option(metavar="DAYS", help=help_["days"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        asked = _scopes(texts, scopes)
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            fail(texts("identity.refused.days"))
        until = clock.now() + timedelta(days=days) if days else None
        with identity_store(texts, clock, database, data, new=True) as store, store.begin() as connection:
            token_id, token = add_token(connection, name, asked, until, by_command(), clock.now())
        typer.echo(texts("identity.cli.token", name=name, id=token_id))
        typer.echo(token)


def _add_list(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("list", help=texts("identity.help.token_list"))
    def list_(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            found = tokens(connection)
        rows = [
            (
                str(one.token_id),
                str(one.name),
                ", ".join(one.scopes),
                instant(one.made_at),
                str(one.made_by),
                instant(one.expires_at),
                instant(one.seen_at),
                texts(f"identity.state.{_state(one.revoked_at, one.expires_at, clock.now())}"),
            )
            for one in found
        ]
        show(texts, COLUMNS, rows)


def _add_revoke(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.token_revoke"))
    def revoke(
        meant: Annotated[str, typer.Argument(metavar="ID|NAME", help=texts("identity.help.token_id"))],
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            token_id = revoke_token(connection, meant, by_command(), clock.now())
        typer.echo(texts("identity.cli.token_off", id=token_id))


def _scopes(texts: Texts, told: str) -> set[Permission]:
    words = {word.strip() for word in told.split(",") if word.strip()}
    known = {one.value for one in Permission}
    if strange := sorted(words - known):
        fail(texts("identity.refused.scope", scope=strange[0], scopes=", ".join(Permission)))
    return {Permission(word) for word in words}


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at:
        return "revoked"
    return "expired" if expires_at and expires_at <= now else "active"
