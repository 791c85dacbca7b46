"""What an action acts on, read under its lock; and what it changes, written. Of orders many at once, or one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from dashboard.acting import (
    Change,
    FundFlow,
    HoldChange,
    MarkChange,
    OrderSubject,
    Refusal,
    RowSubject,
    StockHold,
    Subject,
)
from dashboard.actions.effects import freed
from dashboard.lifeline import Lifeline
from dashboard.visits import OrderState
from datasource.acting_tables import order_mark, outlet, sku, stock_hold
from datasource.folding import advance
from datasource.recording import record
from datasource.stored_orders import states_of

ORDER = "order"
ROWS: dict[str, Table] = {"sku": sku, "outlet": outlet}
SHOWN = {"sku": ("available", "locked", "intake"), "outlet": ("frozen",)}


def reference(kind: str, key: str) -> str:
    """``order:DB-1``."""
    return f"{kind}:{key}"


def locked(connection: Connection, subject: str) -> Subject | None:
    """The subject as it stands, locked until the transaction ends; ``None`` where there is none of this name."""
    kind, _, key = subject.partition(":")
    if kind == ORDER:
        return locked_orders(connection, [key]).get(key)
    table = ROWS[kind]
    row = connection.execute(select(table).where(table.c[kind] == key).with_for_update()).first()
    if row is None:
        return None
    return RowSubject(key, row.version, {name: getattr(row, name) for name in SHOWN[kind]})


def locked_orders(connection: Connection, order_ids: Sequence[str]) -> dict[str, OrderSubject]:
    """Those of these orders that there are, locked one after the other by id until the transaction ends."""
    ids = {"ids": list(order_ids)}
    connection.execute(_LOCK, ids)
    states = states_of(connection, order_ids)
    return {row.order_id: _order(row, states[row.order_id]) for row in connection.execute(_READ, ids)}


def write(
    connection: Connection, before: Subject, change: Change, lifeline: Lifeline, actor: str, at: datetime
) -> None:
    """Write a change of a subject that was locked before in this transaction. Messages and audit are not its part.

    Raises:
        Refusal: stock that is to be locked again has been sold meanwhile.
    """
    if isinstance(before, RowSubject):
        _write_row(connection, before, change, at)
        return
    write_orders(connection, [(before, change)], lifeline, actor, at)


def write_orders(
    connection: Connection,
    steps: Sequence[tuple[OrderSubject, Change]],
    lifeline: Lifeline,
    actor: str,
    at: datetime,
) -> None:
    """Write changes of orders that were locked before in this transaction, each of another.

    Raises:
        Refusal: of one of them, as of ``write``; the caller must roll all of them back.
    """
    if events := [event for _, change in steps for event in change.events]:
        record(connection, events, lifeline, at)
    if silent := [before.order_id for before, change in steps if not change.events]:
        connection.execute(_TOUCH, {"ids": silent})
        connection.execute(_TELL, {"ids": silent})
    marks = ((before.order_id, mark) for before, change in steps for mark in change.marks)
    _write_marks(connection, marks, actor, at)
    holds = [(before, hold) for before, change in steps for hold in change.holds]
    # By SKU, whosever they are: all transactions lock in one order, so that no two ever wait for each other.
    for before, hold in sorted(holds, key=lambda one: one[1].sku):
        _write_hold(connection, before, hold, at)


def _order(found: Row[Any], state: OrderState) -> OrderSubject:
    here = tuple(sorted(state.visits, key=lambda visit: (visit.entered_at, visit.number)))
    return OrderSubject(
        found.order_id,
        found.version,
        OrderState(state.facts, state.cancelled_at, here, state.statuses),
        {(mark["kind"], mark["key"]): mark["value"] for mark in found.marks},
        tuple(StockHold(hold["sku"], hold["quantity"], hold["state"]) for hold in found.holds),
        tuple(
            FundFlow(flow["flow_id"], flow["fee_type"], Decimal(flow["amount"]), flow["currency"])
            for flow in found.flows
        ),
        found.available,
    )


def _write_marks(connection: Connection, marks: Iterable[tuple[str, MarkChange]], actor: str, at: datetime) -> None:
    """In their order: the same mark may be taken away and set."""
    rows: list[dict[str, Any]] = []
    for order_id, mark in marks:
        key = {"order_id": order_id, "kind": mark.kind, "key": mark.key}
        if mark.value is None:
            _set_marks(connection, rows)
            rows = []
            connection.execute(_TAKE_MARK, {f"the_{name}": value for name, value in key.items()})
        else:
            rows.append(key | {"value": dict(mark.value), "at": at, "by": actor})
    _set_marks(connection, rows)


def _set_marks(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_SET_MARK, rows)


def _write_hold(connection: Connection, before: OrderSubject, hold: HoldChange, at: datetime) -> None:
    held = next(one for one in before.holds if one.sku == hold.sku)
    columns = stock_hold.c
    where = (columns.order_id == before.order_id, columns.sku == hold.sku)
    connection.execute(update(stock_hold).where(*where).values(state=hold.state, at=at))
    pieces = freed(held, hold.state)
    if not pieces:
        return
    # Its version stays: pieces come and go with orders, and bar nobody from taking back what was done to the SKU.
    # Checked where it is written: only what an action changes is locked, not what all orders of a SKU share.
    enough = (sku.c.sku == hold.sku, sku.c.available + pieces >= 0)
    moved = {"available": sku.c.available + pieces, "locked": sku.c.locked - pieces, "at": at}
    if not connection.execute(update(sku).where(*enough).values(**moved)).rowcount:
        raise Refusal("sold" if pieces < 0 else "no_stock", sku=hold.sku)


def _write_row(connection: Connection, before: RowSubject, change: Change, at: datetime) -> None:
    kind = "sku" if "intake" in before.row else "outlet"
    table = ROWS[kind]
    row = {**change.row, "at": at, "version": table.c.version + 1}
    connection.execute(update(table).where(table.c[kind] == before.key).values(row))
    advance(connection)


_KEYS = ("order_id", "kind", "key")
_NEW = insert(order_mark)
_SET_MARK = _NEW.on_conflict_do_update(
    index_elements=_KEYS, set_={name: _NEW.excluded[name] for name in ("value", "at", "by")}
)
_TAKE_MARK = order_mark.delete().where(*(order_mark.c[name] == bindparam(f"the_{name}") for name in _KEYS))

# Sorted as bytes, as Python sorts.
_LOCK = text('SELECT 1 FROM orders WHERE order_id = ANY(CAST(:ids AS text[])) ORDER BY order_id COLLATE "C" FOR UPDATE')
# Apart from the lock: a statement sees what was committed before it began, not what its own waiting was for.
_READ = text("""
SELECT order_id, version,
       (SELECT coalesce(json_agg(m ORDER BY m.kind, m.key), '[]')
          FROM order_mark m WHERE m.order_id = o.order_id) AS marks,
       (SELECT coalesce(json_agg(h ORDER BY h.sku), '[]') FROM stock_hold h WHERE h.order_id = o.order_id) AS holds,
       (SELECT coalesce(json_agg(json_build_object('flow_id', f.flow_id, 'fee_type', f.fee_type,
                                                   'amount', CAST(f.amount AS text), 'currency', f.currency)
                                 ORDER BY f.flow_id), '[]')
          FROM fund_flow f WHERE f.order_id = o.order_id) AS flows,
       (SELECT coalesce(json_object_agg(s.sku, s.available), '{}') FROM sku s JOIN stock_hold h ON h.sku = s.sku
         WHERE h.order_id = o.order_id) AS available
  FROM orders o WHERE order_id = ANY(CAST(:ids AS text[]))
""")
_TOUCH = text("UPDATE orders SET version = version + 1 WHERE order_id = ANY(CAST(:ids AS text[]))")
_TELL = text("INSERT INTO visit_change (order_id, sign) SELECT unnest(CAST(:ids AS text[])), 0")
