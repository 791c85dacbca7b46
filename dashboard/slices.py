"""A slice: the orders, or visits, that share one value of a dimension, or all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

ALL = "all"
OPERATOR, EXCEPTION = "operator", "exception"
OF_VISITS = (OPERATOR, EXCEPTION)
"""What a visit has rather than its order, and what may be sliced by all the same."""


class SliceError(ValueError):
    """The text does not name a slice."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Pairs of dimension and value that an order must match; none of them means every order."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> "Slice":
        """Read ``all``, ``channel=douyin`` or ``channel=douyin,warehouse=HZ1``.

        Raises:
            SliceError: a part is not ``dimension=value``, or a dimension is named twice.
        """
        if text is None or text.strip() in ("", ALL):
            return cls()
        pairs = tuple(sorted(_pair(part) for part in text.split(",")))
        if len({dimension for dimension, _ in pairs}) < len(pairs):
            raise SliceError(f"slice {text!r} names a dimension twice")
        return cls(pairs)

    def __str__(self) -> str:
        return ",".join(f"{dimension}={value}" for dimension, value in self.pairs) or ALL

    @property
    def rolled_up(self) -> bool:
        """Whether the rollups hold this slice; a combination, and what only a visit has, is read from the visits."""
        return len(self.pairs) <= 1 and not self.of_visits

    @property
    def of_orders(self) -> dict[str, str]:
        """The dimensions of an order, with the value that each must have."""
        return {dimension: value for dimension, value in self.pairs if dimension not in OF_VISITS}

    @property
    def of_visits(self) -> dict[str, str]:
        """What a visit must have, by ``operator`` and ``exception``."""
        return {dimension: value for dimension, value in self.pairs if dimension in OF_VISITS}

    @property
    def of_orders_only(self) -> "Slice":
        """The slice without what only a visit has: what says something of other nodes too."""
        return Slice(tuple(pair for pair in self.pairs if pair[0] not in OF_VISITS))

    def within(self, pairs: tuple[tuple[str, str], ...]) -> "Slice":
        """The slice narrowed further; a dimension that is named again takes the new value."""
        return Slice(tuple(sorted({**dict(self.pairs), **dict(pairs)}.items())))

    def without(self, dimension: str) -> "Slice":
        """The slice without one of its dimensions."""
        return Slice(tuple(pair for pair in self.pairs if pair[0] != dimension))

    def holds(self, dimensions: Mapping[str, str]) -> bool:
        """Whether an order with these dimensions belongs to the slice."""
        return all(dimensions.get(dimension) == value for dimension, value in self.pairs)


def slice_keys(dimensions: Mapping[str, str]) -> list[str]:
    """Every rolled-up slice that an order with these dimensions counts in: ``all`` first, then one per dimension."""
    return [ALL, *(f"{dimension}={value}" for dimension, value in sorted(dimensions.items()))]


def _pair(part: str) -> tuple[str, str]:
    dimension, equals, value = (piece.strip() for piece in part.partition("="))
    if not (dimension and equals and value):
        raise SliceError(f"slice part {part!r} is not of the form dimension=value")
    return dimension, value
