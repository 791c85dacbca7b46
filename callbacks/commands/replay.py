"""``lifeline replay``: recorded orders on the dashboard, as if they happened now, until Ctrl-C."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from callbacks.commands.bars import bar
from callbacks.commands.opening import DEFAULT_LIFELINE, check_paths, clear_errors, data_folder, fail, settings_of
from callbacks.commands.run import listen, load_server, serve
from callbacks.filters import read_instant
from callbacks.metrics import Metrics
from callbacks.replaying import Replaying
from callbacks.services import Services
from dashboard.clock import Clock
from dashboard.lifeline import Lifeline
from dashboard.permissions import REPLAY_VISITOR
from dashboard.replay import FASTEST, SLOWEST
from dashboard.settings import Settings
from datasource.embedded import start_embedded
from datasource.feeds.reading import Feed, open_feed
from datasource.lifelines import shipped
from datasource.replay.own_store import beside, within
from datasource.replay.player import Player
from datasource.replay.tape import EmptyTape, Recording, Tape
from datasource.replay.taping import Taped, tape_feed
from datasource.store import Store
from layouts.formats import Formats
from layouts.texts import Texts

USUAL_SPEED = 60
PARTS = 200
"""So many parts of the recording are told apart in the bar."""


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command."""
    names = ("paths", "mapping", "from", "speed", "host", "port", "database_of_replay", "data")
    help_ = {name: texts(f"messages.help.{name}") for name in names}

    @app.command("replay", help=texts("messages.help.replay"))
    def replay_(
        paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=help_["paths"])],
        mapping: Annotated[Path, typer.Option(metavar="FILE", help=help_["mapping"])],
        start: Annotated[str, typer.Option("--from", metavar="ISO", help=help_["from"])] = "",
        speed: Annotated[int, typer.Option(metavar="NUMBER", help=help_["speed"])] = USUAL_SPEED,
        host: Annotated[str | None, typer.Option(metavar="ADDRESS", help=help_["host"])] = None,
        port: Annotated[int | None, typer.Option(min=0, max=65535, help=help_["port"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database_of_replay"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        check_paths(texts, *paths, mapping)
        if not SLOWEST <= speed <= FASTEST:
            fail(texts("messages.cli.speed", slowest=SLOWEST, fastest=f"{FASTEST:,}", speed=speed))
        settings = alone(settings_of(texts, database, data), database)
        settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
        with clear_errors(texts):
            feed = open_feed(mapping, paths, shipped(DEFAULT_LIFELINE))
        asked = _asked(texts, start, feed.lifeline) if start else None
        listener = listen(texts, settings.host, settings.port)
        load_server()
        with listener, own_store(texts, settings) as store:
            replaying = _prepared(texts, clock, store, feed, asked, speed)
            services = Services(
                store, replaying.shown, settings, Metrics.fresh(), replay=replaying, visitor=REPLAY_VISITOR
            )
            serve(services, listener, lambda url: typer.echo(texts("messages.cli.serving", url=url)))
        typer.echo(texts("messages.cli.stopped"))


def alone(settings: Settings, database: str | None) -> Settings:
    """The settings without all that a replay may share with a store of the user's: database, cache, token."""
    return replace(settings, database_url=settings.database_url if database else None, cache_url=None, api_token=None)


@contextmanager
def own_store(texts: Texts, settings: Settings) -> Iterator[Store]:
    """The replay's own store: in the database that was named for it, else beside those of the embedded server."""
    with clear_errors(texts):
        if settings.database_url is not None:
            with within(settings.database_url) as store:
                yield store
            return
        server = start_embedded(data_folder(settings))
        try:
            with beside(server) as store:
                yield store
        finally:
            server.stop()


def _prepared(texts: Texts, clock: Clock, store: Store, feed: Feed, asked: datetime | None, speed: int) -> Replaying:
    """The replay, its store filled with what lies before the start."""
    store.install_lifeline(feed.lifeline, clock.now())
    tape = Tape(store)
    try:
        with bar(texts("messages.cli.reading")) as tell:
            taped = tape_feed(tape, feed, clock.now(), tell)
    except EmptyTape:
        fail(texts("messages.cli.nothing_to_replay"))
    recording = taped.recording
    _say(texts, taped, feed.lifeline)
    start = recording.first if asked is None else max(asked, recording.first)
    if start >= recording.last:
        fail(texts("messages.cli.replay_over", **_span(texts, recording, feed.lifeline)))
    activity = tape.activity(recording, PARTS)
    replaying = Replaying(Player(store, tape), recording, clock, start=start, speed=speed, activity=activity)
    with bar(texts("messages.cli.recording")) as tell:
        replaying.begin(lambda fraction: tell(fraction, round(fraction * recording.events)))
    return replaying


def _asked(texts: Texts, text: str, lifeline: Lifeline) -> datetime:
    try:
        return read_instant(text, ZoneInfo(lifeline.time_zone))
    except ValueError:
        fail(texts("messages.filter.at", value=text[:80]))


def _say(texts: Texts, taped: Taped, lifeline: Lifeline) -> None:
    counts = {"orders": f"{taped.orders:,}", "events": f"{taped.recording.events:,}", "rejected": f"{taped.rejected:,}"}
    text = "messages.cli.taped" if taped.rejected else "messages.cli.taped_whole"
    typer.echo(texts(text, **counts, **_span(texts, taped.recording, lifeline)))


def _span(texts: Texts, recording: Recording, lifeline: Lifeline) -> dict[str, str]:
    formats = Formats(texts, ZoneInfo(lifeline.time_zone))
    return {"first": formats.moment(recording.first), "last": formats.moment(recording.last)}
