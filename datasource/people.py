"""People: who may sign in, with which password, as what. Whatever changes what a person may ends their sessions."""

import re
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import Connection, Row, delete, insert, select, update

from dashboard.acting import Values
from dashboard.permissions import RESERVED, Role
from datasource.audit import Entry, append
from datasource.passwords import Hasher, check_password, hashed, is_old, is_right
from datasource.people_tables import person as table
from datasource.people_tables import session

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class PersonRefused(ValueError):  # noqa: N818 - what came of it
    """What was asked cannot be done. ``text``: a key under ``identity.refused``."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. ``team``: of an operator, ``None`` for one of every team."""

    name: str
    shown_name: str
    role: Role
    team: str | None
    made_at: datetime
    disabled_at: datetime | None = None
    has_password: bool = True
    oidc_subject: str | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and from where: for the audit."""

    actor: str
    origin: str


def add_person(
    connection: Connection, new: Person, by: By, *, password: str | None = None, oidc: tuple[str, str] | None = None
) -> None:
    """Add somebody, who signs in with the password, or as ``oidc``: issuer and subject.

    Raises:
        PersonRefused: the name cannot be used, is the product's own, or is taken.
        WeakPassword: the password is not good enough.
    """
    if not _NAME.fullmatch(new.name):
        raise PersonRefused("name", name=new.name)
    if new.name in RESERVED:
        raise PersonRefused("reserved", name=new.name)
    if password is not None:
        check_password(password, new.name)
    if find_person(connection, new.name) is not None:
        raise PersonRefused("taken", name=new.name)
    issuer, subject = oidc or (None, None)
    row = {
        "name": new.name,
        "shown_name": new.shown_name or new.name,
        "role": new.role.value,
        "team": new.team,
        "password_hash": None if password is None else hashed(password),
        "oidc_issuer": issuer,
        "oidc_subject": subject,
        "made_at": new.made_at,
    }
    connection.execute(insert(table).values(row))
    _note(connection, by, "person.added", new.name, new.made_at, after={"role": new.role.value, "team": new.team})


def people(connection: Connection) -> list[Person]:
    """Everybody, by name."""
    return [_person(row) for row in connection.execute(select(table).order_by(table.c.name))]


def find_person(connection: Connection, name: str) -> Person | None:
    """The person of a name."""
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    return None if row is None else _person(row)


def person_of(connection: Connection, issuer: str, subject: str) -> Person | None:
    """The person whom an OpenID provider calls by this subject."""
    ours = (table.c.oidc_issuer == issuer) & (table.c.oidc_subject == subject)
    row = connection.execute(select(table).where(ours)).one_or_none()
    return None if row is None else _person(row)


def has_people(connection: Connection) -> bool:
    """Whether anybody may sign in."""
    return connection.execute(select(table.c.name).where(table.c.disabled_at.is_(None)).limit(1)).first() is not None


def check_sign_in(connection: Connection, name: str, password: str, hasher: PasswordHasher = Hasher) -> Person | None:
    """The person, if that is the password. Takes as long for a name that is not there.

    A hash with weaker parameters than today's is renewed.
    """
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    kept = row.password_hash if row is not None and row.disabled_at is None else None
    if not is_right(kept, password, hasher) or row is None:
        return None
    if is_old(row.password_hash, hasher):
        renewed = update(table).where(table.c.name == name, table.c.password_hash == row.password_hash)
        connection.execute(renewed.values(password_hash=hashed(password, hasher)))
    return _person(row)


def set_password(connection: Connection, name: str, password: str, by: By, now: datetime) -> None:
    """Another password. Raises ``PersonRefused`` for nobody, ``WeakPassword``."""
    _existing(connection, name)
    check_password(password, name)
    connection.execute(update(table).where(table.c.name == name).values(password_hash=hashed(password)))
    end_sessions(connection, name)
    _note(connection, by, "person.password", name, now)


def set_role(connection: Connection, name: str, role: Role, team: str | None, by: By, now: datetime) -> None:
    """Another role, and for an operator the team. Raises ``PersonRefused`` for nobody."""
    before = _existing(connection, name)
    connection.execute(update(table).where(table.c.name == name).values(role=role.value, team=team))
    end_sessions(connection, name)
    old, new = {"role": before.role.value, "team": before.team}, {"role": role.value, "team": team}
    _note(connection, by, "person.role", name, now, before=old, after=new)


def disable_person(connection: Connection, name: str, by: By, now: datetime) -> None:
    """Keep somebody out from now on. Raises ``PersonRefused`` for nobody."""
    _existing(connection, name)
    connection.execute(update(table).where(table.c.name == name).values(disabled_at=now))
    end_sessions(connection, name)
    _note(connection, by, "person.disabled", name, now)


def link_person(connection: Connection, name: str, issuer: str, subject: str, by: By, now: datetime) -> None:
    """Let somebody sign in through an OpenID provider too. Raises ``PersonRefused`` for nobody, or a subject taken."""
    _existing(connection, name)
    if person_of(connection, issuer, subject) is not None:
        raise PersonRefused("subject", subject=subject)
    values = {"oidc_issuer": issuer, "oidc_subject": subject}
    connection.execute(update(table).where(table.c.name == name).values(values))
    _note(connection, by, "person.linked", name, now, after=values)


def end_sessions(connection: Connection, name: str) -> None:
    """Sign somebody out everywhere."""
    connection.execute(delete(session).where(session.c.person == name))


def _existing(connection: Connection, name: str) -> Person:
    row = connection.execute(select(table).where(table.c.name == name).with_for_update()).one_or_none()
    if row is None:
        raise PersonRefused("nobody", name=name)
    return _person(row)


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(
        row.name,
        row.shown_name,
        Role(row.role),
        row.team,
        row.made_at,
        row.disabled_at,
        row.password_hash is not None,
        row.oidc_subject,
    )


def _note(
    connection: Connection,
    by: By,
    kind: str,
    name: str,
    now: datetime,
    before: Values | None = None,
    after: Values | None = None,
) -> None:
    append(connection, [Entry(by.actor, by.origin, kind, f"person:{name}", before=before, after=after)], now)
