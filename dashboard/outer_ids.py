"""The id of an order whose channel sent an empty one: made up, so that no order is dropped for want of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.events import Facts
from dashboard.lifeline import Lifeline

OUTER_ID_MISSING = "outer_id_missing"
"""The exception that marks such an order."""

CHANNEL = "channel"
_PREFIX = "ID"


def made_up_outer_id(facts: Facts, at: datetime, lifeline: Lifeline) -> str:
    """``DY20260222-34215123``: the channel's prefix, the lifeline's own day, and the milliseconds of that day.

    The day is that of the order's creation, or of ``at`` where nobody told it. The prefixes are the lifeline's
    ``[outer_ids]``.
    """
    local = (facts.created_at or at).astimezone(ZoneInfo(lifeline.time_zone))
    prefix = lifeline.outer_ids.get(facts.dimensions.get(CHANNEL, ""), _PREFIX)
    since_midnight = local.replace(tzinfo=None) - datetime.combine(local.date(), datetime.min.time())
    return f"{prefix}{local:%Y%m%d}-{since_midnight // timedelta(milliseconds=1)}"
