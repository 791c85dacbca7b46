"""Wide files: one row per order, one column per node's time stamp."""

from datetime import datetime

from dashboard.events import Facts, Kind
from dashboard.lifeline import Lifeline
from datasource.feeds.facts import FactsReader, check_sources
from datasource.feeds.mapping import Mapping, NodeColumns, Status
from datasource.feeds.rejects import RowProblems
from datasource.feeds.reports import Report, RowReports
from datasource.feeds.stamps import LATEST, Instants, StampReader
from datasource.feeds.tables import Cells, Chunk


class WideReader:
    """Turns the rows of wide chunks into reports."""

    def __init__(self, mapping: Mapping, lifeline: Lifeline, latest: datetime = LATEST) -> None:
        self.mapping = mapping
        self.facts = FactsReader(mapping, lifeline, latest)
        self.stamps = StampReader(mapping.time, latest)
        self.nodes = [node.key for node in lifeline if node.key in mapping.nodes]

    def read(self, chunk: Chunk, problems: RowProblems) -> list[RowReports]:
        """What each row says; rows with a problem are left out."""
        ids = self.facts.order_ids(chunk, problems)
        facts = self.facts.facts(chunk, problems)
        nodes = [_NodeCells(key, self.mapping, chunk, self.stamps, problems) for key in self.nodes]
        ending = _EndingCells(self.mapping, chunk, self.stamps, problems)
        told = []
        for row, order_id in enumerate(ids):
            if row in problems:
                continue
            reports = _row(row, facts[row], nodes, ending)
            if reports:
                told.append(RowReports(row, order_id, reports, whole=True))
            else:
                problems.add(row, self.mapping.columns.created_at or "", None, "the row has no time stamp at all")
        return told


def _row(row: int, facts: Facts, nodes: "list[_NodeCells]", ending: "_EndingCells") -> list[Report]:
    stamps = [stamp for node in nodes for stamp in (node.entered[row], node.left[row]) if stamp]
    stamps += [stamp for stamp in (facts.created_at, ending.cancelled_at[row]) if stamp]
    if not stamps:
        return []
    latest = max(stamps)
    reports = [report for node in nodes for report in node.reports(row, latest, ending.finished_node(row))]
    reports += ending.reports(row, latest)
    if status := ending.name(row):
        reports = _with_status(reports, status, ending.system)
    if not reports:
        return [Report("facts", Kind.FACTS, latest, facts=facts)]
    reports[0] = _changed(reports[0], facts=facts)
    return reports


def _with_status(reports: list[Report], status: str, system: str | None) -> list[Report]:
    """The latest report carries what the system says of the order, if it comes from that system."""
    of_system = [place for place, report in enumerate(reports) if report.source == system]
    if not of_system:
        return reports
    last = max(of_system, key=lambda place: (reports[place].at, place))
    return [_changed(report, status=status) if place == last else report for place, report in enumerate(reports)]


def _changed(report: Report, *, facts: Facts | None = None, status: str | None = None) -> Report:
    return Report(
        report.slot,
        report.kind,
        report.at,
        report.node,
        report.operator,
        report.source,
        report.exception,
        report.document,
        status or report.status,
        facts or report.facts,
    )


class _NodeCells:
    """The columns of one node in one chunk."""

    def __init__(self, key: str, mapping: Mapping, chunk: Chunk, stamps: StampReader, problems: RowProblems) -> None:
        columns = mapping.nodes[key]
        self.key = key
        self.left = _stamps(columns.left, chunk, stamps, problems)
        self.entered = _stamps(columns.entered, chunk, stamps, problems)
        self.operator = _cells(columns.operator, chunk)
        self.document = _cells(columns.document, chunk)
        self.source = _sources(columns, mapping, chunk, problems)
        names = mapping.exceptions
        self.exception = [text and names.get(text, text) for text in _cells(columns.exception, chunk)]

    def reports(self, row: int, latest: datetime, finished: str | None) -> list[Report]:
        """What the row says of this node."""
        reports = []
        entered, left, trouble = self.entered[row], self.left[row], self.exception[row]
        if entered:
            reports.append(self._report("entered", Kind.ENTERED, entered, row))
        if left:
            reports.append(self._report("left", Kind.LEFT, left, row, trouble))
        elif finished == self.key:
            reports.append(self._report("left", Kind.FINISHED, latest, row, trouble))
        elif trouble:
            reports.append(self._report("exception", Kind.EXCEPTION, latest, row, trouble))
        return reports

    def _report(self, what: str, kind: Kind, at: datetime, row: int, trouble: str | None = None) -> Report:
        return Report(
            f"{self.key}.{what}", kind, at, self.key, self.operator[row], self.source[row], trouble, self.document[row]
        )


class _EndingCells:
    """The columns that say how an order ended."""

    def __init__(self, mapping: Mapping, chunk: Chunk, stamps: StampReader, problems: RowProblems) -> None:
        status = mapping.status or Status.model_construct(column=None, cancelled_at=None)
        self.cancelled = frozenset(status.cancelled)
        self.finished = status.finished
        self.names = status.names
        self.system = mapping.system
        self.status = _cells(status.column, chunk)
        self.cancelled_at = _stamps(status.cancelled_at, chunk, stamps, problems)

    def finished_node(self, row: int) -> str | None:
        """The node that the order's status says is done."""
        return self.finished.get(self.status[row] or "")

    def name(self, row: int) -> str | None:
        """The lifeline's word for the order's status."""
        return self.names.get(self.status[row] or "")

    def reports(self, row: int, latest: datetime) -> list[Report]:
        """A cancellation: dated where the row dates it."""
        at = self.cancelled_at[row]
        if at and (not self.cancelled or self.status[row] in self.cancelled):
            return [Report("cancelled", Kind.CANCELLED, at, source=self.system)]
        if self.status[row] in self.cancelled:
            return [Report("cancelled", Kind.ABANDONED, latest, source=self.system)]
        return []


def _cells(column: str | None, chunk: Chunk) -> Cells:
    return chunk.columns[column] if column else [None] * len(chunk)


def _stamps(column: str | None, chunk: Chunk, stamps: StampReader, problems: RowProblems) -> Instants:
    if column is None:
        return [None] * len(chunk)
    return stamps.read(chunk.columns[column], column, problems, typed=column in chunk.typed)


def _sources(columns: NodeColumns, mapping: Mapping, chunk: Chunk, problems: RowProblems) -> Cells:
    default = columns.system or mapping.system
    told = check_sources(_cells(columns.source, chunk), columns.source, problems)
    return [text or default for text in told]
