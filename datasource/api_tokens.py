"""Tokens of systems: each with what it may, until when; shown once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from dashboard.permissions import SETTINGS_TOKEN, Permission
from datasource.audit import Entry, append
from datasource.credentials import fingerprint, fresh
from datasource.live_ones import check_only_one, the_one_meant
from datasource.people import By, PersonRefused
from datasource.people_tables import api_token as table

MARK = "lft_"
"""How a token begins, so that a scanner for leaked secrets can know one."""


def add_token(
    connection: Connection, name: str, scopes: Iterable[Permission], expires_at: datetime | None, by: By, now: datetime
) -> tuple[str, str]:
    """A new token; answers its id and the token itself, which is kept nowhere.

    Raises:
        PersonRefused: no name, that of the settings' token or of another that is valid, no scope, or it would have
            expired already.
    """
    words = sorted(one.value for one in set(scopes))
    if not name.strip() or not words:
        raise PersonRefused("token_empty")
    if name.strip() == SETTINGS_TOKEN:
        raise PersonRefused("reserved", name=SETTINGS_TOKEN)
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
    check_only_one(connection, table.c.token_id, _is_valid(now), token_id, "token")
    return token_id, token


def tokens(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every token, the newest first; never the token itself."""
    columns = [column for column in table.c if column.name != "token_hash"]
    return connection.execute(select(*columns).order_by(table.c.made_at.desc(), table.c.token_id)).all()


def revoke_token(connection: Connection, meant: str, by: By, now: datetime) -> str:
    """Refuse a token from now on, by its id or its name; answers its id.

    Raises:
        PersonRefused: there is no such one that is valid, or several are called so.
    """
    token_id = the_one_meant(connection, table.c.token_id, _is_valid(now), meant, "token")
    live = (table.c.token_id == token_id) & table.c.revoked_at.is_(None)
    if connection.execute(update(table).where(live).values(revoked_at=now)).rowcount == 0:
        raise PersonRefused("no_token", id=meant)
    append(connection, [Entry(by.actor, by.origin, "token.revoked", f"token:{token_id}")], now)
    return token_id


def _is_valid(now: datetime) -> ColumnElement[bool]:
    return table.c.revoked_at.is_(None) & or_(table.c.expires_at.is_(None), table.c.expires_at > now)
