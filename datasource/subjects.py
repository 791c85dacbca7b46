"""What an action acts on, read under its lock; and what it changes, written."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Table, select, text, update
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
        return _order(connection, key)
    table = ROWS[kind]
    row = connection.execute(select(table).where(table.c[kind] == key).with_for_update()).first()
    if row is None:
        return None
    return RowSubject(key, row.version, {name: getattr(row, name) for name in SHOWN[kind]})


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
    order_id = before.order_id
    if change.events:
        record(connection, change.events, lifeline, at)
    else:
        connection.execute(_TOUCH, {"id": order_id})
        connection.execute(_TELL, {"id": order_id})
    for mark in change.marks:
        _write_mark(connection, order_id, mark, actor, at)
    for hold in sorted(change.holds, key=lambda one: one.sku):
        _write_hold(connection, before, hold, at)


def _order(connection: Connection, order_id: str) -> OrderSubject | None:
    if connection.execute(_LOCK, {"id": order_id}).first() is None:
        return None
    found = connection.execute(_READ, {"id": order_id}).one()
    state = states_of(connection, [order_id])[order_id]
    here = tuple(sorted(state.visits, key=lambda visit: (visit.entered_at, visit.number)))
    return OrderSubject(
        order_id,
        found.version,
        type(state)(state.facts, state.cancelled_at, here, state.statuses),
        {(mark["kind"], mark["key"]): mark["value"] for mark in found.marks},
        tuple(StockHold(hold["sku"], hold["quantity"], hold["state"]) for hold in found.holds),
        tuple(
            FundFlow(flow["flow_id"], flow["fee_type"], Decimal(flow["amount"]), flow["currency"])
            for flow in found.flows
        ),
        found.available,
    )


def _write_mark(connection: Connection, order_id: str, mark: MarkChange, actor: str, at: datetime) -> None:
    key = {"order_id": order_id, "kind": mark.kind, "key": mark.key}
    if mark.value is None:
        columns = order_mark.c
        connection.execute(
            order_mark.delete().where(columns.order_id == order_id, columns.kind == mark.kind, columns.key == mark.key)
        )
        return
    row = insert(order_mark).values(**key, value=dict(mark.value), at=at, by=actor)
    new = {name: row.excluded[name] for name in ("value", "at", "by")}
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=new))


def _write_hold(connection: Connection, before: OrderSubject, hold: HoldChange, at: datetime) -> None:
    held = next(one for one in before.holds if one.sku == hold.sku)
    columns = stock_hold.c
    where = (columns.order_id == before.order_id, columns.sku == hold.sku)
    connection.execute(update(stock_hold).where(*where).values(state=hold.state, at=at))
    pieces = freed(held, hold.state)
    if not pieces:
        return
    # Checked where it is written: only what an action changes is locked, not what all orders of a SKU share.
    enough = (sku.c.sku == hold.sku, sku.c.available + pieces >= 0)
    moved = {"available": sku.c.available + pieces, "locked": sku.c.locked - pieces, "at": at}
    if not connection.execute(update(sku).where(*enough).values(**moved, version=sku.c.version + 1)).rowcount:
        raise Refusal("sold" if pieces < 0 else "no_stock", sku=hold.sku)


def _write_row(connection: Connection, before: RowSubject, change: Change, at: datetime) -> None:
    kind = "sku" if "intake" in before.row else "outlet"
    table = ROWS[kind]
    row = {**change.row, "at": at, "version": table.c.version + 1}
    connection.execute(update(table).where(table.c[kind] == before.key).values(row))
    advance(connection)


_LOCK = text("SELECT 1 FROM orders WHERE order_id = :id FOR UPDATE")
# Apart from the lock: a statement sees what was committed before it began, not what its own waiting was for.
_READ = text("""
SELECT version,
       (SELECT coalesce(json_agg(m ORDER BY m.kind, m.key), '[]') FROM order_mark m WHERE m.order_id = :id) AS marks,
       (SELECT coalesce(json_agg(h ORDER BY h.sku), '[]') FROM stock_hold h WHERE h.order_id = :id) AS holds,
       (SELECT coalesce(json_agg(json_build_object('flow_id', f.flow_id, 'fee_type', f.fee_type,
                                                   'amount', CAST(f.amount AS text), 'currency', f.currency)
                                 ORDER BY f.flow_id), '[]') FROM fund_flow f WHERE f.order_id = :id) AS flows,
       (SELECT coalesce(json_object_agg(s.sku, s.available), '{}') FROM sku s JOIN stock_hold h ON h.sku = s.sku
         WHERE h.order_id = :id) AS available
  FROM orders WHERE order_id = :id
""")
_TOUCH = text("UPDATE orders SET version = version + 1 WHERE order_id = :id")
_TELL = text("INSERT INTO visit_change (order_id, sign) VALUES (:id, 0)")
