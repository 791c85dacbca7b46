"""What several actions ask of an order, and who may do them."""

from datetime import datetime

from dashboard.acting import Ask, OrderSubject, Refusal
from dashboard.permissions import Role
from dashboard.visits import Visit

EVERYBODY = frozenset({Role.OPERATOR, Role.FINANCE})
OPERATORS = frozenset({Role.OPERATOR})
FINANCE = frozenset({Role.FINANCE})
ANYBODY: frozenset[str] = frozenset()


def waiting_at(order: OrderSubject, *nodes: str) -> Visit:
    """The stay in progress, which must be at one of these nodes; the order must be free to move.

    Raises:
        Refusal: it is held, over or elsewhere.
    """
    here = order.here
    if order.state.cancelled_at is not None:
        raise Refusal("cancelled")
    if here is None:
        raise Refusal("over")
    if here.node not in nodes:
        raise Refusal("elsewhere", node=here.node)
    if (hold := order.mark("hold")) is not None:
        raise Refusal("on_hold", by=str(hold["by"]))
    return here


def moment(visit: Visit, ask: Ask) -> datetime:
    """When the order leaves: now, and never before it came (a source's clock may be ahead)."""
    return max(ask.at, visit.entered_at)


def text_of(ask: Ask, name: str) -> str:
    """A parameter that must be there; the pipeline has checked it."""
    return str(ask.params[name]).strip()
