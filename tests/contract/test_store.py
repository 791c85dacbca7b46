"""The store as a whole: its lifeline, its transactions, and what happens when the database goes away."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.lifeline import Lifeline
from datasource.recording import record
from datasource.store import Store
from tests.builders import NOON, facts, left, minutes
from tests.contract.order_histories import fold_all, rollups_and_recount


def test_installed_lifeline_is_in_force(store: Store, lifeline: Lifeline) -> None:
    """The lifeline read back equals the one installed; installing it again makes no new version."""
    assert store.lifeline() == lifeline
    assert store.install_lifeline(lifeline, minutes(1)) == 1
    with store.begin() as connection:
        assert connection.execute(text("SELECT count(*), min(made_at) FROM config_version")).one() == (1, NOON)


def test_migrating_twice_changes_nothing(store: Store) -> None:
    """A second migrate of a migrated store is a no-op."""
    store.migrate()
    with store.begin() as connection:
        assert connection.execute(text("SELECT generation FROM fold_state")).scalar_one() == 0


def test_a_read_sees_one_instant_and_cannot_write(store: Store) -> None:
    """What is committed meanwhile is not seen; a write is refused; the connection can write again afterwards."""
    count = text("SELECT generation FROM fold_state")
    raise_generation = text("UPDATE fold_state SET generation = generation + 1")
    with store.read() as reading:
        before = reading.execute(count).scalar_one()
        with store.begin() as writing:
            writing.execute(raise_generation)
        assert reading.execute(count).scalar_one() == before
    with pytest.raises(DBAPIError, match="read-only"), store.read() as reading:
        reading.execute(raise_generation)
    with store.begin() as writing:
        writing.execute(raise_generation)
        assert writing.execute(count).scalar_one() == before + 2


@pytest.mark.parametrize(
    "preference",
    ["datestyle = 'German, DMY'", "timezone = 'Asia/Tokyo'", "client_encoding = 'LATIN1'", "array_nulls = off"],
)
def test_what_a_database_prefers_is_not_ours(store: Store, lifeline: Lifeline, preference: str) -> None:
    """Of a database that others set up: instants, texts and lists come back as they were told, the sums are right."""
    with store.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    with store.own() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET {preference}"))
    store.engine.dispose()
    told = [facts("A", created_at=NOON, channel="抖音"), left("place", minutes(1)), left("place", minutes(2), "B")]
    with store.begin() as connection:
        record(connection, told, lifeline, NOON)
    fold_all(store, lifeline)
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
    assert ("place", "channel=抖音", NOON) in folded.hour
