"""Actions that move an order along, or take it off: by events of our own, as a source system would tell them."""

from dashboard.acting import ActionKind, Ask, Change, HoldChange, Message, OrderSubject, Parameter, Refusal
from dashboard.acting import MarkChange as Mark
from dashboard.actions.conditions import EVERYBODY, OPERATORS, moment, text_of, waiting_at
from dashboard.events import OWN, Event, Kind
from dashboard.visits import Visit

BEFORE_DISPATCH = ("quality", "allocate", "pick", "pack", "dispatch")
PROVIDERS = ("backup", "cainiao", "carrier")
LONGEST_INVOICE = 120


def _event(order: OrderSubject, ask: Ask, kind: Kind, visit: Visit | None, document: str | None = None) -> Event:
    at = ask.at if visit is None else moment(visit, ask)
    node = None if visit is None else visit.node
    name = f"{OWN}:{ask.unique}:{kind.value}"
    return Event(order.order_id, name, kind, at, node, operator=ask.actor, source=OWN, document=document)


def _retry_dispatch(order: OrderSubject, ask: Ask) -> Change:
    waiting_at(order, *BEFORE_DISPATCH)
    if (made := order.mark("pick_list")) is not None:
        raise Refusal("pick_list", number=str(made["number"]))
    number = f"PL-{ask.unique}"
    lines = [{"sku": hold.sku, "quantity": hold.quantity} for hold in order.holds if hold.state == "locked"]
    warehouse = order.state.facts.dimensions.get("warehouse")
    told = {"order_id": order.order_id, "number": number, "warehouse": warehouse, "lines": lines}
    mark = Mark("pick_list", "", {"number": number, "by": ask.actor})
    return Change(marks=(mark,), messages=(Message("wms", "pick_list.created", told),))


def _switch_label_provider(order: OrderSubject, ask: Ask) -> Change:
    waiting_at(order, "pickup")
    provider = text_of(ask, "provider")
    if (order.mark("label_provider") or {}).get("provider") == provider:
        raise Refusal("provider", provider=provider)
    carrier = order.state.facts.dimensions.get("carrier")
    told = {"order_id": order.order_id, "provider": provider, "carrier": carrier}
    mark = Mark("label_provider", "", {"provider": provider, "by": ask.actor})
    return Change(marks=(mark,), messages=(Message("carrier", "label.requested", told),))


def _pass_review(order: OrderSubject, ask: Ask) -> Change:
    visit = waiting_at(order, "review")
    title, number = text_of(ask, "invoice_title"), text_of(ask, "tax_number")
    event = _event(order, ask, Kind.LEFT, visit, document=f"{title} {number}"[:LONGEST_INVOICE])
    mark = Mark("invoice", "", {"title": title, "tax_number": number, "by": ask.actor})
    return Change(events=(event,), marks=(mark,))


def _confirm_delivery(order: OrderSubject, ask: Ask) -> Change:
    visit = waiting_at(order, "sign")
    mark = Mark("delivery", "", {"state": "confirmed", "by": ask.actor})
    return Change(events=(_event(order, ask, Kind.LEFT, visit),), marks=(mark,))


def _reject_delivery(order: OrderSubject, ask: Ask) -> Change:
    waiting_at(order, "sign", "close")
    if (order.mark("delivery") or {}).get("state") == "rejected":
        raise Refusal("rejected")
    carrier = order.state.facts.dimensions.get("carrier")
    told = {"order_id": order.order_id, "carrier": carrier, "why": text_of(ask, "why")}
    mark = Mark("delivery", "", {"state": "rejected", "why": text_of(ask, "why"), "by": ask.actor})
    return Change(marks=(mark,), messages=(Message("carrier", "delivery.rejected", told),))


def _cancel_order(order: OrderSubject, ask: Ask) -> Change:
    here = order.here
    if order.state.cancelled_at is not None:
        raise Refusal("cancelled")
    if here is None:
        raise Refusal("over")
    if here.node in {"transit", "sign", "close"}:
        raise Refusal("shipped", node=here.node)
    event = Event(
        order.order_id,
        f"{OWN}:{ask.unique}:{Kind.CANCELLED.value}",
        Kind.CANCELLED,
        moment(here, ask),
        operator=ask.actor,
        source=OWN,
    )
    freed = tuple(HoldChange(hold.sku, "released") for hold in order.holds if hold.state == "locked")
    told = {"order_id": order.order_id, "why": ask.params.get("why", "")}
    return Change(events=(event,), holds=freed, messages=(Message("wms", "order.cancelled", told),))


MOVING: tuple[ActionKind, ...] = (
    ActionKind(
        "retry_dispatch",
        "order",
        OPERATORS,
        _retry_dispatch,
        teams=frozenset({"warehouse", "customer_service"}),
        nodes=BEFORE_DISPATCH,
        tells=("wms",),
    ),
    ActionKind(
        "switch_label_provider",
        "order",
        OPERATORS,
        _switch_label_provider,
        teams=frozenset({"logistics", "warehouse"}),
        params=(Parameter("provider", "choice", choices=PROVIDERS),),
        nodes=("pickup",),
        exceptions=("label_printer_offline",),
        tells=("carrier",),
    ),
    ActionKind(
        "pass_review",
        "order",
        EVERYBODY,
        _pass_review,
        teams=frozenset({"finance"}),
        params=(Parameter("invoice_title", "text", longest=80), Parameter("tax_number", "text", longest=30)),
        nodes=("review",),
        exceptions=("invoice_incomplete",),
    ),
    ActionKind(
        "confirm_delivery",
        "order",
        OPERATORS,
        _confirm_delivery,
        teams=frozenset({"logistics", "customer_service"}),
        nodes=("sign",),
    ),
    ActionKind(
        "reject_delivery",
        "order",
        OPERATORS,
        _reject_delivery,
        teams=frozenset({"logistics", "customer_service"}),
        params=(Parameter("why", "text", longest=200),),
        tells=("carrier",),
    ),
    ActionKind(
        "cancel_order",
        "order",
        OPERATORS,
        _cancel_order,
        teams=frozenset({"customer_service"}),
        params=(Parameter("why", "text", required=False, longest=200),),
        undoable=False,
        tells=("wms",),
    ),
)
