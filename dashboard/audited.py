"""What the audit tells: one entry, which entries are asked for, what an entry changed, and how far the chain holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Values = Mapping[str, Any]

ORDER, SKU, OUTLET, ACTION = "order", "sku", "outlet", "action"
SUBJECTS = (ORDER, SKU, OUTLET)
"""What actions are about; a subject is written ``order:DB20260225-889231``. Stopping one is about the action itself."""

UNDO, STOP = "undo", "stop"
"""What is done to an action: taking ``hold`` back is written down as ``undo:hold``."""

OTHER_KINDS = (
    "session.begun",
    "session.ended",
    "session.others_ended",
    "person.added",
    "person.role",
    "person.password",
    "person.disabled",
    "person.linked",
    "kiosk.added",
    "kiosk.revoked",
    "token.added",
    "token.revoked",
    "send_again",
)
"""What is written down beside actions."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One write. ``origin``: where from, such as an address; ``hash``: of its content and of the entry before."""

    seq: int
    at: datetime
    actor: str
    origin: str
    kind: str
    subject: str
    action_id: str | None
    reason: str | None
    before: Values | None
    after: Values | None
    hash: str

    @property
    def order_id(self) -> str | None:
        """The order that it is about."""
        kind, _, key = self.subject.partition(":")
        return key if kind == ORDER and key else None


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """Which entries: those that fulfil all that is given. ``before_seq``: only older ones than this."""

    actor: str | None = None
    kind: str | None = None
    subject: str | None = None
    action_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out but by the page."""
        return any((self.actor, self.kind, self.subject, self.action_id, self.since, self.until))


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain of hashes was followed. ``rows``: entries that fit; ``broken``: the first that does not.

    ``wrong``: what is wrong with it, in a word of the checker.
    """

    at: datetime
    rows: int
    broken: int | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that differs. ``path``: the names that lead to it, outermost first; absent values are ``None``."""

    path: tuple[str, ...]
    before: Any
    after: Any


def subject_of(text: str) -> str:
    """The subject that somebody means: a bare text is an order's id."""
    asked = text.strip()
    kind, colon, _ = asked.partition(":")
    return asked if colon and kind.isalpha() else f"{ORDER}:{asked}"


def kinds_of(kind: str) -> tuple[str, ...]:
    """The kinds that somebody means who names one: ``hold`` is also taking holds back, and stopping them."""
    return (kind,) if ":" in kind else (kind, f"{UNDO}:{kind}", f"{STOP}:{kind}")


def changed(before: Values | None, after: Values | None) -> tuple[Changed, ...]:
    """Only what differs between two states, down to single values; in the order of ``after``, what is gone last."""
    old, new = dict(_leaves(before or {})), dict(_leaves(after or {}))
    paths = [*new, *(path for path in old if path not in new)]
    found = (Changed(path, old.get(path), new.get(path)) for path in paths)
    return tuple(one for one in found if not _same(one.before, one.after))


def _leaves(values: Values, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        path = (*above, str(name))
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, value


def _same(one: object, other: object) -> bool:
    """Equal, and of one kind: ``True`` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
