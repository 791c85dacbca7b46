"""What a caller may do on a page, as a value: two callers with equal rights see the same page."""

from dataclasses import dataclass

from dashboard.actions import CATALOGUE, may_act
from dashboard.permissions import Caller, Permission, may


@dataclass(frozen=True, slots=True)
class Rights:
    """``kinds``: keys of the actions that the caller may take.

    ``audit``: whether the audit may be read; ``outbox``: whether the messages to outside systems may be seen.
    """

    kinds: frozenset[str] = frozenset()
    audit: bool = False
    outbox: bool = False


NO_RIGHTS = Rights()
"""A viewer's: to look."""


def rights_of(caller: Caller | None) -> Rights:
    """The rights of a caller; nobody has none."""
    sees = may(caller, Permission.AUDIT), may(caller, Permission.OUTBOX)
    if caller is None or not may(caller, Permission.ACT):
        return Rights(frozenset(), *sees)
    return Rights(frozenset(kind.key for kind in CATALOGUE if may_act(caller, kind)), *sees)
