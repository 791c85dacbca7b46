"""Where what a system says of an order does not fit what the order's visits show."""

from collections.abc import Iterator

from dashboard.lifeline import Lifeline, Node
from dashboard.order_detail import Contradiction
from dashboard.visits import Exit, OrderState


def contradictions(state: OrderState, lifeline: Lifeline) -> tuple[Contradiction, ...]:
    """Every system's last word that claims a node which was not left, or denies one that was.

    A node that the order skipped counts as left once a later node is. Of a node that the order went back to, the
    claim that it was left is true, and so is the denial while the order is there again.
    """
    return tuple(_found(state, lifeline))


def _found(state: OrderState, lifeline: Lifeline) -> Iterator[Contradiction]:
    for told in state.statuses:
        kind = lifeline.statuses.get(told.status)
        if kind is None:
            continue
        if kind.reached and kind.reached in lifeline and not _ever_left(state, lifeline, lifeline.node(kind.reached)):
            yield Contradiction(told.system, told.status, kind.reached, claims=True)
        if kind.before and kind.before in lifeline and _left_at_last(state, lifeline, lifeline.node(kind.before)):
            yield Contradiction(told.system, told.status, kind.before, claims=False)


def _ever_left(state: OrderState, lifeline: Lifeline, node: Node) -> bool:
    ways_out = [visit.exit for visit in state.visits if visit.node == node.key]
    return Exit.NEXT in ways_out or (not ways_out and _passed(state, lifeline, node))


def _left_at_last(state: OrderState, lifeline: Lifeline, node: Node) -> bool:
    stays = [visit for visit in state.visits if visit.node == node.key]
    if not stays:
        return _passed(state, lifeline, node)
    return max(stays, key=lambda visit: visit.number).exit is Exit.NEXT


def _passed(state: OrderState, lifeline: Lifeline, node: Node) -> bool:
    return any(
        visit.exit is Exit.NEXT and lifeline.node(visit.node).position > node.position
        for visit in state.visits
        if visit.node in lifeline
    )
