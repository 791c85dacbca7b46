"""What comes to the demo shop from outside: from its WMS and its carrier, and from what people did to its orders.

Each is noted with the instant at which the shop took it up, so that a shop that wakes up does all of it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, text
from sqlalchemy.dialects.postgresql import insert

from datasource.acting_tables import demo_request


class Wish(StrEnum):
    """What is to become of an order, or of a SKU or an outlet."""

    PICK_LIST = "pick_list"  # the warehouse has its pick list: whatever stops it there, it goes on soon
    NO_PICK_LIST = "no_pick_list"  # the pick list was taken back
    LABEL = "label"  # the carrier has another label for it: it goes on soon
    NO_LABEL = "no_label"
    PLACED = "placed"  # a person moved it: it goes on from the node
    HELD = "held"  # a person holds it: it stays
    OVER = "over"  # a person ended it
    SUSPENDED = "suspended"  # nobody can order the SKU
    RESUMED = "resumed"
    FROZEN = "frozen"  # the outlet gets no new parcels
    UNFROZEN = "unfrozen"


STOPS = frozenset({Wish.SUSPENDED, Wish.RESUMED, Wish.FROZEN, Wish.UNFROZEN})
"""Those that are about a SKU or an outlet."""


@dataclass(frozen=True, slots=True)
class Request:
    """``subject``: an order's id, or the key of a SKU or an outlet. ``at``: when the shop took it up, if it has."""

    request_id: str
    subject: str
    wish: Wish
    node: str | None
    asked_at: datetime
    at: datetime | None = None


_COLUMNS = "request_id, subject, kind, node, asked_at, at"
# However long ago something was stopped, it still is.
_TAKEN = text(f"""
    SELECT {_COLUMNS} FROM demo_request WHERE at >= :since OR (at IS NOT NULL AND kind = ANY(CAST(:stops AS text[])))
     ORDER BY at, seq
""")  # noqa: S608
_WAITING = text(f"SELECT {_COLUMNS} FROM demo_request WHERE at IS NULL ORDER BY seq")  # noqa: S608
_NEWEST = text(
    "SELECT coalesce(max(CAST(substr(request_id, 8) AS bigint)), 0) FROM demo_request WHERE request_id LIKE 'people-%'"
)
# An order whose place in the store is a person's doing, and not only what the shop told.
_DONE = text("""
    SELECT done.seq, done.order_id, visit.node,
           EXISTS (SELECT FROM order_mark WHERE order_id = done.order_id AND kind = 'hold') AS held,
           EXISTS (SELECT FROM node_event WHERE order_id = done.order_id AND source = 'lifeline') AS moved
      FROM (SELECT max(seq) AS seq, regexp_replace(subject, '^order:', '') AS order_id
              FROM audit WHERE seq > :seq GROUP BY 2) AS done
      JOIN orders ON orders.order_id = done.order_id
      LEFT JOIN LATERAL (SELECT node FROM node_visit WHERE order_id = done.order_id AND exit IS NULL
                          ORDER BY entered_at DESC, number DESC LIMIT 1) AS visit ON true
     ORDER BY done.seq
""")
# Sorted as the write path sorts, so that neither waits for the other.
_LOCK = text('SELECT FROM orders WHERE order_id = ANY(CAST(:ids AS text[])) ORDER BY order_id COLLATE "C" FOR UPDATE')


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands in the store after a person did something to it, by the audit's row ``seq``.

    ``node``: where it is in progress, ``None`` if it is over; ``moved``: whether a person ever moved it.
    """

    seq: int
    order_id: str
    node: str | None
    held: bool
    moved: bool


def ask(connection: Connection, request: Request) -> bool:
    """Note a request that the shop takes up at its next step; answers false for one that is known."""
    row = insert(demo_request).values(_row(request)).on_conflict_do_nothing()
    return connection.execute(row).rowcount == 1


def note_requests(connection: Connection, requests: Iterable[Request]) -> None:
    """Note when the shop took them up."""
    rows = [_row(request) for request in requests]
    if rows:
        added = insert(demo_request)
        taken = {"at": added.excluded.at}
        connection.execute(added.on_conflict_do_update(index_elements=["request_id"], set_=taken), rows)


def requests_taken(connection: Connection, since: datetime) -> list[Request]:
    """Those that the shop took up since, and all that stopped something or let it go on, in that order."""
    return [_request(row) for row in connection.execute(_TAKEN, {"since": since, "stops": sorted(STOPS)})]


def requests_waiting(connection: Connection) -> list[Request]:
    """Those that it has not taken up yet."""
    return [_request(row) for row in connection.execute(_WAITING)]


def newest_noted(connection: Connection) -> int:
    """The audit's last row that made a request."""
    return int(connection.execute(_NEWEST).scalar_one())


def people_did(connection: Connection, after: int) -> list[Standing]:
    """How the orders stand to which people did something after that row of the audit."""
    return [Standing(*tuple(row)) for row in connection.execute(_DONE, {"seq": after})]


def moved_meanwhile(connection: Connection, order_ids: Iterable[str], after: int) -> set[str]:
    """Lock orders; those among them that a person moved after that row of the audit, perhaps while this waited."""
    wanted = set(order_ids)
    if not wanted:
        return set()
    connection.execute(_LOCK, {"ids": list(wanted)})
    return {standing.order_id for standing in people_did(connection, after) if standing.moved} & wanted


def _row(request: Request) -> dict[str, object]:
    return {
        "request_id": request.request_id,
        "subject": request.subject,
        "kind": str(request.wish),
        "node": request.node,
        "asked_at": request.asked_at,
        "at": request.at,
    }


def _request(row: Row[tuple[object, ...]]) -> Request:
    return Request(row.request_id, row.subject, Wish(row.kind), row.node, row.asked_at, row.at)
