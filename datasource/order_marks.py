"""What people set on orders, for those who look at them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from dashboard.marks import Mark
from datasource.acting_tables import order_mark


def order_marks(connection: Connection, order_ids: Iterable[str]) -> Mapping[str, tuple[Mark, ...]]:
    """The marks of each of the orders that has any, the oldest first."""
    mark = order_mark.c
    wanted = select(order_mark).where(mark.order_id.in_(sorted(set(order_ids))))
    found: dict[str, list[Mark]] = defaultdict(list)
    for row in connection.execute(wanted.order_by(mark.at, mark.kind, mark.key)):
        found[row.order_id].append(Mark(row.kind, row.key, row.value, row.at, row.by))
    return {order_id: tuple(marks) for order_id, marks in found.items()}
