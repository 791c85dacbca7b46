"""What the demo's own warehouse system and carriers do with a message: they note what becomes of what it is about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dashboard.signatures import Verdict, verify_signature
from datasource.demo.requests import Request, Wish, ask

_WISHES = {
    "pick_list.created": Wish.PICK_LIST,
    "pick_list.cancelled": Wish.NO_PICK_LIST,
    "label.requested": Wish.LABEL,
    "label.cancelled": Wish.NO_LABEL,
    "sku.suspended": Wish.SUSPENDED,
    "sku.resumed": Wish.RESUMED,
    "outlet.frozen": Wish.FROZEN,
    "outlet.unfrozen": Wish.UNFROZEN,
}
_NAMED = ("order_id", "sku", "outlet")
_LONGEST_ID = 200


class Refused(Exception):  # noqa: N818 - it says what happened
    """The message is not taken. ``status``: of HTTP."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was taken. ``subject``: which order, SKU or outlet it is about, if it is about one."""

    message_id: str
    kind: str
    subject: str | None


def read_delivery(secret: str, signature: str | None, body: bytes, now: datetime) -> Delivery:
    """The message that a body holds, once its signature is found genuine.

    Raises:
        Refused: it is not, or the body is no message.
    """
    verdict = verify_signature(secret, signature, body, now)
    if verdict is not Verdict.GENUINE:
        raise Refused(401, verdict)
    try:
        told = json.loads(body)
        message_id, kind, content = told["id"], told["kind"], told["body"]
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "unreadable") from None
    if not (isinstance(message_id, str) and 0 < len(message_id) <= _LONGEST_ID and isinstance(kind, str)):
        raise Refused(400, "unreadable")
    return Delivery(message_id, kind, _subject_of(content))


def take(connection: Connection, delivery: Delivery, now: datetime) -> bool:
    """Note what is to be done; answers false where nothing is, or where the message came before.

    A message that is about nothing that the demo acts on is taken all the same, like that of any real system.
    """
    wish = _WISHES.get(delivery.kind)
    if wish is None or delivery.subject is None:
        return False
    return ask(connection, Request(delivery.message_id, delivery.subject, wish, None, now))


def _subject_of(content: object) -> str | None:
    named = [content[name] for name in _NAMED if name in content] if isinstance(content, Mapping) else []
    subject = named[0] if named else None
    return subject if isinstance(subject, str) and 0 < len(subject) <= _LONGEST_ID else None
