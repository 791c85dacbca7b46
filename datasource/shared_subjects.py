"""SKUs and carriers' outlets as people see them: which are stopped since when and by whom, and those of a name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from dashboard.audited import UNDO
from dashboard.shared import ACTS, OUTLET, SKU, Shared, Stopped

MOST_STOPPED = 50
MOST_OF_ORDER = 20
MOST_NEAR = 5
MOST_WORDS = 6


def stopped(connection: Connection, kind: str, place: Mapping[str, str] | None = None) -> Stopped:
    """What of the kind is stopped; with a ``place`` of carrier and region, also the outlets there."""
    known = connection.execute(text(f"SELECT EXISTS (SELECT FROM {kind})")).scalar_one()  # noqa: S608 - a word of ours
    found = connection.execute(_STOPPED[kind], {"most": MOST_STOPPED}).all() if known else []
    near: Sequence[Shared] = ()
    if kind == OUTLET and place and {"carrier", "region"} <= place.keys():
        near = _read(connection, _NEAR, {"carrier": place["carrier"], "region": place["region"], "most": MOST_NEAR})
    return Stopped(bool(known), found[0].total if found else 0, tuple(map(_shared, found)), tuple(near))


def of_order(connection: Connection, order_id: str) -> tuple[Shared, ...]:
    """The SKUs that are held for an order, then its carrier's outlets at the place that it goes to."""
    return tuple(_read(connection, _OF_ORDER, {"id": order_id, "most": MOST_OF_ORDER}))


def named(connection: Connection, kind: str, keys: Iterable[str]) -> tuple[Shared, ...]:
    """Those of these keys; what the store does not know is left out."""
    return tuple(_read(connection, _NAMED[kind], {"keys": list(keys)}))


def matching(connection: Connection, kind: str, wanted: str, most: int) -> tuple[Shared, ...]:
    """At most so many whose key, or name in any language, holds every word; a key that begins so comes first.

    No word at all: the SKUs of which the fewest pieces are left, and the outlets by their keys.
    """
    words = [_plain(word) for word in wanted.replace("\0", "").split()[:MOST_WORDS]]
    asked = {"like": [f"%{word}%" for word in words], "begins": f"{' '.join(words)}%", "most": most}
    return tuple(_read(connection, _MATCHING[kind], asked))


def _read(connection: Connection, query: TextClause, values: Mapping[str, object]) -> list[Shared]:
    return [_shared(row) for row in connection.execute(query, values)]


def _shared(row: Row[Any]) -> Shared:
    told = row.since, row.by or "", row.reason or ""
    place = row.carrier or "", row.region or ""
    return Shared(row.kind, row.key, row.name, row.stopped, *told, row.available, *place, row.quantity)


def _plain(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


_FROM = {
    SKU: "SELECT 'sku' AS kind, sku AS key, name, intake = 'suspended' AS stopped, available, "
    "CAST(NULL AS text) AS carrier, CAST(NULL AS text) AS region FROM sku",
    OUTLET: "SELECT 'outlet' AS kind, outlet AS key, name, frozen AS stopped, CAST(NULL AS int) AS available, "
    "carrier, region FROM outlet",
}
# Actions on them do nothing but stop them and let them go on: the last one of a stopped one stopped it. Other entries
# of theirs, as of a message that was sent again, are none.
_WHAT = ", ".join(f"'{act}', '{UNDO}:{act}'" for acts in ACTS.values() for act in acts)
_TOLD = f"""
    LEFT JOIN LATERAL (SELECT at AS since, actor AS by, reason FROM audit
                        WHERE subject = found.kind || ':' || found.key AND kind IN ({_WHAT})
                        ORDER BY seq DESC LIMIT 1) AS told
      ON found.stopped
"""  # noqa: S608 - words of our own
_ALONE = "CAST(NULL AS int) AS quantity"
_STOPPED = {
    kind: text(f"""
        SELECT found.*, told.*, {_ALONE}, count(*) OVER () AS total FROM ({source}) AS found {_TOLD}
         WHERE found.stopped ORDER BY since DESC NULLS LAST, key LIMIT :most
    """)  # noqa: S608
    for kind, source in _FROM.items()
}
_NAMED = {
    kind: text(f"""
        SELECT found.*, told.*, {_ALONE} FROM ({source}) AS found {_TOLD}
         WHERE found.key = ANY(CAST(:keys AS text[])) ORDER BY key
    """)  # noqa: S608
    for kind, source in _FROM.items()
}
_MATCHING = {
    kind: text(f"""
        SELECT found.*, told.*, {_ALONE} FROM ({source}) AS found {_TOLD}
         WHERE NOT EXISTS (
               SELECT FROM unnest(CAST(:like AS text[])) AS word
                WHERE NOT (found.key ILIKE word
                           OR EXISTS (SELECT FROM jsonb_each_text(found.name) AS called WHERE called.value ILIKE word)))
         ORDER BY NOT found.key ILIKE :begins, found.available, found.key LIMIT :most
    """)  # noqa: S608
    for kind, source in _FROM.items()
}
_NEAR = text(f"""
    SELECT found.*, told.*, {_ALONE} FROM ({_FROM[OUTLET]}) AS found {_TOLD}
     WHERE found.carrier = :carrier AND found.region = :region ORDER BY key LIMIT :most
""")  # noqa: S608
_OF_ORDER = text(f"""
    SELECT found.*, told.* FROM (
        SELECT held.*, quantity FROM ({_FROM[SKU]}) AS held JOIN stock_hold ON sku = held.key WHERE order_id = :id
         UNION ALL
        SELECT there.*, NULL FROM ({_FROM[OUTLET]}) AS there
          JOIN orders ON dimensions->>'carrier' = there.carrier AND dimensions->>'region' = there.region
         WHERE order_id = :id
    ) AS found {_TOLD}
    ORDER BY found.kind DESC, found.key LIMIT :most
""")  # noqa: S608
