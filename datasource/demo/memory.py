"""What the store remembers of the demo shop: from what its whole life follows, and how far it was told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from datasource.demo.shop import Opening
from datasource.schema import config_version

_KIND = "demo"
_LOCK = 7_142_011
_READ = text("SELECT content FROM config_version WHERE kind = :kind ORDER BY version DESC LIMIT 1")
_UNFOLDED = text("SELECT count(*) FROM visit_change")
_ANY_ORDER = text("SELECT EXISTS (SELECT FROM orders)")


@dataclass(frozen=True, slots=True)
class DemoMemory:
    """``told_until``: every event up to this instant is recorded; ``None`` while the past is not complete."""

    opening: Opening
    told_until: datetime | None = None


def recall(connection: Connection) -> DemoMemory | None:
    """The shop that lives in this store; ``None`` if there is none."""
    content = connection.execute(_READ, {"kind": _KIND}).scalar_one_or_none()
    if content is None:
        return None
    opening = Opening(content["seed"], datetime.fromisoformat(content["opened"]), content["days"])
    told = content["told_until"]
    return DemoMemory(opening, datetime.fromisoformat(told) if told else None)


def remember(connection: Connection, memory: DemoMemory, now: datetime) -> None:
    """Note how far it was told, in the transaction that records the events, so that neither is without the other."""
    content = {
        "seed": memory.opening.seed,
        "opened": memory.opening.opened.isoformat(),
        "days": memory.opening.days,
        "told_until": memory.told_until.isoformat() if memory.told_until else None,
    }
    row = insert(config_version).values(kind=_KIND, version=1, content=content, made_at=now)
    kept = {"content": row.excluded.content, "made_at": row.excluded.made_at}
    connection.execute(row.on_conflict_do_update(index_elements=["kind", "version"], set_=kept))


def hold(connection: Connection) -> None:
    """Until the transaction ends, nobody else tells the shop on, or orders anything of it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def has_orders(connection: Connection) -> bool:
    """Whether the store holds any order, of whomever."""
    return bool(connection.execute(_ANY_ORDER).scalar_one())


def unfolded(connection: Connection) -> int:
    """How many changes wait for the fold."""
    return int(connection.execute(_UNFOLDED).scalar_one())
