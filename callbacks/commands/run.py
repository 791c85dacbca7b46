"""``lifeline run``: the dashboard until Ctrl-C."""

import errno
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from callbacks.commands.opening import clear_errors, ensure_lifeline, fail, opened, settings_of
from callbacks.metrics import Metrics
from callbacks.services import Services
from dashboard.clock import Clock
from dashboard.permissions import DEMO_VISITOR
from datasource.demo.progress import DemoProgress
from datasource.demo.running import DemoRefused, refuse_strangers
from datasource.people import has_people
from datasource.store import Store
from layouts.texts import Texts


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command."""
    help_ = {name: texts(f"messages.help.{name}") for name in ("demo", "host", "port", "database", "data")}

    @app.command(help=texts("messages.help.run"))
    def run(
        demo: Annotated[bool, typer.Option("--demo", help=help_["demo"])] = False,
        host: Annotated[str | None, typer.Option(metavar="ADDRESS", help=help_["host"])] = None,
        port: Annotated[int | None, typer.Option(min=0, max=65535, help=help_["port"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        settings = settings_of(texts, database, data)
        settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
        if not demo and settings.identity.secret_key is None:
            fail(texts("identity.cli.secret", command="openssl rand -base64 48"))
        if settings.webhooks.urls and not settings.webhooks.secret and not demo:
            fail(texts("outbox.cli.secret"))
        listener = listen(texts, settings.host, settings.port)
        load_server()
        with listener, opened(texts, settings) as store:
            with clear_errors(texts):
                if demo:
                    _only_the_demo(texts, store)
                ensure_lifeline(store, clock)
            token = settings.api_token or (secrets.token_urlsafe(24) if demo else None)
            if token and not settings.api_token:
                typer.echo(texts("messages.cli.token", token=token))
            progress, visitor = (DemoProgress(), DEMO_VISITOR) if demo else (None, None)
            services = Services(store, clock, settings, Metrics.fresh(), token, progress, visitor=visitor)
            who = _who_may_come(texts, services)
            serve(services, listener, lambda url: typer.echo("\n".join([texts("messages.cli.serving", url=url), *who])))
        typer.echo(texts("messages.cli.stopped"))


def _only_the_demo(texts: Texts, store: Store) -> None:
    """Before anybody is let in as the demo's visitor: real orders are none of theirs."""
    try:
        refuse_strangers(store)
    except DemoRefused:
        fail(texts("messages.cli.not_the_demo"))


def _who_may_come(texts: Texts, services: Services) -> list[str]:
    """What whoever starts it should know: a line, or none."""
    with clear_errors(texts), services.store.begin() as connection:
        nobody = not has_people(connection)
    if services.demo is not None:
        return [texts("identity.cli.people_of_demo")]
    return [texts("identity.cli.first")] if nobody and services.settings.identity.oidc is None else []


def serve(services: Services, listener: socket.socket, tell: Callable[[str], None]) -> None:
    """Answer on the socket, with the work behind it, until a signal to stop; ``tell`` hears of the address."""
    # Not above: it takes longer to load than the database to start, and both can be done at once.
    from callbacks.serving import serve_until_told  # noqa: PLC0415

    serve_until_told(services, listener, lambda: tell(address_of(services.settings.host, listener.getsockname()[1])))


def load_server() -> None:
    """Begin to load what ``serve`` needs, in a thread of its own."""
    Thread(target=import_module, args=("callbacks.serving",), daemon=True).start()


def listen(texts: Texts, host: str, port: int) -> socket.socket:
    """An open socket, bound before anything else is started, so that a taken port costs no wait."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        fail(texts("messages.cli.bind", host=host, port=port, reason=error))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        text = "messages.cli.port" if error.errno == errno.EADDRINUSE else "messages.cli.bind"
        fail(texts(text, host=host, port=port, reason=error.strerror))
    listener.set_inheritable(False)
    return listener


def address_of(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"
