"""Files onto a tape: what an import would record, without recording it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from datasource.collecting import seldom_collecting
from datasource.feeds.reading import Feed, Reading
from datasource.feeds.revisions import events
from datasource.replay.tape import Recording, Tape


@dataclass(frozen=True, slots=True)
class Taped:
    """What came onto the tape, of how many orders, and how many rows were left out."""

    recording: Recording
    orders: int
    rejected: int


def tape_feed(tape: Tape, feed: Feed, now: datetime, progress: Callable[[float, int], None]) -> Taped:
    """Put all events of a feed on an empty tape.

    Args:
        tape: made, with nothing on it.
        feed: opened files.
        now: the real time; what lies after it has not happened and is rejected, as by an import.
        progress: told the share that was read, and the orders so far.

    Raises:
        EmptyTape: the files hold no event at all.
        InputError: a file broke off.
        StoreUnavailable: the database cannot be reached, or broke off.
    """
    reading = Reading(feed, now)
    with seldom_collecting():
        reading.read_sides()
        for place in range(len(feed.tables)):
            for told in reading.read(place):
                tape.append(events(feed.mapping.name, told.rows, {}))
                progress(told.fraction, len(reading.orders))
    return Taped(tape.finish(), len(reading.orders), reading.rejected)
