"""What outside systems are to be told: written with the action that says so, delivered at least once.

Messages about one subject to one target are delivered in the order in which they were made: a later one waits while an
earlier one does. A dead one lets the later ones pass.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, text

from dashboard.acting import Message
from dashboard.deliveries import Attempt
from dashboard.permissions import Caller
from datasource.acting_tables import outbox
from datasource.audit import Entry, append

LEASE = timedelta(seconds=60)
"""How long a courier has a message for itself. One that was killed lets go of it so."""

KEPT = timedelta(days=30)
_MOST_FORGOTTEN = 5_000

_COLUMNS = (
    "message_id, seq, target, kind, subject, body, action_id, state, attempts, made_at, next_at, delivered_at, "
    "last_at, last_status, last_error"
)
# The state is read again under the lock, so two couriers never have one message; SKIP LOCKED lets neither wait.
_CLAIM = text(f"""
    WITH due AS (
        SELECT message_id FROM outbox AS this
         WHERE state = 'waiting' AND target = :target AND next_at <= :now
           AND NOT EXISTS (SELECT FROM outbox AS earlier
                            WHERE earlier.state = 'waiting' AND earlier.subject = this.subject
                              AND earlier.target = this.target AND earlier.seq < this.seq)
         ORDER BY next_at, seq LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE outbox SET attempts = attempts + 1, last_at = :now, next_at = :until
      FROM due WHERE outbox.message_id = due.message_id
    RETURNING {", ".join(f"outbox.{name.strip()}" for name in _COLUMNS.split(","))}
""")  # noqa: S608 - names of our own columns
_DELIVERED = text("""
    UPDATE outbox SET state = 'delivered', delivered_at = :now, last_status = :status, last_error = NULL
     WHERE message_id = :message_id AND state <> 'delivered'
""")
# A courier whose lease ran out says nothing any more of a message that another has by now.
_FAILED = text("""
    UPDATE outbox SET state = :state, next_at = :next_at, last_status = :status, last_error = :error
     WHERE message_id = :message_id AND state = 'waiting' AND attempts = :attempt
""")
_AGAIN = text("""
    UPDATE outbox SET state = 'waiting', attempts = 0, next_at = :now WHERE message_id = :message_id AND state = 'dead'
    RETURNING target, kind, subject, action_id, last_status, last_error
""")
_FORGET = text("""
    DELETE FROM outbox WHERE message_id IN
        (SELECT message_id FROM outbox WHERE state = 'delivered' AND delivered_at < :before
          ORDER BY delivered_at LIMIT :most)
""")
_COUNTS = text("""
    SELECT target,
           count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'waiting' AND last_error IS NOT NULL) AS retrying,
           count(*) FILTER (WHERE state = 'dead') AS dead,
           min(made_at) FILTER (WHERE state = 'waiting') AS oldest_waiting_at
      FROM outbox WHERE state IN ('waiting', 'dead') GROUP BY target ORDER BY target
""")
_LIST = f"SELECT {_COLUMNS} FROM outbox WHERE "  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message as it stands. ``state``: ``waiting``, ``delivered`` or ``dead``; ``last_error``: a ``Fault``.

    ``attempts`` counts those that began; ``last_at`` is when the last one did. ``seq`` grows with each message made.
    """

    message_id: str
    seq: int
    target: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    action_id: str | None
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime
    delivered_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """How many messages to one target are not delivered; ``retrying``: of those that wait, how many failed before."""

    target: str
    waiting: int = 0
    retrying: int = 0
    dead: int = 0
    oldest_waiting_at: datetime | None = None


def enqueue(
    connection: Connection, subject: str, messages: Sequence[Message], action_id: str | None, now: datetime
) -> None:
    """Write down what is to be told, in the transaction that makes it true. The subject's row must be locked.

    So the messages of one subject are numbered in the order in which they commit.
    """
    rows = [
        {
            "message_id": uuid4().hex,
            "target": message.target,
            "kind": message.kind,
            "subject": subject,
            "body": dict(message.body),
            "action_id": action_id,
            "made_at": now,
            "next_at": now,
        }
        for message in messages
    ]
    if rows:
        connection.execute(insert(outbox), rows)


def claim(
    connection: Connection, target: str, now: datetime, most: int, lease: timedelta = LEASE
) -> list[OutboxMessage]:
    """Take at most so many messages that are due, for as long as the lease; the longest due first.

    Their attempt is counted at once, so that one which kills its courier does not live for ever.
    """
    found = connection.execute(_CLAIM, {"target": target, "now": now, "until": now + lease, "most": most})
    return sorted((_message(row) for row in found), key=lambda message: message.seq)


def delivered(connection: Connection, message: OutboxMessage, came: Attempt, now: datetime) -> None:
    """Note that the receiver took it, whoever has it now."""
    connection.execute(_DELIVERED, {"message_id": message.message_id, "status": came.status, "now": now})


def failed(connection: Connection, message: OutboxMessage, came: Attempt, next_at: datetime | None) -> bool:
    """Note a failure: due again at ``next_at``, or dead where that is ``None``.

    Answers false, and changes nothing, when the lease ran out and somebody else took the message up meanwhile.
    """
    told = {
        "message_id": message.message_id,
        "attempt": message.attempts,
        "state": "dead" if next_at is None else "waiting",
        "next_at": next_at or message.next_at,
        "status": came.status,
        "error": str(came.fault),
    }
    return connection.execute(_FAILED, told).rowcount == 1


def send_again(connection: Connection, message_ids: Sequence[str], caller: Caller, now: datetime) -> list[str]:
    """Let dead messages wait again, with all their attempts before them; audited. Answers those that were dead.

    A message keeps its id and its body, so a receiver that took it after all can tell. It comes after whatever about
    its subject was delivered meanwhile.
    """
    again = list[str]()
    entries = list[Entry]()
    for message_id in sorted(set(message_ids)):
        row = connection.execute(_AGAIN, {"message_id": message_id, "now": now}).one_or_none()
        if row is None:
            continue
        again.append(message_id)
        before = {"message": message_id, "state": "dead", "status": row.last_status, "error": row.last_error}
        after = {"message": message_id, "state": "waiting", "target": row.target, "kind": row.kind}
        said = Entry(caller.name, caller.origin, "send_again", row.subject, row.action_id, None, before, after)
        entries.append(said)
    append(connection, entries, now)
    return again


def forget_delivered(connection: Connection, now: datetime) -> int:
    """Delete some that were delivered long ago; answers how many."""
    return connection.execute(_FORGET, {"before": now - KEPT, "most": _MOST_FORGOTTEN}).rowcount


def counts(connection: Connection, targets: Collection[str] = ()) -> tuple[TargetCounts, ...]:
    """How many messages are not delivered, by target: those named, and any other that has some.

    Delivered ones are many, and not looked at.
    """
    found = {row.target: TargetCounts(*row) for row in connection.execute(_COUNTS)}
    return tuple(found.get(target, TargetCounts(target)) for target in dict.fromkeys((*targets, *found)))


def message(connection: Connection, message_id: str) -> OutboxMessage | None:
    """One message, ``None`` if there is none of that id."""
    row = connection.execute(text(f"{_LIST} message_id = :id"), {"id": message_id}).one_or_none()
    return _message(row) if row else None


def messages(
    connection: Connection,
    *,
    state: str | None = None,
    target: str | None = None,
    subject: str | None = None,
    action_id: str | None = None,
    before_seq: int | None = None,
    limit: int = 50,
) -> list[OutboxMessage]:
    """The newest messages that match, at most ``limit``; ``before_seq`` goes on where an earlier call ended."""
    wanted = {"state": state, "target": target, "subject": subject, "action_id": action_id}
    named = {name: value for name, value in wanted.items() if value is not None}
    conditions = [f"{name} = :{name}" for name in named] + ([] if before_seq is None else ["seq < :before"])
    query = text(f"{_LIST} {' AND '.join(conditions) or 'true'} ORDER BY seq DESC LIMIT :limit")
    found = connection.execute(query, {**named, "before": before_seq, "limit": limit})
    return [_message(row) for row in found]


def _message(row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(*tuple(row))
