"""One past hour recounted again and again, so that a rollup that went wrong does not stay unseen."""

from datetime import datetime, timedelta

from sqlalchemy import text

from dashboard.lifeline import Lifeline
from dashboard.windows import floor_hour
from datasource.recount import Difference, self_check
from datasource.store import Store

SETTLED = timedelta(hours=2)
HOURS = 7 * 24

_WAITING = text("SELECT EXISTS (SELECT FROM visit_change)")


def hour_in_turn(now: datetime, turn: int) -> datetime:
    """The hour to check at this turn: those of the last week one after the other, the newest settled one first."""
    return floor_hour(now - SETTLED) - timedelta(hours=turn % HOURS)


def check_hour(store: Store, lifeline: Lifeline, hour: datetime) -> list[Difference] | None:
    """Where the rollups of an hour are not what its visits say, seen at one instant.

    ``None`` while changes wait to be folded: they would show as differences. Raises ``StoreUnavailable``.
    """
    with store.read() as connection:
        if connection.execute(_WAITING).scalar_one():
            return None
        return self_check(connection, lifeline, hour)
