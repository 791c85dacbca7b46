"""A database that several tests share, and a picture of all that an import may change in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import text

from datasource.store import Store
from tests.conftest import _run, _url_of

TABLES = (
    "orders",
    "node_event",
    "node_visit",
    "system_status",
    "visit_change",
    "rollup_minute",
    "rollup_hour",
    "rollup_open_entry",
    "rollup_open_due",
    "slice",
    "fold_state",
    "source_watermark",
    "config_version",
)


@contextmanager
def fresh_store(server_url: str, template: str) -> Iterator[Store]:
    """An open store on a database of its own, for as long as the block: what several tests only read."""
    name = f"test_{uuid4().hex}"
    _run(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    store = Store.open(_url_of(server_url, name))
    yield store
    store.close()
    _run(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def dump(store: Store) -> dict[str, str]:
    """A digest of every row of every table."""
    with store.begin() as connection:
        return {
            table: connection.execute(
                text(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            ).scalar_one()
            for table in TABLES
        }
