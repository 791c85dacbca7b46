"""The audit: every write of a person or a rule, append-only, each row chained to the one before by its hash."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Row, Select, insert, select, text, union_all, update

from dashboard.acting import Values
from datasource.acting_tables import audit, audit_head

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did to one subject (``order:DB-1``, ``sku:A``, ``person:li``). ``origin``: from where."""

    actor: str
    origin: str
    kind: str
    subject: str
    action_id: str | None = None
    reason: str | None = None
    before: Values | None = None
    after: Values | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry as it stands in the audit. ``hash``: 32 bytes, over the entry and the hash of the row before."""

    seq: int
    at: datetime
    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """So many ``rows`` hold together; ``broken``: the first row that does not, and ``fault`` what is wrong.

    ``fault``: ``gap``, ``chain`` (it does not name the row before), ``content`` (it was changed) or ``end`` (rows are
    missing at the end). ``more``: there may be further rows, which were not looked at yet.
    """

    rows: int
    head: bytes
    broken: int | None = None
    fault: str | None = None
    more: bool = False


def append(connection: Connection, entries: Sequence[Entry], at: datetime) -> None:
    """Append entries in the caller's transaction; others who append wait until it ends, so let it be the last step."""
    if not entries:
        return
    seq, previous = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one()
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        digest = _digest(previous, seq, at, entry)
        rows.append({"seq": seq, "at": at, **_columns(entry), "previous": previous, "hash": digest})
        previous = digest
    connection.execute(insert(audit), rows)
    connection.execute(update(audit_head).values(seq=seq, hash=previous))


def verify(connection: Connection, known: Verification | None = None, most: int | None = None) -> Verification:
    """Read the audit and check every hash; stops at the first row that is not as it was written.

    ``known``: what an earlier call found to hold; only what was written since is read then. ``most``: look at no more
    rows than that; a long audit is followed in steps, each of which knows the one before.
    """
    expected, previous = (0, bytes(32)) if known is None else (known.rows, known.head)
    enough = None if most is None else expected + most
    for row in islice(_rows(connection, expected, most or ROWS_AT_ONCE), most):
        expected += 1
        if row.seq != expected:
            return Verification(expected - 1, previous, expected, "gap")
        if bytes(row.previous) != previous:
            return Verification(expected - 1, previous, expected, "chain")
        if _digest(previous, row.seq, row.at, _entry(row)) != bytes(row.hash):
            return Verification(expected - 1, previous, expected, "content")
        previous = bytes(row.hash)
    if expected == enough:
        return Verification(expected, previous, more=True)
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).first()
    if head is None or head.seq != expected or bytes(head.hash) != previous:
        return Verification(expected, previous, expected + 1, "end")
    return Verification(expected, previous)


def verify_all(connection: Connection) -> Verification:
    """The whole audit, and whether it knows of everything that was done."""
    found = verify(connection)
    return found if found.broken is not None else complete(connection, found)


def complete(connection: Connection, found: Verification) -> Verification:
    """What was found of a chain that holds; broken at its end where an action did something that it does not tell."""
    if connection.execute(_UNAUDITED).first() is None:
        return found
    return replace(found, broken=found.rows + 1, fault="end")


def entries(  # noqa: PLR0913 - each narrows the list by itself
    connection: Connection,
    *,
    subject: str | None = None,
    actor: str | None = None,
    kinds: Sequence[str] = (),
    action_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_seq: int | None = None,
    limit: int | None = 100,
) -> list[Noted]:
    """The entries that match, the newest first. ``kinds``: of any of them; none: of all.

    ``before_seq``: only those before that one; ``since`` is within.
    """
    column = audit.c
    asked = select(audit)
    for name, value in (("subject", subject), ("actor", actor), ("action_id", action_id)):
        if value is not None:
            asked = asked.where(column[name] == value)
    if since is not None:
        asked = asked.where(column.at >= since)
    if until is not None:
        asked = asked.where(column.at < until)
    if before_seq is not None:
        asked = asked.where(column.seq < before_seq)
    if len(kinds) == 1:
        asked = asked.where(column.kind == kinds[0])
    elif kinds:
        return [noted(row) for row in connection.execute(_of_kinds(asked, kinds, limit))]
    return [noted(row) for row in connection.execute(asked.order_by(column.seq.desc()).limit(limit))]


def _of_kinds(asked: Select[Any], kinds: Sequence[str], limit: int | None) -> CompoundSelect[Any]:
    """Each kind by its own index: going back from the newest takes long where all of a kind lie long ago."""
    column = audit.c
    newest = (asked.where(column.kind == kind).order_by(column.seq.desc()).limit(limit).subquery() for kind in kinds)
    together = union_all(*(select(one) for one in newest))
    return together.order_by(together.selected_columns.seq.desc()).limit(limit)


def noted(row: Row[Any]) -> Noted:
    """A row of the table as an entry."""
    return Noted(row.seq, row.at, _entry(row), bytes(row.hash))


def _rows(connection: Connection, after: int, at_once: int) -> Iterator[Row[Any]]:
    asked = select(audit).order_by(audit.c.seq).limit(at_once)
    while block := connection.execute(asked.where(audit.c.seq > after)).all():
        yield from block
        after = block[-1].seq


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.actor, row.origin, row.kind, row.subject, row.action_id, row.reason, row.before, row.after)


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "actor": entry.actor,
        "origin": entry.origin,
        "kind": entry.kind,
        "subject": entry.subject,
        "action_id": entry.action_id,
        "reason": entry.reason,
        "before": entry.before,
        "after": entry.after,
    }


def _digest(previous: bytes, seq: int, at: datetime, entry: Entry) -> bytes:
    told = {"seq": seq, "at": at.astimezone(UTC).isoformat(timespec="microseconds"), **_columns(entry)}
    written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(previous + written.encode()).digest()


_UNAUDITED = text(
    "SELECT 1 FROM action_item i WHERE i.outcome = 'done' AND NOT EXISTS "
    "(SELECT 1 FROM audit a WHERE a.action_id = i.action_id AND a.subject = i.subject) LIMIT 1"
)
