"""Who may do what: roles, callers, and the one table of permissions. Every door asks ``may``; no other decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the product."""

    VIEWER = "viewer"
    OPERATOR = "operator"  # of one team
    FINANCE = "finance"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a door may ask for. As scopes, tokens are given these very words."""

    READ = "read"  # pages, the API's questions, the socket
    TELL = "events"  # events and heartbeats of source systems
    ACT = "act"  # preview, apply, cancel and undo actions; which kinds, each kind says
    AUDIT = "audit"  # read and export the audit
    OUTBOX = "outbox"  # see messages to outside systems, and send dead ones again
    INCIDENTS = "incidents"  # order incidents of the demo shop
    REPLAY = "replay"  # move the clock of a replay
    PEOPLE = "people"  # people, kiosks and tokens


class CallerKind(StrEnum):
    """How somebody came in."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a word
    KIOSK = "kiosk"
    VISITOR = "visitor"  # whoever sits at this machine, where the demo signs in by itself


OF_ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.OPERATOR: frozenset({Permission.READ, Permission.ACT, Permission.AUDIT, Permission.OUTBOX}),
    Role.FINANCE: frozenset({Permission.READ, Permission.ACT, Permission.AUDIT}),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``name``: unique, as the audit has it (``li.wei``, ``token:wms``, ``kiosk:hall``).

    ``team``: of an operator, a key of the lifeline's teams. ``scopes``: what a token was given, empty for all others.
    ``page``: the one page that a kiosk shows. ``origin``: where from, for the audit: ``127.0.0.1``.
    ``extra``: what a visitor may beside its role. ``shown_name``: what people call a person, for the pages.
    """

    name: str
    kind: CallerKind
    role: Role = Role.VIEWER
    team: str | None = None
    scopes: frozenset[Permission] = frozenset()
    page: str | None = None
    origin: str = ""
    extra: frozenset[Permission] = frozenset()
    shown_name: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that the caller may."""
        return frozenset(one for one in Permission if may(self, one))


DEMO_VISITOR = Caller("demo", CallerKind.VISITOR, Role.OPERATOR, extra=frozenset({Permission.INCIDENTS}))
"""Whoever sits at the machine where the demo runs: an operator of every team."""

REPLAY_VISITOR = Caller("replay", CallerKind.VISITOR, Role.VIEWER, extra=frozenset({Permission.REPLAY}))
"""Whoever sits at the machine where a replay runs."""


SETTINGS_TOKEN = "settings"  # noqa: S105 - a name
"""What the one token of the settings is called."""

COMMAND, PROVIDER = "command", "oidc"
"""How the audit calls whoever works on the command line, and an OpenID provider."""

RESERVED = frozenset(
    {DEMO_VISITOR.name, REPLAY_VISITOR.name, COMMAND, PROVIDER, "lifeline", "system", "token", "kiosk", "visitor"}
)
"""Names that no person bears, as the product itself is called so where it says who did something, or may be."""


def may(caller: Caller | None, permission: Permission) -> bool:
    """Whether the caller has the permission; nobody has none."""
    if caller is None:
        return False
    if caller.kind is CallerKind.TOKEN:
        return permission in caller.scopes
    if caller.kind is CallerKind.KIOSK:
        return permission is Permission.READ
    return permission in OF_ROLES[caller.role] | caller.extra
