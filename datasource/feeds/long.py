"""Long files: one row per event."""

from collections.abc import Callable
from datetime import datetime

from dashboard.events import NODE_KINDS, Facts, Kind
from dashboard.lifeline import Lifeline
from datasource.feeds.facts import LONGEST_NAME, FactsReader, check_sources
from datasource.feeds.mapping import Mapping
from datasource.feeds.rejects import RowProblems
from datasource.feeds.reports import Report, RowReports
from datasource.feeds.stamps import LATEST, StampReader
from datasource.feeds.tables import Cells, Chunk

CANCELLATION = ""


class LongReader:
    """Turns the rows of long chunks into reports."""

    def __init__(self, mapping: Mapping, lifeline: Lifeline, latest: datetime = LATEST) -> None:
        assert mapping.events
        self.mapping = mapping
        self.columns = mapping.events
        self.facts = FactsReader(mapping, lifeline, latest)
        self.stamps = StampReader(mapping.time, latest)
        self.nodes = {node.key: node.key for node in lifeline} | dict(self.columns.nodes)
        self.nodes |= dict.fromkeys(self.columns.cancelled, CANCELLATION)
        self.kinds = {kind.value: kind for kind in (*sorted(NODE_KINDS), Kind.CANCELLED)} | dict(self.columns.kinds)

    def read(self, chunk: Chunk, problems: RowProblems) -> list[RowReports]:
        """What each row says; rows with a problem, and those of ignored activities, are left out."""
        cells = _Cells(self.mapping, chunk, problems)
        wanted = [cells.node[row] not in self.columns.ignore for row in range(len(chunk))]
        ids = self.facts.order_ids(chunk, problems)
        facts = self.facts.facts(chunk, problems)
        at = self.stamps.read(cells.at, self.columns.at, problems, typed=self.columns.at in chunk.typed)
        told = []
        for row, order_id in enumerate(ids):
            report = self._report(row, cells, facts[row], at[row], problems) if wanted[row] else None
            if report and row not in problems:
                told.append(RowReports(row, order_id, [report], whole=False))
        for row in range(len(chunk)):
            if not wanted[row]:
                problems.found.pop(row, None)
        return told

    def _report(
        self, row: int, cells: "_Cells", facts: Facts, at: datetime | None, problems: RowProblems
    ) -> Report | None:
        word = cells.node[row]
        node = self.nodes.get(word or "")
        kind = Kind.CANCELLED if node == CANCELLATION else self._kind(cells.kind[row])
        if cells.at[row] is None:
            problems.add(row, self.columns.at, None, "the time stamp is missing")
        if kind is None:
            problems.add(row, self.columns.kind or "", cells.kind[row], "an unknown kind of event")
        elif node is None and kind is not Kind.CANCELLED:
            problems.add(row, self.columns.node, word, "the node is missing" if word is None else "an unknown node")
        elif kind is Kind.EXCEPTION and not cells.exception[row]:
            problems.add(row, self.columns.exception or "", None, "an exception that is not named")
        if self.columns.id and (reason := _wrong_id(cells.id[row])):
            problems.add(row, self.columns.id, cells.id[row], reason)
        if row in problems or kind is None or at is None:
            return None
        return self._told(row, cells, kind, node or None, at, facts)

    def _kind(self, word: str | None) -> Kind | None:
        """What the word means; one column for node and kind names the kind only where it is not the end of the node."""
        otherwise = Kind.LEFT if word is None or self.columns.kind == self.columns.node else None
        return self.kinds.get(word or "", otherwise)

    def _told(self, row: int, cells: "_Cells", kind: Kind, node: str | None, at: datetime, facts: Facts) -> Report:
        def report(slot: str) -> Report:
            return Report(
                slot,
                kind,
                at,
                None if kind is Kind.CANCELLED else node,
                cells.operator[row],
                cells.source[row],
                cells.exception[row],
                cells.document[row],
                facts=facts,
            )

        event_id = cells.id[row]
        return report(f"#{event_id}") if event_id else report(f"~{report('').digest()}")


class _Cells:
    """The columns of the events of one chunk."""

    def __init__(self, mapping: Mapping, chunk: Chunk, problems: RowProblems) -> None:
        assert mapping.events
        columns = mapping.events

        def cells(column: str | None) -> Cells:
            return chunk.columns[column] if column else [None] * len(chunk)

        self.node, self.at, self.id, self.kind = map(cells, (columns.node, columns.at, columns.id, columns.kind))
        self.operator, self.document = cells(columns.operator), cells(columns.document)
        self.source = [
            text or mapping.system for text in check_sources(cells(columns.source), columns.source, problems)
        ]
        renamed: Callable[[str | None], str | None] = lambda text: text and mapping.exceptions.get(text, text)  # noqa: E731
        self.exception = [renamed(text) for text in cells(columns.exception)]


def _wrong_id(event_id: str | None) -> str | None:
    if event_id is None:
        return "the event's id is missing"
    return f"longer than {LONGEST_NAME} characters" if len(event_id) > LONGEST_NAME else None
