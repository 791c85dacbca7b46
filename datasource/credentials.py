"""Secrets that somebody shows: sessions, kiosks, tokens. Random, handed out once, kept as SHA-256 only.

A session ends ``IDLE`` after its last use and ``LONGEST`` after its beginning.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, Table, or_, select, update

from dashboard.permissions import Caller, CallerKind, Permission, Role
from datasource.people_tables import api_token, kiosk, person, session

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_STEP = timedelta(minutes=1)
"""A use is noted no more often than this."""

BYTES = 32


def fresh() -> str:
    """A new secret of 256 bits."""
    return secrets.token_urlsafe(BYTES)


def fingerprint(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def standing(
    connection: Connection, kind: CallerKind, hashes: Iterable[bytes], now: datetime
) -> Mapping[bytes, Caller]:
    """Whose these secrets are now; one that has expired, was revoked or never was is left out."""
    asked, made = _ASKED[kind]
    wanted = list(hashes)
    if not wanted:
        return {}
    return {bytes(row.token_hash): made(row) for row in connection.execute(asked(wanted, now))}


def note_use(connection: Connection, kind: CallerKind, token_hash: bytes, now: datetime) -> None:
    """Note that a secret was used just now."""
    table = _TABLES[kind]
    stale = or_(table.c.seen_at.is_(None), table.c.seen_at < now - SEEN_STEP)
    connection.execute(update(table).where(table.c.token_hash == token_hash, stale).values(seen_at=now))


def _sessions(hashes: list[bytes], now: datetime) -> Select[tuple[object, ...]]:
    return (
        select(session.c.token_hash, person.c.name, person.c.shown_name, person.c.role, person.c.team)
        .join(person, person.c.name == session.c.person)
        .where(
            session.c.token_hash.in_(hashes),
            session.c.expires_at > now,
            session.c.seen_at > now - IDLE,
            person.c.disabled_at.is_(None),
        )
    )


def _kiosks(hashes: list[bytes], now: datetime) -> Select[tuple[object, ...]]:
    del now
    asked = select(kiosk.c.token_hash, kiosk.c.name, kiosk.c.page)
    return asked.where(kiosk.c.token_hash.in_(hashes), kiosk.c.revoked_at.is_(None))


def _tokens(hashes: list[bytes], now: datetime) -> Select[tuple[object, ...]]:
    valid = or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > now)
    asked = select(api_token.c.token_hash, api_token.c.name, api_token.c.scopes)
    return asked.where(api_token.c.token_hash.in_(hashes), api_token.c.revoked_at.is_(None), valid)


def _person(row: Row[tuple[object, ...]]) -> Caller:
    return Caller(row.name, CallerKind.PERSON, Role(row.role), row.team, shown_name=row.shown_name)


def _kiosk(row: Row[tuple[object, ...]]) -> Caller:
    return Caller(f"kiosk:{row.name}", CallerKind.KIOSK, page=row.page)


def _token(row: Row[tuple[object, ...]]) -> Caller:
    known = {one.value for one in Permission}
    scopes = frozenset(Permission(word) for word in row.scopes if word in known)
    return Caller(f"token:{row.name}", CallerKind.TOKEN, scopes=scopes)


_Asked = Callable[[list[bytes], datetime], Select[tuple[object, ...]]]
_Made = Callable[[Row[tuple[object, ...]]], Caller]

_ASKED: Mapping[CallerKind, tuple[_Asked, _Made]] = {
    CallerKind.PERSON: (_sessions, _person),
    CallerKind.KIOSK: (_kiosks, _kiosk),
    CallerKind.TOKEN: (_tokens, _token),
}
_TABLES: Mapping[CallerKind, Table] = {
    CallerKind.PERSON: session,
    CallerKind.KIOSK: kiosk,
    CallerKind.TOKEN: api_token,
}
