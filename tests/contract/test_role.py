"""The role that keeps the program from its own audit, whoever owns the database."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from datasource.lifelines import shipped
from datasource.statistics import refresh_statistics
from datasource.store import APPLICATION, Store
from tests.builders import NOON


def _run(url: str, *statements: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def owned(server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database whose owner has the rights that the test asks for."""
    name = f"owner_{uuid4().hex}"
    _run(server_url, f"CREATE ROLE {name} LOGIN {request.param}", f"CREATE DATABASE {name} OWNER {name}")
    yield make_url(server_url).set(username=name, database=name).render_as_string(hide_password=False)
    _run(server_url, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def _user(store: Store) -> tuple[str, str]:
    with store.begin() as connection:
        return tuple(connection.execute(text("SELECT current_user, session_user")).one())  # type: ignore[return-value]


def test_the_store_works_as_the_application(store: Store) -> None:
    """Every transaction; as the owner only where it is asked for, and only until that ends."""
    assert _user(store)[0] == APPLICATION
    with store.own() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() != APPLICATION
    assert _user(store)[0] == APPLICATION
    assert store.works_as_application()


def test_the_application_may_have_its_tables_counted(store: Store) -> None:
    """Which only their owner may do; it is the application again at once, in the same transaction."""
    counted = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass('orders')")
    with store.begin() as connection:
        assert connection.execute(counted).scalar_one() == -1  # never
        refresh_statistics(connection)
        assert connection.execute(counted).scalar_one() == 0
        assert connection.execute(text("SELECT current_user")).scalar_one() == APPLICATION
    assert _user(store)[0] == APPLICATION


@pytest.mark.parametrize("owned", ["NOSUPERUSER NOCREATEROLE", "NOSUPERUSER CREATEROLE"], indirect=True)
def test_an_owner_without_rights_works_all_the_same(store: Store, owned: str) -> None:
    """The role is another's: the program goes on as the owner, and says that the audit is open."""
    other = Store.open(owned)
    try:
        other.migrate()
        other.migrate()
        other.install_lifeline(shipped("distributor"), NOON)
        assert other.lifeline().nodes
        held_back = other.works_as_application()
        assert held_back == (_user(other)[0] == APPLICATION)
    finally:
        other.close()


@pytest.mark.parametrize("owned", ["NOSUPERUSER NOCREATEROLE"], indirect=True)
def test_an_owner_who_was_given_the_role_is_held_back(store: Store, server_url: str, owned: str) -> None:
    """As the manual says: the role granted once, before the first migration."""
    _run(server_url, f"GRANT {APPLICATION} TO {make_url(owned).username}")
    other = Store.open(owned)
    try:
        other.migrate()
        assert _user(other)[0] == APPLICATION
        with pytest.raises(ProgrammingError, match="permission denied"), other.begin() as connection:
            connection.execute(text("DELETE FROM audit"))
    finally:
        other.close()
