"""Kiosks: displays on walls. A link lets one in, for years, to one page, until it is revoked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from datasource.audit import Entry, append
from datasource.credentials import fingerprint, fresh
from datasource.people import By, PersonRefused
from datasource.people_tables import kiosk as table


def add_kiosk(connection: Connection, name: str, page: str, by: By, now: datetime) -> tuple[str, str]:
    """A new display of a page; answers its id and the secret of its link, which is kept nowhere."""
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
    return kiosk_id, secret


def kiosks(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every display, the newest first; never its secret."""
    columns = [column for column in table.c if column.name != "token_hash"]
    return connection.execute(select(*columns).order_by(table.c.made_at.desc(), table.c.kiosk_id)).all()


def revoke_kiosk(connection: Connection, kiosk_id: str, by: By, now: datetime) -> None:
    """Turn a display off for good. Raises ``PersonRefused`` where there is no such one, or it is off."""
    live = (table.c.kiosk_id == kiosk_id) & table.c.revoked_at.is_(None)
    if connection.execute(update(table).where(live).values(revoked_at=now)).rowcount == 0:
        raise PersonRefused("no_kiosk", id=kiosk_id)
    append(connection, [Entry(by.actor, by.origin, "kiosk.revoked", f"kiosk:{kiosk_id}")], now)
