"""Sessions: begun at each signing in with a secret that nobody had before, ended by signing out, here or elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from datasource.audit import Entry, append
from datasource.credentials import IDLE, LONGEST, fingerprint, fresh
from datasource.people import Person
from datasource.people_tables import session


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is signed in: since when, and when last used (to the minute)."""

    token_hash: bytes
    made_at: datetime
    seen_at: datetime


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


def sessions_of(connection: Connection, name: str, now: datetime) -> tuple[Session, ...]:
    """Where somebody is signed in now, the one used last first."""
    good = (session.c.person == name, session.c.expires_at > now, session.c.seen_at > now - IDLE)
    asked = select(session.c.token_hash, session.c.made_at, session.c.seen_at).where(*good)
    ordered = asked.order_by(session.c.seen_at.desc(), session.c.made_at.desc())
    return tuple(Session(bytes(row.token_hash), row.made_at, row.seen_at) for row in connection.execute(ordered))


def end_other_sessions(connection: Connection, name: str, kept: bytes, origin: str, now: datetime) -> int:
    """Sign somebody out everywhere but in one session; answers of how many."""
    others = delete(session).where(session.c.person == name, session.c.token_hash != kept)
    ended = len(connection.execute(others.returning(session.c.made_at)).all())
    if ended:
        told = Entry(name, origin, "session.others_ended", f"person:{name}", before={"sessions": ended})
        append(connection, [told], now)
    return ended
