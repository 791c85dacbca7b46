"""``lifeline kiosk``: displays on walls, each with a link to its one page."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from callbacks.commands.identity import by_command, identity_store, instant, show
from callbacks.commands.opening import fail
from dashboard.clock import Clock
from dashboard.doors import ELSEWHERE, door_of
from dashboard.permissions import Permission
from datasource.kiosks import add_kiosk, kiosks, revoke_kiosk
from layouts.texts import Texts

COLUMNS = ("id", "name", "page", "made", "by", "seen", "state")
LONGEST = 2000


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command and those below it."""
    group = typer.Typer(help=texts("identity.help.kiosk"), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="kiosk")
    _add_add(group, texts, clock)
    _add_list(group, texts, clock)
    _add_revoke(group, texts, clock)


def is_page(page: str) -> bool:
    """Whether a display may show it: a page of this server that a viewer may see."""
    path = urlsplit(page).path
    door = door_of("GET", path)
    fits = page.isprintable() and len(page) <= LONGEST and page.startswith("/") and not page.startswith("//")
    return fits and door is not None and door.page and door is not ELSEWHERE and door.needs is Permission.READ


def _is_base(base: str) -> bool:
    """Whether a link can begin so: where the server is found, with a path where a proxy has it below one."""
    parts = urlsplit(base)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)


def _add_add(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"identity.help.{name}") for name in ("kiosk_name", "page", "base")}
    help_ |= {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.kiosk_add"))
    def add(
        name: Annotated[str, typer.Argument(metavar="NAME", help=help_["kiosk_name"])],
        page: Annotated[str, typer.Option(metavar="PATH", help=help_["page"])] = "/wall",
        base: Annotated[str, typer.Option(metavar="URL", help=help_["base"])] = "http://127.0.0.1:8050",
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        if not is_page(page):
            fail(texts("identity.refused.page", page=page[:80]))
        if not _is_base(base):
            fail(texts("identity.refused.base", base=base[:80]))
        with identity_store(texts, clock, database, data, new=True) as store, store.begin() as connection:
            kiosk_id, secret = add_kiosk(connection, name, page, by_command(), clock.now())
        typer.echo(texts("identity.cli.link", name=name, id=kiosk_id))
        typer.echo(f"{base.rstrip('/')}/kiosk/{secret}")


def _add_list(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("list", help=texts("identity.help.kiosk_list"))
    def list_(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            found = kiosks(connection)
        rows = [
            (
                str(one.kiosk_id),
                str(one.name),
                str(one.page),
                instant(one.made_at),
                str(one.made_by),
                instant(one.seen_at),
                texts(f"identity.state.{'revoked' if one.revoked_at else 'active'}"),
            )
            for one in found
        ]
        show(texts, COLUMNS, rows)


def _add_revoke(group: typer.Typer, texts: Texts, clock: Clock) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command(help=texts("identity.help.kiosk_revoke"))
    def revoke(
        meant: Annotated[str, typer.Argument(metavar="ID|NAME", help=texts("identity.help.kiosk_id"))],
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with identity_store(texts, clock, database, data) as store, store.begin() as connection:
            kiosk_id = revoke_kiosk(connection, meant, by_command(), clock.now())
        typer.echo(texts("identity.cli.kiosk_off", id=kiosk_id))
