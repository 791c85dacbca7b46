"""A witness of the work on actions: what it changed and what it left alone, read from the tables themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from datasource.acting_tables import metadata
from datasource.store import Store

OF_ORDERS = tuple(table.name for table in metadata.sorted_tables if "order_id" in table.c)
"""Every table that says something of single orders, those that come later included."""

_ROWS = " UNION ALL ".join(
    (
        *(f"SELECT 'order:' || order_id AS subject, '{name} ' || t::text AS told FROM {name} t" for name in OF_ORDERS),
        *(f"SELECT subject, '{name} ' || t::text FROM {name} t" for name in ("outbox", "audit")),
        "SELECT 'outlet:' || outlet, t::text FROM outlet t",
        "SELECT 'sku:' || sku, ROW(intake, name)::text FROM sku",
        "SELECT 'stock:' || sku, ROW(available, locked, version, at)::text FROM sku",
    )
)
_STANDING = """
    SELECT 'order:' || order_id AS subject, ROW(node, number, entered_at, left_at, exit)::text AS told FROM node_visit
    UNION ALL SELECT 'order:' || order_id, ROW(kind, key, value)::text FROM order_mark
    UNION ALL SELECT 'order:' || order_id, ROW(sku, quantity, state)::text FROM stock_hold
    UNION ALL SELECT 'order:' || order_id, ROW(cancelled_at)::text FROM orders
    UNION ALL SELECT 'outlet:' || outlet, ROW(frozen)::text FROM outlet
    UNION ALL SELECT 'sku:' || sku, intake FROM sku
"""


@dataclass(frozen=True)
class Glance:
    """The store at one instant.

    ``rows``: every row of each subject, as the database writes it; what is for sale of a SKU is a subject of its own,
    ``stock:SKU``. ``standing``: what is true of it, whenever it became so. ``head``: number and hash of the last audit
    row.
    """

    rows: Mapping[str, Sequence[str]]
    standing: Mapping[str, Sequence[str]]
    for_sale: Mapping[str, int]
    head: tuple[int, bytes]


def glance(store: Store) -> Glance:
    """The store as it is now."""
    with store.begin() as connection:
        by_subject = [
            _gathered(connection.execute(text(f"SELECT * FROM ({query}) told ORDER BY 1, 2")).all())
            for query in (_ROWS, _STANDING)
        ]
        for_sale = connection.execute(text("SELECT sku, available FROM sku")).all()
        head = connection.execute(text("SELECT seq, hash FROM audit_head")).one()
    return Glance(*by_subject, {row.sku: row.available for row in for_sale}, (head.seq, bytes(head.hash)))


def _gathered(rows: Sequence[Row[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for subject, told in rows:
        found.setdefault(subject, []).append(told)
    return found


def audited_since(store: Store, before: Glance) -> list[Row[Any]]:
    """What the audit was told since, in its order."""
    query = text("SELECT action_id, subject, before, after FROM audit WHERE seq > :seq ORDER BY seq")
    with store.begin() as connection:
        return list(connection.execute(query, {"seq": before.head[0]}).all())


def messages_of(store: Store, action_id: str, subject: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """What an action told outside systems about one subject."""
    query = text("SELECT target, kind, body FROM outbox WHERE action_id = :id AND subject = :subject ORDER BY seq")
    with store.begin() as connection:
        return [tuple(row) for row in connection.execute(query, {"id": action_id, "subject": subject})]


def left_alone(before: Glance, after: Glance, but: Collection[str]) -> None:
    """Nothing differs but the subjects that were named: to the byte, and in every table."""
    for subject in {*before.rows, *after.rows} - {*but}:
        assert after.rows.get(subject) == before.rows.get(subject), subject


def stock_moved(row: Row[Any]) -> set[str]:
    """The stock that an audit row says was locked or let go."""
    holds = {name for name in row.before if name.startswith("stock:")}
    return {name for name in holds if row.before[name]["state"] != row.after[name]["state"]}


def figures_add_up(rows: Sequence[Row[Any]], before: Glance, after: Glance) -> None:
    """Each audit row begins with the stock that the one before it left, and the last leaves what there is."""
    there_is = dict(before.for_sale)
    for row in rows:
        kind, _, key = row.subject.partition(":")
        if kind == "sku":
            assert row.before["available"] == row.after["available"] == there_is[key]
        for name in (name for name in row.before if name.startswith("stock:")):
            was, became = row.before[name], row.after[name]
            sku = name.removeprefix("stock:")
            assert was["available"] == there_is[sku]
            there_is[sku] += was["quantity"] * ((was["state"] == "locked") - (became["state"] == "locked"))
            assert became["available"] == there_is[sku]
    assert there_is == after.for_sale
