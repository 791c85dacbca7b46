"""The actions that there are, one record each. A new one is a record here and, if it is new in kind, its effect."""

from dashboard.acting import ActionKind
from dashboard.actions.marking import MARKING
from dashboard.actions.moving import MOVING
from dashboard.actions.stock import STOCK
from dashboard.permissions import Caller, CallerKind, Permission, Role, may

CATALOGUE: tuple[ActionKind, ...] = (*MOVING, *MARKING, *STOCK)
_BY_KEY = {kind.key: kind for kind in CATALOGUE}


def kind_of(key: str) -> ActionKind:
    """The action of that key. Raises ``KeyError``."""
    return _BY_KEY[key]


def may_act(caller: Caller | None, kind: ActionKind) -> bool:
    """Whether the caller may do this action: tokens by their scope, people by role and team, an admin always."""
    if caller is None or not may(caller, Permission.ACT):
        return False
    if caller.kind is CallerKind.TOKEN or caller.role is Role.ADMIN:
        return True
    if caller.role not in kind.roles:
        return False
    return caller.role is not Role.OPERATOR or not kind.teams or caller.team is None or caller.team in kind.teams
