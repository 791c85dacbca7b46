"""Recordings to replay: the shipped samples on a tape, in a database of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasource.feeds.reading import open_feed
from datasource.replay.tape import Recording, Tape
from datasource.replay.taping import tape_feed
from datasource.store import Store
from tests.builders import days
from tests.integration.dumping import fresh_store

EXAMPLES = Path(__file__).parents[1] / "examples"
OLIST = (EXAMPLES / "olist.toml", EXAMPLES / "olist-sample")
EVENT_LOG = (EXAMPLES / "long-events.toml", EXAMPLES / "long-events.csv")
REAL_NOW = days(300)


@contextmanager
def taped(server_url: str, template: str, mapping: Path, path: Path) -> Iterator[tuple[Store, Tape, Recording]]:
    """A store, still empty, with a tape of the files in it."""
    with fresh_store(server_url, template) as store:
        feed = open_feed(mapping, [path], None)
        store.install_lifeline(feed.lifeline, REAL_NOW)
        tape = Tape(store)
        tape.make()
        yield store, tape, tape_feed(tape, feed, REAL_NOW, lambda *_: None).recording
