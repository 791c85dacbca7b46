"""Messages to outside systems as a person follows them: how each target does, and which messages were given up."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.snapshot import Status

UNSET, DEAD, RETRYING, CALM = "unset", "dead", "retrying", "calm"

STATUS = {UNSET: Status.GREY, DEAD: Status.RED, RETRYING: Status.AMBER, CALM: Status.GREEN}


@dataclass(frozen=True, slots=True)
class Target:
    """One outside system. ``set_up``: whether it has an address; ``retrying``: of those that wait, failed before."""

    key: str
    set_up: bool
    waiting: int = 0
    retrying: int = 0
    dead: int = 0
    delivered_last_hour: int = 0
    oldest_waiting_at: datetime | None = None

    @property
    def state(self) -> str:
        """The worst that can be said of it."""
        if self.dead:
            return DEAD
        if not self.set_up:
            return UNSET
        return RETRYING if self.retrying else CALM


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up. ``fault``: why the last attempt failed, ``status``: what was answered to it."""

    message_id: str
    target: str
    kind: str
    subject: str
    attempts: int
    made_at: datetime
    last_at: datetime | None
    fault: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All of it at ``as_of``. ``letters``: the newest dead ones."""

    as_of: datetime
    targets: tuple[Target, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
