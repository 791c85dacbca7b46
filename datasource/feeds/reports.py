"""What one row says of its order: reports, each in a slot that the same row fills again when it is imported again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from dashboard.events import Facts, Kind

_NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Report:
    """An event to be, without its id. Two reports of one feed, order and slot are the same thing, told again."""

    slot: str
    kind: Kind
    at: datetime
    node: str | None = None
    operator: str | None = None
    source: str | None = None
    exception: str | None = None
    document: str | None = None
    status: str | None = None
    facts: Facts | None = None

    def digest(self) -> str:
        """A short print of all that it says."""
        said = (self.kind, self.at.isoformat(), self.node, self.operator, self.source, self.exception, self.document)
        return printed((*said, self.status, *_words(self.facts)))


@dataclass(frozen=True, slots=True)
class RowReports:
    """The reports of one row. ``whole``: the row is all that its feed says of the order, so what it no longer says is withdrawn."""

    row: int
    order_id: str
    reports: Sequence[Report]
    whole: bool


def printed(words: Sequence[object]) -> str:
    """Twelve hexadecimal digits that stand for these words."""
    text = "\x1f".join("" if word is None else str(word) for word in words)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _words(facts: Facts | None) -> Iterator[object]:
    told = facts or _NOTHING
    yield from (told.outer_order_id, told.created_at and told.created_at.isoformat(), told.amount, told.currency)
    for dimension, value in sorted(told.dimensions.items()):
        yield f"{dimension}={value}"
