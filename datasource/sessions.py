"""Sessions: begun at each signing in with a secret that nobody had before, ended by signing out."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from datasource.audit import Entry, append
from datasource.credentials import IDLE, LONGEST, fingerprint, fresh
from datasource.people import Person
from datasource.people_tables import session


def begin_session(connection: Connection, person: Person, origin: str, now: datetime) -> str:
    """A new session; answers its secret, which is kept nowhere. Old ones of anybody are cleared away."""
    secret = fresh()
    connection.execute(delete(session).where((session.c.expires_at < now) | (session.c.seen_at < now - IDLE)))
    row = {
        "token_hash": fingerprint(secret),
        "person": person.name,
        "made_at": now,
        "seen_at": now,
        "expires_at": now + LONGEST,
    }
    connection.execute(insert(session).values(row))
    append(connection, [Entry(person.name, origin, "session.begun", f"person:{person.name}")], now)
    return secret


def end_session(connection: Connection, token_hash: bytes, origin: str, now: datetime) -> None:
    """Sign out; nothing where there is no such session."""
    ended = delete(session).where(session.c.token_hash == token_hash).returning(session.c.person)
    name = connection.execute(ended).scalar_one_or_none()
    if name is not None:
        append(connection, [Entry(name, origin, "session.ended", f"person:{name}")], now)
