"""How old a page's data is, and what the page says of it. Stale outranks every colour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from layouts.context import Context

BEHIND = 120.0
STALE = 900.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """The instant of the data, and for how many seconds no source was heard (``None``: none ever was)."""

    as_of: datetime
    silence_seconds: float | None = None

    def level(self, context: Context) -> str:
        """``live``; ``behind`` when no source was heard for 2 min; ``stale`` for 15; ``past`` at an asked instant.

        A recording holds no heartbeats, so that silence in a replay says nothing of the connections.
        """
        if context.at is not None:
            return "past"
        silence = self.silence_seconds
        if silence is None or silence <= BEHIND or context.backfill is not None or context.replay:
            return "live"
        return "behind" if silence <= STALE else "stale"

    @property
    def heard_at(self) -> datetime:
        """The last instant that a source was heard of."""
        return self.as_of - timedelta(seconds=self.silence_seconds or 0)

    def state_text(self, context: Context) -> str:
        """``Live, as of 14:32:07`` in the page's language."""
        texts, formats = context.texts, context.formats
        match self.level(context):
            case "past":
                return texts("common.state.past", time=formats.moment(self.as_of))
            case "live":
                now = "live" if context.replay is None else "replay"
                return texts(f"common.state.{now}", time=formats.clock(self.as_of, seconds=True))
            case _:
                return texts("common.state.slow", time=formats.since(self.heard_at, self.as_of))


def freshness_class(context: Context, freshness: Freshness) -> str:
    """The class of the page's content; ``is-stale`` greys it."""
    return f"content is-{freshness.level(context)}"
