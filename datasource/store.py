"""The store: its connections, its migrations, and the lifeline that it holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from psycopg import Connection as Driver
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverOperationalError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from dashboard.lifeline import Lifeline, read_lifeline
from datasource.errors import NoLifeline, StoreUnavailable
from datasource.schema import config_version

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_142_001
APPLICATION = "lifeline_app"
_MAY_WORK_AS = (
    f"SELECT pg_has_role(oid, 'MEMBER') AND "  # noqa: S608 - our own name
    f"has_table_privilege(oid, to_regclass('public.audit'), 'INSERT') "
    f"FROM pg_roles WHERE rolname = '{APPLICATION}'"
)
_WORK_AS = f"SET ROLE {APPLICATION}"
_OPTIONS = (
    "-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1 -c client_encoding=UTF8 -c array_nulls=on "
    "-c statement_timeout=120000 -c idle_in_transaction_session_timeout=300000"
)
"""Whatever the database was told to prefer: what is written and read here needs these."""


@dataclass
class Store:
    """An open store. Threads may share it; each transaction has a connection of its own."""

    engine: Engine
    revive: Callable[[], bool] = lambda: False
    """Starts the server again if it died and is ours to start; answers whether it did."""
    _lifelines: dict[int, Lifeline] = field(default_factory=dict)

    @classmethod
    def open(cls, url: str, *, connections: int = 20, revive: Callable[[], bool] = lambda: False) -> "Store":
        """A store on a PostgreSQL URL; any way of writing it is taken. Connects only when first used."""
        engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,  # what people wrote of orders has no place in a log
            pool_size=connections,
            max_overflow=connections,
            connect_args={"connect_timeout": 5, "options": _OPTIONS},
        )
        listen(engine, "connect", _work_as_application)
        return cls(engine, revive)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends well, rolled back when it raises.

        Raises:
            StoreUnavailable: the database cannot be reached, or broke off.
        """
        with unavailability(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def own(self) -> Iterator[Connection]:
        """A transaction as the owner of the tables, who may make and drop them.

        Raises:
            StoreUnavailable: the database cannot be reached, or broke off.
        """
        with self.begin() as connection:
            connection.execute(text("SET LOCAL ROLE none"))
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees the store as it was at one instant, and cannot write.

        Raises:
            StoreUnavailable: the database cannot be reached, or broke off.
        """
        with (
            unavailability(),
            self.engine.connect().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            ) as connection,
            connection.begin(),
        ):
            yield connection

    def is_made(self) -> bool:
        """Whether there are the tables of a store, of whichever version.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self.read() as connection:
            return bool(connection.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL")).scalar_one())

    def migrate(self) -> None:
        """Bring the tables to what this version needs. Safe to call at each start, by several processes at once.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.own() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        self.engine.dispose()  # connections from before the role was there would go on without it

    def works_as_application(self) -> bool:
        """Whether its connections cannot change the audit; not so where the role could not be made."""
        with self.begin() as connection:
            return bool(connection.execute(text("SELECT NOT has_table_privilege('audit', 'UPDATE')")).scalar_one())

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def lifeline(self) -> Lifeline:
        """The lifeline in force: the newest version installed.

        Raises:
            NoLifeline: none was installed yet.
            StoreUnavailable: the database cannot be reached.
        """
        with self.begin() as connection:
            version = _newest_version(connection)
            if version not in self._lifelines:
                self._lifelines[version] = _read(connection, version)
        return self._lifelines[version]

    def install_lifeline(self, lifeline: Lifeline, now: datetime, made_by: str | None = None) -> int:
        """Put a lifeline in force and answer its version; one that is in force already stays as it is."""
        content = dict(lifeline.table)
        with self.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            newest = _newest_version(connection)
            if newest and _read(connection, newest).table == content:
                return newest
            row = {"kind": "lifeline", "version": newest + 1, "content": content, "made_at": now, "made_by": made_by}
            connection.execute(insert(config_version).values(row))
        return newest + 1


def _work_as_application(driver: Driver[Any], record: object) -> None:
    """Take the role that cannot change the audit, where the database has it."""
    del record
    found = driver.execute(_MAY_WORK_AS).fetchone()
    if found and found[0]:
        with suppress(InsufficientPrivilege), driver.transaction():  # a member who may not step into it
            driver.execute(_WORK_AS)
    driver.commit()


@contextmanager
def unavailability() -> Iterator[None]:
    """Turn the driver's words for a lost or unreachable database into ``StoreUnavailable``."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"The database is not available: {error.orig}") from error
    except (DriverOperationalError, DriverInterfaceError) as error:  # from beneath SQLAlchemy, by COPY
        raise StoreUnavailable(f"The database is not available: {error}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(f"The database broke off: {error.orig}") from error
        raise


def _newest_version(connection: Connection) -> int:
    newest = text("SELECT coalesce(max(version), 0) FROM config_version WHERE kind = 'lifeline'")
    return int(connection.execute(newest).scalar_one())


def _read(connection: Connection, version: int) -> Lifeline:
    content = connection.execute(
        text("SELECT content FROM config_version WHERE kind = 'lifeline' AND version = :version"), {"version": version}
    ).scalar_one_or_none()
    if content is None:
        raise NoLifeline("The store holds no lifeline yet.")
    return read_lifeline(content)
