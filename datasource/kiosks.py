"""Kiosks: displays on walls. A link lets one in, for years, to one page, until it is revoked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from datasource.audit import Entry, append
from datasource.credentials import fingerprint, fresh
from datasource.live_ones import check_only_one, the_one_meant
from datasource.people import By, PersonRefused
from datasource.people_tables import kiosk as table


def add_kiosk(connection: Connection, name: str, page: str, by: By, now: datetime) -> tuple[str, str]:
    """A new display of a page; answers its id and the secret of its link, which is kept nowhere.

    Raises:
        PersonRefused: no name, or that of another display that is on.
    """
    if not name.strip():
        raise PersonRefused("kiosk_name")
    kiosk_id, secret = uuid4().hex[:8], fresh()
    row = {
        "kiosk_id": kiosk_id,
        "token_hash": fingerprint(secret),
        "name": name.strip(),
        "page": page,
        "made_at": now,
        "made_by": by.actor,
    }
    connection.execute(insert(table).values(row))
    after = {"name": name.strip(), "page": page}
    append(connection, [Entry(by.actor, by.origin, "kiosk.added", f"kiosk:{kiosk_id}", after=after)], now)
    check_only_one(connection, table.c.kiosk_id, table.c.revoked_at.is_(None), kiosk_id, "kiosk")
    return kiosk_id, secret


def kiosks(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every display, the newest first; never its secret."""
    columns = [column for column in table.c if column.name != "token_hash"]
    return connection.execute(select(*columns).order_by(table.c.made_at.desc(), table.c.kiosk_id)).all()


def revoke_kiosk(connection: Connection, meant: str, by: By, now: datetime) -> str:
    """Turn a display off for good, by its id or its name; answers its id.

    Raises:
        PersonRefused: there is no such one that is on, or several are called so.
    """
    is_on = table.c.revoked_at.is_(None)
    kiosk_id = the_one_meant(connection, table.c.kiosk_id, is_on, meant, "kiosk")
    if (
        connection.execute(update(table).where(table.c.kiosk_id == kiosk_id, is_on).values(revoked_at=now)).rowcount
        == 0
    ):
        raise PersonRefused("no_kiosk", id=meant)
    append(connection, [Entry(by.actor, by.origin, "kiosk.revoked", f"kiosk:{kiosk_id}")], now)
    return kiosk_id
