"""What explains the late orders of a node: the values that hold more of them than the rest would, without shadows.

Every visit is decided: late or not. A value is compared with all the other visits (Fisher's exact test, one-sided,
corrected for every value and pair that was looked at). The one with the greatest excess is told, its visits are set
aside, and what is left is asked again: so what merely goes along with it falls silent. See docs/numbers.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dashboard.chances import poisson_tail, ratio_interval, tail_of_draws
from dashboard.explanation_table import Cell, Coded, Table
from dashboard.slices import EXCEPTION, OF_VISITS

LEAST = 5
"""A value with fewer visits, or fewer late ones, is not looked at."""

ERROR = 0.01
"""The chance that anything at all is told of a node where nothing explains."""

LEAST_LIFT = 1.5
LEAST_SHARE = 0.05
MOST = 5

COVERED = 0.9
"""So much of an exception's late visits must a value hold to be the place of it."""

STANDS_FOR = 0.5
"""So much of the place's excess must the exception account for to be named in its stead."""

KEEPS = 0.75
"""So much of a value's excess must a pair keep to be told in its stead."""

Mask = NDArray[np.bool_]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value, or a pair of values, that holds more late visits than it would if it were like the others.

    ``pairs``: one or two of (dimension, value), an exception first. ``visits``: those decided; ``late`` of them are
    late, ``amount`` the money of the late ones that are still there. ``excess``: late visits beyond what the rate of
    the others predicts; ``share``: of the excess of the whole node, at most 1. ``lift``: the rate here over the rate
    of the others, with an interval that is as wide as the number of looks asks for. ``slow``: the late ones told
    nothing, so that ``late`` counts the visits that lasted longer than three of four usually do.
    """

    pairs: Pairs
    visits: int
    late: int
    amount: Decimal
    excess: float
    share: float
    lift: float
    lift_low: float | None
    lift_high: float | None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """Visits of one node, one row each: where they belong, whether they are late.

    ``values``: by dimension, the value of each visit or ``None``. ``cents``: the money that is late and still there.
    """

    late: Mask
    cents: NDArray[np.int64]
    values: Mapping[str, Sequence[str | None]]


def explain(visits: Decided, usual_rate: float | None = None, *, slow: bool = False) -> tuple[Explanation, ...]:
    """The explanations, the greatest contribution first; none where nothing explains or nothing is out of the usual.

    ``usual_rate``: the share of visits that is usually late; ``None`` counts every late visit as an excess.
    """
    total, late = len(visits.late), int(visits.late.sum())
    whole = late - total * (usual_rate or 0.0)
    if not unusual(late, total, usual_rate or 0.0):
        return ()
    coded = [Coded.of(key, values, LEAST) for key, values in visits.values.items()]
    looks = Table(coded, visits.late, np.ones(total, dtype=np.bool_)).looks(LEAST)
    found: list[Explanation] = []
    for cell in _leading(coded, visits.late, looks):
        share = min(cell.excess / whole, 1.0 - sum(one.share for one in found))
        if share < LEAST_SHARE or len(found) == MOST:
            break
        found.append(_told(cell, visits, share, looks, slow=slow))
    return tuple(found)


def unusual(late: int, visits: int, usual_rate: float) -> bool:
    """Whether so many late ones are more than usual, and more than chance (Poisson) makes once in a hundred times."""
    return late >= LEAST and late > visits * usual_rate and poisson_tail(visits * usual_rate, late) < ERROR


def _leading(coded: Sequence[Coded], late: Mask, looks: int) -> Iterator[Cell]:
    """The cells in turn, each among the visits that those before it do not hold."""
    left = np.ones(len(late), dtype=np.bool_)
    while (cell := _lead(Table(coded, late, left), looks)) is not None:
        yield cell
        left = left & ~cell.mask


def _lead(table: Table, looks: int) -> Cell | None:
    """What explains most among the visits of the table: its name as sharp as the visits allow."""
    singles = [cell for cell in table.singles() if _explains(cell, looks)]
    pairs = [cell for cell in table.pairs() if _explains(cell, looks) and _adds(table, cell, looks)]
    if not singles and not pairs:
        return None
    lead = min([*singles, *pairs], key=_rank)
    if len(lead.pairs) == 2:
        return lead
    sharper = [it for it in pairs if lead.pairs[0] in it.pairs and it.excess >= KEEPS * lead.excess]
    return min(sharper, key=_rank) if sharper else _named(table, lead, singles)


def _rank(cell: Cell) -> tuple[float, int, Pairs]:
    return -cell.excess, len(cell.pairs), cell.pairs


def _explains(cell: Cell, looks: int) -> bool:
    if cell.late < LEAST or not cell.others or cell.excess <= 0 or _lift(cell) < LEAST_LIFT:
        return False
    return tail_of_draws(cell.late, cell.visits, cell.all_late, cell.all_visits) < ERROR / looks


def _adds(table: Table, cell: Cell, looks: int) -> bool:
    """Whether the pair is clearly worse than the rest of each of its two parts."""
    parts = (table.single(*pair) for pair in cell.pairs)
    return all(tail_of_draws(cell.late, cell.visits, part.late, part.visits) < ERROR / looks for part in parts)


def _named(table: Table, lead: Cell, singles: Sequence[Cell]) -> Cell:
    """The lead as exception and place, where an exception and a value tell of the same late visits.

    An operator is no place: it is who reported the exception.
    """
    enough = STANDS_FOR * lead.excess
    troubles = [
        it for it in singles if it.pairs[0][0] == EXCEPTION and it.excess >= enough and _covers(table, lead, it)
    ]
    if not troubles:
        return lead
    trouble = min(troubles, key=_rank)
    by_place = lead.pairs[0][0] not in OF_VISITS
    places = [lead] if by_place else [it for it in singles if it.pairs[0][0] not in OF_VISITS]
    both = [table.pair(trouble, place) for place in places if _covers(table, place, trouble)]
    return min(both, key=_rank) if both else trouble


def _covers(table: Table, cell: Cell, trouble: Cell) -> bool:
    """Whether a value holds nearly all late visits of an exception."""
    return cell is trouble or table.pair(trouble, cell).late >= COVERED * trouble.late


def _told(cell: Cell, visits: Decided, share: float, looks: int, *, slow: bool) -> Explanation:
    low, high = _lift_interval(cell, looks)
    return Explanation(
        pairs=cell.pairs,
        visits=cell.visits,
        late=cell.late,
        amount=Decimal(int(visits.cents[cell.mask & visits.late].sum())) / 100,
        excess=cell.excess,
        share=share,
        lift=_lift(cell),
        lift_low=low,
        lift_high=high,
        slow=slow,
    )


def _lift(cell: Cell) -> float:
    """Half a late visit is added on both sides where the others have none."""
    if not cell.others:
        return inf
    others_late = cell.all_late - cell.late
    more = 0.0 if others_late else 0.5
    return ((cell.late + more) / (cell.visits + 2 * more)) / ((others_late + more) / (cell.others + 2 * more))


def _lift_interval(cell: Cell, looks: int) -> tuple[float | None, float | None]:
    """At 95 % for all looks together; without an upper end where no other visit is late."""
    reach = NormalDist().inv_cdf(1 - 0.025 / looks)
    low, high = ratio_interval(cell.late, cell.visits, cell.all_late - cell.late, cell.others, reach)
    return low, high if high < inf else None
