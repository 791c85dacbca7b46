"""Finding an order by the beginning of its id, or of the id that the channel gave it."""

from sqlalchemy import Connection
from sqlalchemy import text as statement

_FIND = statement(r"""
    (SELECT order_id, outer_order_id FROM orders
      WHERE order_id LIKE :as_is OR order_id LIKE :upper OR order_id LIKE :lower
      ORDER BY order_id LIMIT :limit)
     UNION
    (SELECT order_id, outer_order_id FROM orders
      WHERE outer_order_id LIKE :as_is OR outer_order_id LIKE :upper OR outer_order_id LIKE :lower
      ORDER BY outer_order_id LIMIT :limit)
""")


def find_orders(connection: Connection, text: str, limit: int = 10) -> list[tuple[str, str | None]]:
    """At most ``limit`` orders (order id, outer id) whose id or outer id begins with the text, best first.

    Whole ids come before beginnings. Upper and lower case do not matter where an id is of one case throughout.
    """
    wanted = text.strip().replace("\0", "")
    if not wanted:
        return []
    forms = {"as_is": wanted, "upper": wanted.upper(), "lower": wanted.lower()}
    patterns = {name: _beginning(form) for name, form in forms.items()}
    found = connection.execute(_FIND, {**patterns, "limit": limit}).all()
    whole = set(forms.values())
    ranked = sorted(found, key=lambda row: (row.order_id not in whole, row.outer_order_id not in whole, row.order_id))
    return [(row.order_id, row.outer_order_id) for row in ranked[:limit]]


def _beginning(form: str) -> str:
    return form.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
