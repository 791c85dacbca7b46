"""What pages ask of a long history: found by an index, however much of it there is."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.event import listen, remove

from datasource.audit import entries
from datasource.outbox import counts, forget_delivered, messages
from datasource.outbox_pace import delivered_since
from datasource.store import Store
from datasource.undoing import taken_back
from tests.builders import NOON, days

ROWS = 20_000
LAST = NOON + timedelta(seconds=ROWS)

_AUDIT = """
INSERT INTO audit (seq, at, actor, origin, kind, subject, action_id, previous, hash)
SELECT n, CAST(:noon AS timestamptz) + n * interval '1 second',
       CASE WHEN n <= 10 THEN 'gone' ELSE 'p' || n % 20 END, '::1',
       CASE WHEN n <= 10 THEN 'undo:assign' WHEN n % 3 = 0 AND n < :rows / 2 THEN 'hold' ELSE 'note' END,
       'order:' || n, 'act-' || n % 50,
       '', '' FROM generate_series(1, :rows) n
"""
_OUTBOX = """
INSERT INTO outbox (message_id, target, kind, subject, body, state, made_at, next_at, delivered_at)
SELECT 'm' || n, 'wms', 'x', 'order:' || n, '{}',
       CASE WHEN n % 1000 = 0 THEN 'dead' WHEN n % 1000 = 1 THEN 'waiting' ELSE 'delivered' END,
       CAST(:noon AS timestamptz) + n * interval '1 second', :noon,
       CASE WHEN n % 1000 > 1 THEN CAST(:noon AS timestamptz) + n * interval '1 second' END
  FROM generate_series(1, :rows) n
"""
_ACTIONS = """
INSERT INTO action
  (action_id, kind, actor, origin, reason, status, total, undoes, idempotency_key, request_hash, made_at)
SELECT 'act-' || n, 'hold', 'li.wei', '::1', 'x', 'done', 1, CASE WHEN n % 100 = 0 THEN 'act-' || n - 1 END,
       'key-' || n, '', CAST(:noon AS timestamptz) + n * interval '1 second' FROM generate_series(1, :rows) n
"""


@pytest.fixture
def history(store: Store) -> Iterator[Connection]:
    """Twenty thousand audit rows, messages and actions; of one kind and one actor only the first ten.

    Of another kind is each third of the older half, and none of the newer.
    """
    with store.begin() as connection:
        for statement in (_AUDIT, _OUTBOX, _ACTIONS):
            connection.execute(text(statement), {"noon": NOON, "rows": ROWS})
    with store.own() as connection:
        connection.execute(text("ANALYZE"))
    with store.begin() as connection:
        yield connection


def plan_of(connection: Connection, ask: Callable[[Connection], object]) -> str:
    """How the database answers what is asked."""
    asked: list[tuple[str, object]] = []

    def before(_: object, cursor: object, statement: str, parameters: object, *more: object) -> None:
        del cursor, more
        asked.append((statement, parameters))

    listen(connection.engine, "before_cursor_execute", before)
    try:
        ask(connection)
    finally:
        remove(connection.engine, "before_cursor_execute", before)
    ((statement, parameters),) = asked
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())


ASKS: dict[str, tuple[Callable[[Connection], object], str]] = {
    "a kind of long ago": (lambda c: entries(c, kinds=("assign", "undo:assign", "stop:assign")), "ix_audit_kind"),
    "a kind that is not there": (lambda c: entries(c, kinds=("person.role",)), "ix_audit_kind"),
    "an actor of long ago": (lambda c: entries(c, actor="gone"), "ix_audit_actor"),
    "an actor and a kind": (lambda c: entries(c, actor="gone", kinds=("hold", "undo:hold", "stop:hold")), "ix_audit_"),
    "a kind that was common": (lambda c: entries(c, kinds=("hold", "undo:hold", "stop:hold")), "ix_audit_kind"),
    "messages that are not delivered": (lambda c: counts(c, ("wms",)), "ix_outbox_seq"),
    "the pace of the last minute": (lambda c: delivered_since(c, LAST - timedelta(minutes=1)), "ix_outbox_delivered"),
    "what is to be forgotten": (lambda c: forget_delivered(c, days(30)), "ix_outbox_delivered"),
    "the newest messages": (lambda c: messages(c, limit=51), "ix_outbox_newest"),
    "the next page of them": (lambda c: messages(c, before_seq=ROWS // 2, limit=51), "ix_outbox_newest"),
    "what was taken back": (lambda c: taken_back(c, [f"act-{n}" for n in range(50)]), "ix_action_undoes"),
}


@pytest.mark.parametrize("ask", ASKS)
def test_history_is_asked_by_an_index(history: Connection, ask: str) -> None:
    """No table is read from one end to the other."""
    act, index = ASKS[ask]
    plan = plan_of(history, act)
    assert index in plan and "Seq Scan" not in plan, plan
