"""Actions on stock and on a carrier's outlets."""

from dashboard.acting import ActionKind, Ask, Change, HoldChange, OrderSubject, Refusal, RowSubject
from dashboard.actions.conditions import OPERATORS


def _release_stock(order: OrderSubject, ask: Ask) -> Change:
    del ask
    refunded = any(flow.fee_type == "refund" for flow in order.flows)
    if order.state.cancelled_at is None and not refunded:
        raise Refusal("not_refunded")
    locked = tuple(HoldChange(hold.sku, "released") for hold in order.holds if hold.state == "locked")
    if not locked:
        raise Refusal("released" if order.holds else "no_stock")
    return Change(holds=locked)


def _suspend_intake(sku: RowSubject, ask: Ask) -> Change:
    del ask
    if sku.row["intake"] == "suspended":
        raise Refusal("suspended")
    return Change(row={"intake": "suspended"})


def _resume_intake(sku: RowSubject, ask: Ask) -> Change:
    del ask
    if sku.row["intake"] == "open":
        raise Refusal("not_suspended")
    return Change(row={"intake": "open"})


def _freeze_outlet(outlet: RowSubject, ask: Ask) -> Change:
    del ask
    if outlet.row["frozen"]:
        raise Refusal("frozen")
    return Change(row={"frozen": True})


def _unfreeze_outlet(outlet: RowSubject, ask: Ask) -> Change:
    del ask
    if not outlet.row["frozen"]:
        raise Refusal("not_frozen")
    return Change(row={"frozen": False})


_WAREHOUSE, _LOGISTICS = frozenset({"warehouse", "customer_service"}), frozenset({"logistics"})

STOCK: tuple[ActionKind, ...] = (
    ActionKind("release_stock", "order", OPERATORS, _release_stock, teams=_WAREHOUSE),
    ActionKind("suspend_intake", "sku", OPERATORS, _suspend_intake, teams=_WAREHOUSE, inverse="resume_intake"),
    ActionKind("resume_intake", "sku", OPERATORS, _resume_intake, teams=_WAREHOUSE, inverse="suspend_intake"),
    ActionKind("freeze_outlet", "outlet", OPERATORS, _freeze_outlet, teams=_LOGISTICS, inverse="unfreeze_outlet"),
    ActionKind("unfreeze_outlet", "outlet", OPERATORS, _unfreeze_outlet, teams=_LOGISTICS, inverse="freeze_outlet"),
)
