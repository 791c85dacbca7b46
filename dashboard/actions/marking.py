"""Actions that set something on an order and move nothing: hold, assignment, note, ticket, settlement."""

from dashboard.acting import ActionKind, Ask, Change, Message, OrderSubject, Parameter, Refusal
from dashboard.acting import MarkChange as Mark
from dashboard.actions.conditions import ANYBODY, EVERYBODY, FINANCE, text_of

LONGEST_NOTE = 2000


def _hold(order: OrderSubject, ask: Ask) -> Change:
    if order.mark("hold") is not None:
        raise Refusal("held")
    if order.here is None:
        raise Refusal("over")
    return Change(marks=(Mark("hold", "", {"by": ask.actor, "since": ask.at.isoformat()}),))


def _release_hold(order: OrderSubject, ask: Ask) -> Change:
    del ask
    if order.mark("hold") is None:
        raise Refusal("not_held")
    return Change(marks=(Mark("hold", "", None),))


def _assign(order: OrderSubject, ask: Ask) -> Change:
    to = text_of(ask, "to")
    if (order.mark("assignee") or {}).get("to") == to:
        raise Refusal("assigned", to=to)
    message = Message("chat", "order.assigned", {"order_id": order.order_id, "to": to, "by": ask.actor})
    return Change(marks=(Mark("assignee", "", {"to": to, "by": ask.actor}),), messages=(message,))


def _note(order: OrderSubject, ask: Ask) -> Change:
    del order
    return Change(marks=(Mark("note", ask.unique, {"text": text_of(ask, "text"), "by": ask.actor}),))


def _open_ticket(order: OrderSubject, ask: Ask) -> Change:
    if opened := _open(order):
        raise Refusal("ticket_open", number=opened)
    number, title = f"T-{ask.unique}", text_of(ask, "title")
    told = {"order_id": order.order_id, "number": number, "title": title, "by": ask.actor}
    mark = Mark("ticket", number, {"title": title, "state": "open", "by": ask.actor})
    return Change(marks=(mark,), messages=(Message("chat", "ticket.opened", told),))


def _close_ticket(order: OrderSubject, ask: Ask) -> Change:
    number = _open(order)
    if number is None:
        raise Refusal("no_ticket")
    ticket = dict(order.mark("ticket", number) or {})
    told = {"order_id": order.order_id, "number": number, "by": ask.actor}
    mark = Mark("ticket", number, {**ticket, "state": "closed", "closed_by": ask.actor})
    return Change(marks=(mark,), messages=(Message("chat", "ticket.closed", told),))


def _open(order: OrderSubject) -> str | None:
    tickets = [key for (kind, key), value in order.marks.items() if kind == "ticket" and value["state"] == "open"]
    return min(tickets, default=None)


def _freeze(order: OrderSubject, ask: Ask) -> Change:
    if order.mark("settlement") is not None:
        raise Refusal("frozen")
    return Change(marks=(Mark("settlement", "", {"state": "frozen", "by": ask.actor}),))


def _unfreeze(order: OrderSubject, ask: Ask) -> Change:
    del ask
    if order.mark("settlement") is None:
        raise Refusal("not_frozen")
    return Change(marks=(Mark("settlement", "", None),))


MARKING: tuple[ActionKind, ...] = (
    ActionKind("hold", "order", EVERYBODY, _hold, inverse="release_hold"),
    ActionKind("release_hold", "order", EVERYBODY, _release_hold, inverse="hold"),
    ActionKind("assign", "order", EVERYBODY, _assign, params=(Parameter("to", "person", longest=80),), tells=("chat",)),
    ActionKind("note", "order", EVERYBODY, _note, params=(Parameter("text", "text", longest=LONGEST_NOTE),)),
    ActionKind(
        "open_ticket",
        "order",
        EVERYBODY,
        _open_ticket,
        params=(Parameter("title", "text", longest=200),),
        inverse="close_ticket",
        tells=("chat",),
    ),
    ActionKind("close_ticket", "order", EVERYBODY, _close_ticket, inverse="open_ticket", tells=("chat",)),
    ActionKind("freeze_settlement", "order", FINANCE, _freeze, teams=ANYBODY, inverse="unfreeze_settlement"),
    ActionKind("unfreeze_settlement", "order", FINANCE, _unfreeze, teams=ANYBODY, inverse="freeze_settlement"),
)
