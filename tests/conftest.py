"""What the tests share: a real PostgreSQL, a fresh database each, no way out to the network."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dashboard.lifeline import Lifeline
from datasource.embedded import LOCALE, SETTINGS, start_embedded
from datasource.lifelines import shipped
from datasource.store import Store
from tests.builders import NOON

GIVEN = "LIFELINE_TEST_DATABASE_URL"
_FAST = {"shared_buffers": "64MB", "fsync": "off", "full_page_writes": "off", "max_connections": "60"}


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A running server: LIFELINE_TEST_DATABASE_URL, or an embedded one in a temporary folder."""
    if given := os.environ.get(GIVEN):  # noqa: TID251 - the tests have no settings
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    folder = Path(tempfile.mkdtemp(prefix="lifeline-tests-"))
    server = start_embedded(folder, {**SETTINGS, **_FAST})
    yield server.url
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated database with the distributor lifeline; every test gets a copy of it."""
    name = f"template_{uuid4().hex}"
    # As the embedded server makes its own; any other may be too old for it.
    kind = "TEMPLATE template0 ENCODING 'UTF8'" if os.environ.get(GIVEN) else LOCALE  # noqa: TID251
    _run(server_url, f"CREATE DATABASE {name} {kind}")
    store = Store.open(_url_of(server_url, name))
    store.migrate()
    store.install_lifeline(shipped("distributor"), NOON)
    store.close()
    yield name
    _run(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database of the test's own."""
    with copy_of(server_url, template) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on a fresh database, with the distributor lifeline in force."""
    store = Store.open(database_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def lifeline() -> Lifeline:
    """The distributor lifeline: twelve nodes, all on the 24x7 calendar."""
    return shipped("distributor")


@pytest.fixture(scope="session")
def samples() -> Path | None:
    """The folder of real data that LIFELINE_SAMPLES names, or ``None``."""
    given = os.environ.get("LIFELINE_SAMPLES")  # noqa: TID251
    return Path(given) if given else None


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(this: socket.socket, address: object) -> None:
        if this.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0] if isinstance(address, tuple) else address
            if host not in ("localhost", "::1") and not str(host).startswith("127."):
                raise RuntimeError(f"a test tried to reach {address}")

    def guarded(this: socket.socket, address: object) -> None:
        check(this, address)
        return connect(this, address)  # type: ignore[arg-type]

    def guarded_ex(this: socket.socket, address: object) -> int:
        check(this, address)
        return connect_ex(this, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@contextmanager
def copy_of(server_url: str, template: str) -> Iterator[str]:
    """The URL of a copy of a database, which is gone afterwards."""
    name = f"test_{uuid4().hex}"
    _run(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _url_of(server_url, name)
    _run(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _url_of(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def _run(server_url: str, statement: str) -> None:
    url = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
