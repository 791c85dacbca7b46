"""The outbox: what outside systems are to be told, written in the transaction of whatever made it true."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert

from dashboard.acting import Message
from datasource.acting_tables import outbox


def enqueue(
    connection: Connection, subject: str, messages: Sequence[Message], action_id: str | None, now: datetime
) -> None:
    """Put messages about a subject into the outbox, in the caller's transaction."""
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
