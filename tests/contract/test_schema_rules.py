"""The rules that the tables keep, read from the catalogue of a migrated database."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from datasource.schema import ORDER_TABLES
from datasource.store import Store
from datasource.tables import metadata

SMALL = {"config_version", "baseline_version", "slice"}
"""Reference tables that a foreign key may name, being small enough to stand on every machine."""

_UNIQUE_KEYS = """
SELECT t.relname AS table, i.relname AS index, array_agg(a.attname ORDER BY a.attname)::text[] AS columns
  FROM pg_index x
  JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey)
 WHERE x.indisunique GROUP BY 1, 2
"""
_FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text AS table, c.confrelid::regclass::text AS target,
       array_agg(a.attname ORDER BY a.attname)::text[] AS columns
  FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
 WHERE c.contype = 'f' GROUP BY c.oid, 1, 2
"""
_ORDER_TABLES = """
SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'order_id'
"""


def test_migrations_and_metadata_agree(store: Store) -> None:
    """A migrated database is what the metadata says: alembic finds nothing to change."""
    with store.begin() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_every_key_of_an_order_holds_its_id(store: Store) -> None:
    """Rule 1: order_id stands in every primary key and unique constraint of a table that has it."""
    with store.begin() as connection:
        tables = set(connection.execute(text(_ORDER_TABLES)).scalars())
        keys = connection.execute(text(_UNIQUE_KEYS)).all()
    assert tables == set(ORDER_TABLES)
    assert tables <= {row.table for row in keys}
    assert [row.index for row in keys if row.table in tables and "order_id" not in row.columns] == []


def test_foreign_keys_stay_with_the_order(store: Store) -> None:
    """Rule 2: a foreign key is on order_id between an order's tables, or names a small reference table."""
    with store.begin() as connection:
        keys = connection.execute(text(_FOREIGN_KEYS)).all()
    strangers = [
        (row.table, row.target)
        for row in keys
        if row.target not in SMALL and not (row.columns == ["order_id"] and row.target in ORDER_TABLES)
    ]
    assert strangers == []


def test_no_triggers(store: Store) -> None:
    """Rule 5: no trigger and no rule runs on the write path, nor a foreign key, which is a trigger at every row."""
    with store.begin() as connection:
        triggers = connection.execute(text("SELECT tgname FROM pg_trigger")).all()
        rules = connection.execute(text("SELECT rulename FROM pg_rules WHERE schemaname = 'public'")).all()
    assert (triggers, rules) == ([], [])
