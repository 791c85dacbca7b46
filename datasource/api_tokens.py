"""Tokens of systems: each with what it may, until when; shown once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from dashboard.permissions import Permission
from datasource.audit import Entry, append
from datasource.credentials import fingerprint, fresh
from datasource.people import By, PersonRefused
from datasource.people_tables import api_token as table

MARK = "lft_"
"""How a token begins, so that a scanner for leaked secrets can know one."""


def add_token(
    connection: Connection, name: str, scopes: Iterable[Permission], expires_at: datetime | None, by: By, now: datetime
) -> tuple[str, str]:
    """A new token; answers its id and the token itself, which is kept nowhere.

    Raises:
        PersonRefused: no name, no scope, or it would have expired already.
    """
    words = sorted(one.value for one in set(scopes))
    if not name.strip() or not words:
        raise PersonRefused("token_empty")
    if expires_at is not None and expires_at <= now:
        raise PersonRefused("token_past")
    token_id, token = uuid4().hex[:8], MARK + fresh()
    row = {
        "token_id": token_id,
        "token_hash": fingerprint(token),
        "name": name.strip(),
        "scopes": words,
        "made_at": now,
        "made_by": by.actor,
        "expires_at": expires_at,
    }
    connection.execute(insert(table).values(row))
    after = {"name": name.strip(), "scopes": words, "expires_at": expires_at and expires_at.isoformat()}
    append(connection, [Entry(by.actor, by.origin, "token.added", f"token:{token_id}", after=after)], now)
    return token_id, token


def tokens(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every token, the newest first; never the token itself."""
    columns = [column for column in table.c if column.name != "token_hash"]
    return connection.execute(select(*columns).order_by(table.c.made_at.desc(), table.c.token_id)).all()


def revoke_token(connection: Connection, token_id: str, by: By, now: datetime) -> None:
    """Refuse a token from now on. Raises ``PersonRefused`` where there is no such one, or it is revoked."""
    live = (table.c.token_id == token_id) & table.c.revoked_at.is_(None)
    if connection.execute(update(table).where(live).values(revoked_at=now)).rowcount == 0:
        raise PersonRefused("no_token", id=token_id)
    append(connection, [Entry(by.actor, by.origin, "token.revoked", f"token:{token_id}")], now)
