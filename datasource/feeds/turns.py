"""One import of a feed at a time: two that number their corrections alike would lose one of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep

from sqlalchemy import text

from datasource.store import Store, unavailability

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:feed, 7142010))")
_DONE = text("SELECT pg_advisory_unlock(hashtextextended(:feed, 7142010))")
_PATIENCE_SECONDS = 0.2


@contextmanager
def turn_of(store: Store, feed: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Wait until no other import of this feed runs, and keep others waiting until the block ends.

    The server lets go of a turn whose process has died. ``waiting`` is called each time it is still somebody else's.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with unavailability(), store.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        while not connection.execute(_TRY, {"feed": feed}).scalar_one():
            waiting()
            sleep(_PATIENCE_SECONDS)
        try:
            yield
        finally:
            connection.execute(_DONE, {"feed": feed})
