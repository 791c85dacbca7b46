"""The command ``lifeline replay``: one clear line for wrong input, a database of its own, and nothing left of it."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from app import command_line
from datasource.embedded import EmbeddedServer
from datasource.recording import record
from datasource.replay.own_store import StoreInUse, beside, within
from datasource.replay.tape import TABLE
from datasource.store import Store
from layouts.texts import Texts
from tests.builders import left
from tests.conftest import _run, _url_of
from tests.integration.test_cli import process
from tests.replays import OLIST

FILES = [str(OLIST[1]), "--mapping", str(OLIST[0])]


@pytest.fixture
def run(clock, monkeypatch: pytest.MonkeyPatch):
    """Run the command in this process."""
    for name in ("DATABASE_URL", "LIFELINE_DATA", "LIFELINE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIFELINE_LOG_LEVEL", "error")

    def run(*arguments: str, lang: str = "en"):
        return CliRunner().invoke(command_line(Texts(lang), clock), ["replay", *arguments, "--port", "0"])

    return run


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """The address of a database with nothing in it."""
    name = f"test_{uuid4().hex}"
    _run(server_url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield _url_of(server_url, name)
    _run(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def tables(url: str) -> list[str]:
    """What is in a database."""
    store = Store.open(url)
    with store.read() as connection:
        found = inspect(connection).get_table_names()
    store.close()
    return found


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*FILES, "--speed", "0"], "--speed takes a whole number from 1 to 100,000, not 0"),
        ([*FILES, "--speed", "100001"], "--speed takes a whole number from 1 to 100,000, not 100001"),
        ([*FILES, "--from", "some day"], "“some day” is no instant"),
        (["nothing.csv", *FILES[1:]], "There is no file nothing.csv"),
        ([FILES[0], "--mapping", "examples/tmall.toml"], "订单"),
        ([*FILES, "--database", "mysql://x@y/z"], "postgresql://user@host/database"),
    ],
)
def test_wrong_input_is_one_clear_line(run, arguments: list[str], says: str):
    """Exit code 2, nothing on the output, one line on the error stream; no server was started for it."""
    told = run(*arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert says in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_a_start_after_the_recording_is_told_with_its_span(run, empty_url: str):
    """Only the files can say; the database is empty again afterwards."""
    told = run(*FILES, "--from", "2019-01-01", "--database", empty_url)
    assert told.exit_code == 2
    assert "runs from 1\xa0Feb\xa02018\xa003:44 to 7\xa0Apr\xa02018\xa012:52" in told.stderr
    assert "“2019" not in told.stderr
    assert tables(empty_url) == []


def test_files_without_events_are_told(run, empty_url: str, tmp_path: Path):
    """A header alone."""
    head = (OLIST[1] / "orders.csv").read_text("utf-8").splitlines()[0]
    (tmp_path / "orders.csv").write_text(head + "\n", "utf-8")
    told = run(str(tmp_path), *FILES[1:], "--database", empty_url)
    assert (told.exit_code, tables(empty_url)) == (2, [])
    assert "no event in these files" in told.stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_store_of_orders_is_refused_and_left_alone(run, store: Store, lifeline, lang: str):
    """Even where DATABASE_URL would be taken by every other command; not one table more, not one order less."""
    with store.begin() as connection:
        record(connection, [left("place")], lifeline, left("place").at)
    url = store.engine.url.render_as_string(hide_password=False)
    told = run(*FILES, "--database", url, lang=lang)
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar_one() == 1
        assert TABLE not in inspect(connection).get_table_names()


def test_what_a_killed_replay_left_is_taken_over(empty_url: str):
    """Its tape marks the database as a replay's; anything else in a database is a reason to refuse."""
    with pytest.raises(KeyboardInterrupt), within(empty_url):
        raise KeyboardInterrupt
    assert tables(empty_url) == []
    killed = within(empty_url)
    killed.__enter__().close()
    assert TABLE in tables(empty_url)
    with within(empty_url) as store, store.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar_one() == 0
    killed.gen.close()
    _run(empty_url, "CREATE TABLE mine (it int)")
    with pytest.raises(StoreInUse, match="not empty"), within(empty_url):
        pass
    assert tables(empty_url) == ["mine"]


def test_beside_the_users_store_a_replay_has_its_own(server_url: str):
    """A database of another name, gone at the end; what another one left is dropped, but not what is in use."""
    server = EmbeddedServer(Path(), server_url, None)

    def databases() -> set[str]:
        with psycopg.connect(server_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
            return {
                name for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname ~ '_replay_'")
            }

    _run(server_url, "CREATE DATABASE lifeline_replay_left_behind")
    with beside(server) as one:
        first = databases()
        assert len(first) == 1
        with beside(server) as other:
            assert databases() == {one.engine.url.database, other.engine.url.database}
    assert databases() == set()


def test_it_serves_until_it_is_stopped(empty_url: str):
    """As a person runs it: what was read, the address, live answers of 2018; a polite end empties all."""
    arguments = ["replay", *FILES, "--from", "2018-03-01", "--speed", "60", "--port", "0", "--database", empty_url]
    running = process(*arguments)
    try:
        assert running.stdout is not None
        assert "120 orders, 439 events from" in running.stdout.readline()
        address = re.search(r"http://[\d.:]+", running.stdout.readline())[0]
        told = httpx.get(f"{address}/api/v1/lifeline", timeout=60).json()
        assert told["as_of"].startswith("2018-03-01T03:")
    finally:
        running.send_signal(signal.SIGTERM)
        output, errors = running.communicate(timeout=60)
    assert (running.returncode, output.strip(), errors) == (0, "Stopped.", "")
    assert tables(empty_url) == []
