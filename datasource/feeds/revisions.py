"""Event ids, and what a second import changes: nothing where the file says the same, a correction where it does not.

The id of an event is ``feed:slot@revision-print``. The slot says what is told (a node's stamp, or a row's own id), the
print says what was told. So a known print is left alone, and another one becomes the next revision of its slot, which
corrects the one before. What a row no longer says is withdrawn in the same way.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, text

from dashboard.events import Event, Kind
from datasource.feeds.reports import Report, RowReports

WITHDRAWN = "withdrawn"

Revision = tuple[int, str]
Known = dict[str, dict[str, Revision]]

_ID = re.compile(rf"(?P<slot>.+)@(?P<number>\d{{1,9}})-(?P<print>[0-9a-f]{{12}}|{WITHDRAWN})", re.DOTALL)
_TOLD = text(
    "SELECT order_id, event_id FROM node_event WHERE order_id = ANY(:orders) AND starts_with(event_id, :prefix)"
)


def known_revisions(connection: Connection, feed: str, orders: Sequence[str]) -> Known:
    """The newest revision of each slot that the feed told of these orders: order -> slot -> (revision, print)."""
    known: Known = {}
    for order_id, event_id in connection.execute(_TOLD, {"orders": list(orders), "prefix": f"{feed}:"}):
        if parts := _ID.fullmatch(event_id.removeprefix(f"{feed}:")):
            slots = known.setdefault(order_id, {})
            revision = (int(parts["number"]), parts["print"])
            slots[parts["slot"]] = max(slots.get(parts["slot"], revision), revision)
    return known


def events(feed: str, rows: Iterable[RowReports], known: Mapping[str, Mapping[str, Revision]]) -> list[Event]:
    """The events that these rows add to what is known."""
    added: list[Event] = []
    for row in rows:
        before = known.get(row.order_id, {})
        for report, digest in zip(row.reports, row.digests, strict=True):
            number, print_before = before.get(report.slot, (0, ""))
            if digest != print_before:
                added.append(_event(feed, row.order_id, report, number, print_before, digest))
        if row.whole and before:
            told = {report.slot for report in row.reports}
            latest = max(report.at for report in row.reports)
            for slot, (number, print_before) in sorted(before.items()):
                if slot not in told and print_before != WITHDRAWN and slot[:1] not in "#~":
                    void = Report(slot, Kind.VOID, latest)
                    added.append(_event(feed, row.order_id, void, number, print_before, WITHDRAWN))
    return added


def _event(feed: str, order_id: str, report: Report, number: int, before: str, digest: str) -> Event:
    return Event(
        order_id,
        event_id(feed, report.slot, number + 1, digest),
        report.kind,
        report.at,
        report.node,
        report.operator,
        report.source,
        report.exception,
        report.document,
        report.status,
        event_id(feed, report.slot, number, before) if number else None,
        report.facts,
    )


def event_id(feed: str, slot: str, revision: int, digest: str) -> str:
    """The id of one revision of a slot."""
    return f"{feed}:{slot}@{revision}-{digest}"
