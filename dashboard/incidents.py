"""What befell the shop for a while: its kind, where, since when, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One occurrence. ``place``: the dimensions and values that it hits; ``until``: its end by plan."""

    incident_id: str
    kind: str
    node: str | None
    place: Mapping[str, str] = field(hash=False)
    began_at: datetime
    until: datetime | None
    ended_at: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it ended or will end; ``None`` if that is open."""
        return self.ended_at or self.until

    def going_on(self, at: datetime) -> bool:
        """Whether it goes on at an instant."""
        return self.began_at <= at and (self.over_at is None or at < self.over_at)

    def to_come(self, at: datetime) -> bool:
        """Whether it begins after an instant."""
        return at < self.began_at


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """What can befall the demo shop, and where and how long it does unless something else is named."""

    key: str
    node: str | None
    place: Mapping[str, str] = field(hash=False)
    lasts_seconds: float
