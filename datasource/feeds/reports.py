"""What one row says of its order: reports, each in a slot that the same row fills again when it is imported again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from dashboard.events import Facts, Kind


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
        said = [self.kind, self.at.isoformat(), self.node, self.operator, self.source, self.exception, self.document]
        words = [*said, self.status, *_words(self.facts)] if self.facts else [*said, self.status]
        text = "\x1f".join([word or "" for word in words])
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class RowReports:
    """The reports of one row.

    ``whole``: the row is all that its feed says of the order, so what it no longer says is withdrawn.
    """

    row: int
    order_id: str
    reports: Sequence[Report]
    whole: bool
    digests: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digests", tuple([report.digest() for report in self.reports]))


def _words(told: Facts) -> Iterator[str | None]:
    yield told.outer_order_id
    yield told.created_at.isoformat() if told.created_at else None
    yield None if told.amount is None else str(told.amount)
    yield told.currency
    for dimension, value in sorted(told.dimensions.items()):
        yield f"{dimension}={value}"
