"""The composition root and the command line: settings, store, server."""

import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from dashboard.clock import Clock, WallClock
from dashboard.settings import user_language
from layouts.texts import Texts


def command_line(texts: Texts, clock: Clock) -> typer.Typer:
    """All commands, speaking the language of ``texts``."""
    # Not above: processes that only record read this file again as they start, and need nothing of a server.
    from callbacks.commands import (  # noqa: PLC0415
        audit,
        importing,
        incident,
        kiosk,
        migrate,
        replay,
        run,
        status,
        token,
        user,
    )

    line = typer.Typer(
        name="lifeline",
        help=texts("messages.help.app"),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    help_version = texts("messages.help.version")

    @line.callback()
    def root(
        show: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=_tell_version, help=help_version)
        ] = False,
    ) -> None:
        del show  # told by its callback, before a missing command is found missing

    for command in (run, importing, replay, status, incident, audit, user, kiosk, token, migrate):
        command.register(line, texts, clock)
    return line


def main() -> None:
    """The command ``lifeline``. A polite end unwinds it like Ctrl-C, so that what was opened is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command_line(Texts(user_language()), WallClock())()
    except KeyboardInterrupt:
        sys.exit(130)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(_version())
        raise typer.Exit


def _version() -> str:
    try:
        return version("order-lifeline")
    except PackageNotFoundError:
        return "0"


if __name__ == "__main__":
    main()
