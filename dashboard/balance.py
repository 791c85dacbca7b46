"""Whether a node is starved, flooded or holds its orders back: what comes and goes against what usually does."""

from dataclasses import dataclass
from enum import StrEnum

from dashboard.chances import poisson_tail

MORE, LESS = 1.3, 0.7
"""Shares of the usual from which on a rate is no longer as usual."""

ERROR = 0.01


class Verdict(StrEnum):
    """What the flow of a node says. ``held``: it lets fewer go than usual, though not fewer come."""

    USUAL = "usual"
    FLOODED = "flooded"
    STARVED = "starved"
    HELD = "held"
    CLEARING = "clearing"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """A count against the usual."""

    LOW = "low"
    USUAL = "usual"
    HIGH = "high"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UsualFlow:
    """How many visits usually come to a node and go on from it per hour, at the hours of a window."""

    entered: float
    left: float


@dataclass(frozen=True, slots=True)
class Balance:
    """What came to a node and went on in a window of ``hours``; ``usual`` is ``None`` where nothing is known of it."""

    node: str
    entered: int
    left: int
    hours: float
    usual: UsualFlow | None

    @property
    def coming(self) -> Level:
        """What comes, against the usual."""
        return _level(self.entered, self.usual.entered * self.hours if self.usual else None)

    @property
    def going(self) -> Level:
        """What goes, against the usual."""
        return _level(self.left, self.usual.left * self.hours if self.usual else None)

    @property
    def verdict(self) -> Verdict:
        """In one word; what comes is judged before what goes, because it is the cause of it."""
        if Level.UNKNOWN in (self.coming, self.going):
            return Verdict.UNKNOWN
        if self.going is Level.LOW and self.coming is not Level.LOW:
            return Verdict.HELD
        if self.coming is not Level.USUAL:
            return Verdict.STARVED if self.coming is Level.LOW else Verdict.FLOODED
        return Verdict.CLEARING if self.going is Level.HIGH else Verdict.USUAL


def _level(count: int, usual: float | None) -> Level:
    """Beyond a share of the usual, and further than chance (Poisson) goes once in a hundred times."""
    if usual is None:
        return Level.UNKNOWN
    if count >= MORE * usual and poisson_tail(usual, count) < ERROR:
        return Level.HIGH
    if count <= LESS * usual and 1 - poisson_tail(usual, count + 1) < ERROR:
        return Level.LOW
    return Level.USUAL
