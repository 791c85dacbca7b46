"""The audit: gapless, chained, closed to the application, and broken for everybody to see by whoever changes it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from datasource.audit import Entry, Noted, append, entries, verify
from datasource.store import Store
from tests.builders import NOON, minutes

CHANGES = {
    "edited": "UPDATE audit SET actor = 'somebody.else' WHERE seq = 3",
    "moved in time": "UPDATE audit SET at = at - interval '1 second' WHERE seq = 3",
    "values edited": """UPDATE audit SET after = '{"number": 9}' WHERE seq = 3""",
    "reason taken away": "UPDATE audit SET reason = NULL WHERE seq = 3",
    "deleted in the middle": "DELETE FROM audit WHERE seq = 3",
    "renumbered": "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3",
    "swapped": (
        "UPDATE audit SET seq = -3 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; "
        "UPDATE audit SET seq = 4 WHERE seq = -3"
    ),
    "hash made up": "UPDATE audit SET actor = 'x', hash = sha256('x') WHERE seq = 3",
}


def entry(number: int, **other: object) -> Entry:
    """One of many entries."""
    told = {"before": None, "after": {"number": number, "名": "é"}, "reason": f"because {number}", "action_id": "a1"}
    return Entry("li.wei", "127.0.0.1", "note", f"order:O{number % 3}", **{**told, **other})  # type: ignore[arg-type]


@pytest.fixture
def six(store: Store) -> Store:
    """A store with six entries, told in three transactions."""
    for number in range(3):
        with store.begin() as connection:
            append(connection, [entry(2 * number), entry(2 * number + 1)], minutes(number))
    return store


def tamper(store: Store, *statements: str) -> None:
    """Do what only the owner of the database can."""
    url = make_url(store.engine.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def test_an_untouched_chain_verifies(six: Store) -> None:
    """Every row counts, and the numbers have no gap."""
    with six.begin() as connection:
        checked = verify(connection)
        numbers = [row.seq for row in entries(connection, limit=100)]
    assert (checked.rows, checked.broken, checked.fault) == (6, None, None)
    assert numbers == [6, 5, 4, 3, 2, 1]


def test_nothing_is_a_chain_too(store: Store) -> None:
    """An audit without rows is whole."""
    with store.begin() as connection:
        assert verify(connection).broken is None


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_tampering_in_the_middle_is_found(six: Store, change: str) -> None:
    """Whatever the owner of the database does to row 3, row 3 is named."""
    tamper(six, *change.split("; "))
    with six.begin() as connection:
        assert verify(connection).broken == 3


def test_a_cut_off_end_is_found(six: Store) -> None:
    """Without its last row the rest of a chain holds; the head tells that a row is missing."""
    tamper(six, "DELETE FROM audit WHERE seq = 6")
    with six.begin() as connection:
        found = verify(connection)
    assert (found.rows, found.broken, found.fault) == (5, 6, "end")


def test_emptying_is_found(six: Store) -> None:
    """So does the loss of all."""
    tamper(six, "TRUNCATE audit")
    with six.begin() as connection:
        assert verify(connection).broken == 1


def test_one_row_written_anew_is_found_by_the_next(six: Store) -> None:
    """Whoever puts another row in the place of the third, with a right hash, breaks the link of the row behind it."""
    with six.begin() as connection:
        last, second = (entries(connection, before_seq=seq, limit=1)[0] for seq in (7, 3))
    tamper(
        six, "CREATE TABLE kept AS SELECT * FROM audit WHERE seq > 3", "DELETE FROM audit WHERE seq > 2", head(second)
    )
    with six.begin() as connection:
        append(connection, [entry(99)], minutes(1))
    tamper(six, "INSERT INTO audit SELECT * FROM kept", head(last), "DROP TABLE kept")
    with six.begin() as connection:
        found = verify(connection)
    assert (found.broken, found.fault) == (4, "chain")


def head(row: Noted) -> str:
    """The statement that makes this row the newest."""
    return f"UPDATE audit_head SET seq = {row.seq}, hash = '\\x{row.hash.hex()}'"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DROP TABLE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "ALTER TABLE audit ADD COLUMN more int",
    ],
)
def test_the_application_cannot_change_it(six: Store, statement: str) -> None:
    """The role that the store works as may add to the audit and read it, no more."""
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), six.begin() as connection:
        connection.execute(text(statement))
    with six.begin() as connection:
        assert verify(connection).rows == 6


def test_the_application_cannot_give_itself_the_right(six: Store) -> None:
    """A grant by one who does not own the table grants nothing."""
    with six.begin() as connection:
        connection.execute(text("GRANT ALL ON audit TO lifeline_app"))
    with pytest.raises(ProgrammingError, match="permission denied"), six.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


def test_what_is_rolled_back_leaves_no_gap(six: Store) -> None:
    """A number that was taken in a transaction that failed is given again."""
    with six.engine.connect() as connection:
        append(connection, [entry(7)], minutes(9))
        connection.rollback()
    with six.begin() as connection:
        append(connection, [entry(8)], minutes(9))
        assert (verify(connection).rows, verify(connection).broken) == (7, None)


def test_eight_writers_make_one_chain(store: Store) -> None:
    """They wait for each other; no number is lost or given twice."""
    barrier = Barrier(8)

    def write(writer: int) -> None:
        barrier.wait()
        for number in range(10):
            with store.begin() as connection:
                append(connection, [entry(100 * writer + number)], NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with store.begin() as connection:
        checked = verify(connection)
    assert (checked.rows, checked.broken) == (80, None)


def test_entries_are_found_by_what_they_are_about(six: Store) -> None:
    """By subject, actor, kind and time, the newest first, page by page."""
    with six.begin() as connection:
        append(connection, [entry(6, action_id="a2")], minutes(5))
        assert [row.seq for row in entries(connection, subject="order:O0", limit=10)] == [7, 4, 1]
        assert [row.seq for row in entries(connection, action_id="a2", limit=10)] == [7]
        assert [row.seq for row in entries(connection, since=minutes(1), until=minutes(2), limit=10)] == [4, 3]
        assert [row.seq for row in entries(connection, before_seq=4, limit=2)] == [3, 2]
        assert entries(connection, actor="nobody", limit=10) == []
