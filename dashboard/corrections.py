"""Which events count once corrections and withdrawals are taken into account."""

from collections.abc import Iterable, Mapping

from dashboard.events import Event, Kind

_RANK = {Kind.ENTERED: 0, Kind.EXCEPTION: 1}


def effective(events: Iterable[Event]) -> list[Event]:
    """The events that count, by time; what happened at one instant is put in one fixed order.

    A correction takes the place of the event that it names; the latest link of a chain wins, and of two corrections
    of the same event the one with the greater id. A ``void`` takes the place of its event and says nothing.
    """
    by_id = {event.event_id: event for event in events}
    told: Iterable[Event] = by_id.values()
    if any(event.corrects for event in by_id.values()):
        told = _winners(by_id)
    return sorted((event for event in told if event.kind is not Kind.VOID), key=_when)


def _when(event: Event) -> tuple[object, int, str]:
    return (event.at, _RANK.get(event.kind, 2), event.event_id)


def _winners(by_id: Mapping[str, Event]) -> Iterable[Event]:
    winners: dict[str, tuple[int, str]] = {}
    for event_id in by_id:
        root, depth = _root(event_id, by_id)
        winners[root] = max(winners.get(root, (-1, "")), (depth, event_id))
    return [by_id[event_id] for _, event_id in winners.values()]


def _root(event_id: str, by_id: Mapping[str, Event]) -> tuple[str, int]:
    """The id that a chain of corrections starts from, known or not yet, and the length of the chain."""
    chain = [event_id]
    while (event := by_id.get(chain[-1])) and event.corrects and event.corrects not in chain:
        chain.append(event.corrects)
    return chain[-1], len(chain) - 1
