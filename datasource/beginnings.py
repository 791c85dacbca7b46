"""Actions that are begun: each once, whatever comes twice with its idempotency key."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from dashboard.acting import ActionStatus, Outcome, Values
from dashboard.permissions import Caller
from datasource.acting_errors import BadParams, KeyReused, NoAction
from datasource.acting_tables import action, action_item
from datasource.action_rows import Action, read_action
from datasource.store import Store


@dataclass(frozen=True, slots=True)
class Order:
    """What an action is begun with. ``asked``: the hash of the request that the key stands for."""

    action_id: str
    kind: str
    params: Values
    reason: str
    key: str
    asked: bytes
    undoes: str | None = None


def hash_of(*parts: str) -> bytes:
    """What a request is known again by."""
    return sha256(json.dumps(parts).encode()).digest()


def stored(connection: Connection, key: str, asked: bytes, caller: Caller) -> Action | None:
    """What the key stands for already; ``None`` where it is new.

    Raises:
        BadParams, KeyReused: it is no key, or stands for another request.
    """
    if not 8 <= len(key) <= 200 or not key.isprintable():
        raise BadParams("key", 400, field="Idempotency-Key")
    where = (action.c.actor == caller.name, action.c.idempotency_key == key)
    row = connection.execute(select(action.c.action_id, action.c.request_hash).where(*where)).first()
    if row is None:
        return None
    if bytes(row.request_hash) != asked:
        raise KeyReused("key_reused")
    return read_action(connection, row.action_id)


def again(store: Store, key: str, asked: bytes, caller: Caller) -> Action:
    """Another call with the same key was faster by the blink of an eye."""
    with store.begin() as connection:
        found = stored(connection, key, asked, caller)
    if found is None:
        raise NoAction("no_action")
    return found


def begun(connection: Connection, order: Order, rows: Sequence[Values], caller: Caller, now: datetime) -> Action | None:
    """Write the action and its subjects; ``None`` where the key was taken meanwhile."""
    row = {
        "action_id": order.action_id,
        "kind": order.kind,
        "params": dict(order.params),
        "actor": caller.name,
        "origin": caller.origin,
        "reason": order.reason,
        "status": ActionStatus.RUNNING.value,
        "total": len(rows),
        "undoes": order.undoes,
        "idempotency_key": order.key,
        "request_hash": order.asked,
        "made_at": now,
    }
    made = connection.execute(upsert(action).values(row).on_conflict_do_nothing().returning(action.c.action_id)).first()
    if made is None:
        return None
    items = [
        {
            "action_id": order.action_id,
            "subject": one["subject"],
            "place": place,
            "outcome": (Outcome.WAITING if one["reason"] is None else Outcome.REFUSED).value,
            "reason": one["reason"],
            "before": one["before"],
            "at": None if one["reason"] is None else now,
        }
        for place, one in enumerate(rows)
    ]
    connection.execute(insert(action_item), items)
    return read_action(connection, order.action_id)
