"""What the API takes in and gives back, as pydantic models: they check the input and describe themselves in OpenAPI."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from dashboard.events import NODE_KINDS, OWN, OWN_IDS, Event, Facts, Kind, is_own_source

MOST_EVENTS = 10_000


def _without_nul(text: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("must not hold control characters")
    return text


_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}[Tt ]")
"""How a written-out instant begins: a bare number could be seconds or milliseconds."""


def _written(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise ValueError("must be a date and time with an offset, such as 2026-02-25T09:30:00+08:00")


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999, as UTC counts them") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
Id = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_without_nul)
]
OuterId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(_without_nul)]
"""Empty where the channel's own system failed: such an order gets an id, it is not refused."""
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_without_nul)
]


def _of_another(text: str) -> str:
    if is_own_source(text):
        raise ValueError(f"must name the system that tells it; {OWN!r} is what people do here")
    return text


def _id_of_another(text: str) -> str:
    if text.startswith(OWN_IDS):
        raise ValueError(f"must not begin with {OWN_IDS!r}, like the events of what people do here")
    return text


Source = Annotated[Word, AfterValidator(_of_another)]
EventId = Annotated[Id, AfterValidator(_id_of_another)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]
Value = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), AfterValidator(_without_nul)
]


class Strict(BaseModel):
    """A model that refuses fields it does not know: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FactsIn(Strict):
    """What the event tells of the order itself; what is absent leaves what was known."""

    outer_order_id: OuterId | None = None
    created_at: Instant | None = None
    amount: Annotated[Decimal, Field(max_digits=14, decimal_places=2)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    dimensions: Annotated[dict[Key, Value], Field(max_length=20)] = Field(default_factory=dict)

    def facts(self) -> Facts:
        """The same in the program's own words."""
        return Facts(self.outer_order_id, self.created_at, self.amount, self.currency, self.dimensions)


class EventIn(Strict):
    """One report of an outside system. ``order_id`` and ``event_id`` identify it: sending it twice changes nothing.

    ``node`` is needed by ``entered``, ``left``, ``finished`` and ``exception``; ``source`` and ``status`` by
    ``status``; ``corrects`` (the ``event_id`` whose place this event takes) by ``void``.
    """

    order_id: Id
    event_id: EventId
    kind: Kind
    at: Instant
    node: Key | None = None
    operator: Word | None = None
    source: Source | None = None
    exception: Key | None = None
    document: Word | None = None
    status: Key | None = None
    corrects: EventId | None = None
    facts: FactsIn | None = None

    @model_validator(mode="after")
    def complete(self) -> "EventIn":
        """Whether everything is there that its kind needs."""
        if self.kind in NODE_KINDS and not self.node:
            raise ValueError(f"kind {self.kind} needs a node")
        if self.kind is Kind.STATUS and not (self.source and self.status):
            raise ValueError("kind status needs source and status")
        if self.kind is Kind.EXCEPTION and not self.exception:
            raise ValueError("kind exception needs an exception")
        if self.kind is Kind.VOID and not self.corrects:
            raise ValueError("kind void needs corrects")
        return self

    def event(self) -> Event:
        """The same in the program's own words."""
        return Event(
            order_id=self.order_id,
            event_id=self.event_id,
            kind=self.kind,
            at=self.at,
            node=self.node,
            operator=self.operator,
            source=self.source,
            exception=self.exception,
            document=self.document,
            status=self.status,
            corrects=self.corrects,
            facts=self.facts.facts() if self.facts else None,
        )


class EventBatch(BaseModel):
    """Up to 10,000 events in any order, of any orders."""

    events: Annotated[list[EventIn], Field(max_length=MOST_EVENTS)]


class Rejected(BaseModel):
    """An event that was not stored: its place in the batch, the field, and the reason."""

    index: int
    order_id: str | None
    event_id: str | None
    field: str | None
    reason: str


class EventsAnswer(BaseModel):
    """``stored``: new events; ``known``: events that the store had already; ``orders``: orders that were touched."""

    received: int
    stored: int
    known: int
    orders: int
    rejected: list[Rejected]


class HeartbeatIn(Strict):
    """A source says that it is there, though nothing happened. ``at``: up to when it has told everything."""

    source: Source
    at: Instant


def id_of(told: object, name: str) -> str | None:
    """What a raw event calls itself, for the report of its rejection."""
    value = told.get(name) if isinstance(told, Mapping) else None
    # Half a character, which JSON can carry and UTF-8 cannot, could not be sent back.
    return value[:120].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def earliest() -> datetime:
    """Before this instant a time stamp is taken for a mistake."""
    return datetime(1990, 1, 1, tzinfo=UTC)
