"""Actions on stock and on a carrier's outlets."""

from dashboard.acting import ActionKind, Ask, Change, HoldChange, Message, OrderSubject, Refusal, RowSubject
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
    if sku.row["intake"] == "suspended":
        raise Refusal("suspended")
    return Change(row={"intake": "suspended"}, messages=(_of_sku("sku.suspended", sku, ask),))


def _resume_intake(sku: RowSubject, ask: Ask) -> Change:
    if sku.row["intake"] == "open":
        raise Refusal("not_suspended")
    return Change(row={"intake": "open"}, messages=(_of_sku("sku.resumed", sku, ask),))


def _freeze_outlet(outlet: RowSubject, ask: Ask) -> Change:
    if outlet.row["frozen"]:
        raise Refusal("frozen")
    return Change(row={"frozen": True}, messages=(_of_outlet("outlet.frozen", outlet, ask),))


def _unfreeze_outlet(outlet: RowSubject, ask: Ask) -> Change:
    if not outlet.row["frozen"]:
        raise Refusal("not_frozen")
    return Change(row={"frozen": False}, messages=(_of_outlet("outlet.unfrozen", outlet, ask),))


def _of_sku(kind: str, sku: RowSubject, ask: Ask) -> Message:
    return Message("wms", kind, {"sku": sku.key, "by": ask.actor})


def _of_outlet(kind: str, outlet: RowSubject, ask: Ask) -> Message:
    return Message("carrier", kind, {"outlet": outlet.key, "by": ask.actor})


_WAREHOUSE, _LOGISTICS = frozenset({"warehouse", "customer_service"}), frozenset({"logistics"})
_TAKEN_IN, _CARRIED = ("place", "allocate", "pick"), ("pickup", "transit", "sign")

STOCK: tuple[ActionKind, ...] = (
    ActionKind("release_stock", "order", OPERATORS, _release_stock, teams=_WAREHOUSE),
    ActionKind(
        "suspend_intake",
        "sku",
        OPERATORS,
        _suspend_intake,
        teams=_WAREHOUSE,
        nodes=_TAKEN_IN,
        inverse="resume_intake",
        tells=("wms",),
    ),
    ActionKind(
        "resume_intake",
        "sku",
        OPERATORS,
        _resume_intake,
        teams=_WAREHOUSE,
        nodes=_TAKEN_IN,
        inverse="suspend_intake",
        tells=("wms",),
    ),
    ActionKind(
        "freeze_outlet",
        "outlet",
        OPERATORS,
        _freeze_outlet,
        teams=_LOGISTICS,
        nodes=_CARRIED,
        inverse="unfreeze_outlet",
        tells=("carrier",),
    ),
    ActionKind(
        "unfreeze_outlet",
        "outlet",
        OPERATORS,
        _unfreeze_outlet,
        teams=_LOGISTICS,
        nodes=_CARRIED,
        inverse="freeze_outlet",
        tells=("carrier",),
    ),
)
