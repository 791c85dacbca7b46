"""Finding orders by the beginning of an id."""

import pytest
from sqlalchemy import text

from datasource.search import find_orders
from tests.builders import facts
from tests.contract.told_store import tell


@pytest.fixture
def shop(store, lifeline):
    """Orders with ids of one case and of both, some with the channel's own id."""
    told = [("DB20260225-1", "77_1"), ("DB20260225-10", None), ("DB20260226-1", "77x1"), ("ab-7", "DB2026022")]
    tell(store, lifeline, [facts(order, outer=outer) for order, outer in told], facts().at)
    return store


def found(shop, wanted, limit=10):
    """The ids of the orders found."""
    with shop.begin() as connection:
        return [order_id for order_id, _ in find_orders(connection, wanted, limit)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("DB20260225-1", ["DB20260225-1", "DB20260225-10"]),
        ("db20260226", ["DB20260226-1"]),
        (" AB-7 ", ["ab-7"]),
        ("77_", ["DB20260225-1"]),
        ("DB2026022", ["ab-7", "DB20260225-1", "DB20260225-10", "DB20260226-1"]),
        ("nobody", []),
        ("", []),
        ("%", []),
        ("\0", []),
        ("' OR 1=1 --", []),
    ],
)
def test_ids_are_found_by_their_beginning(shop, wanted, expected):
    """Own ids and outer ids; a whole id first; signs of patterns are only letters."""
    assert found(shop, wanted) == expected


def test_at_most_so_many_are_found(shop):
    """The first of them."""
    assert found(shop, "DB2026022", 2) == ["ab-7", "DB20260225-1"]


def test_the_search_goes_by_an_index(shop):
    """Neither the id nor the outer id is looked for by reading all orders."""
    for column in ("order_id", "outer_order_id"):
        with shop.begin() as connection:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            asked = text(f"EXPLAIN SELECT 1 FROM orders WHERE {column} LIKE 'DB%' OR {column} LIKE 'db%'")
            plan = "\n".join(connection.execute(asked).scalars())
        assert "Index Cond" in plan
