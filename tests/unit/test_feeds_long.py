"""Long rows: one event each, in the words of the file."""

from datetime import UTC, datetime

from dashboard.events import Kind
from datasource.feeds.long import LongReader
from datasource.feeds.mapping import Mapping
from datasource.feeds.rejects import RowProblems
from datasource.feeds.revisions import events
from datasource.feeds.tables import Chunk

CONTENT = {
    "name": "log",
    "shape": "long",
    "system": "erp",
    "time": {"zone": "UTC"},
    "columns": {"order_id": ["order", "line"]},
    "events": {
        "node": "activity",
        "at": "time",
        "kind": "step",
        "exception": "trouble",
        "nodes": {"Pay": "pay"},
        "kinds": {"start": "entered", "end": "left"},
        "ignore": ["Viewed"],
        "cancelled": ["Cancel"],
    },
}
AT = "2026-03-02T08:00:00"


def read(lifeline, *rows, **events_part):
    """Reports of rows (activity, time, step, trouble, id), and the problems as (row, field, reason)."""
    content = {**CONTENT, "events": {**CONTENT["events"], **events_part}}
    names = ["activity", "time", "step", "trouble", "id"]
    cells = [dict(zip(names, (*row, None, None, None, None), strict=False)) for row in rows]
    columns = {name: [cell[name] for cell in cells] for name in names}
    count = len(rows)
    chunk = Chunk("f", list(range(count)), {**columns, "order": ["A"] * count, "line": ["1"] * count})
    problems = RowProblems()
    told = LongReader(Mapping.model_validate(content), lifeline).read(chunk, problems)
    return told, [(row, *problems.found[row][::2]) for row in sorted(problems.found)]


def test_words_become_nodes_and_kinds(lifeline):
    """A node's own key is understood too, and leaving is what is meant when nothing is said."""
    told, problems = read(
        lifeline,
        ("Pay", AT, "start"),
        ("pay", AT, "end"),
        ("review", AT),
        ("Cancel", AT),
        ("Viewed", "rubbish"),
        ("pay", AT, "exception", "no_scan"),
    )
    assert problems == []
    assert [(row.order_id, row.reports[0].kind, row.reports[0].node) for row in told] == [
        ("A-1", Kind.ENTERED, "pay"),
        ("A-1", Kind.LEFT, "pay"),
        ("A-1", Kind.LEFT, "review"),
        ("A-1", Kind.CANCELLED, None),
        ("A-1", Kind.EXCEPTION, "pay"),
    ]
    assert {row.reports[0].source for row in told} == {"erp"}
    assert told[0].reports[0].at == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_rows_that_cannot_be_read_are_named(lifeline):
    """Unknown node, unknown kind, no time, an exception without a name."""
    told, problems = read(
        lifeline,
        ("Fly", AT),
        (None, AT),
        ("pay", AT, "sideways"),
        ("pay", None),
        ("pay", "soon"),
        ("pay", AT, "exception"),
    )
    assert told == []
    assert problems == [
        (0, "activity", "an unknown node"),
        (1, "activity", "the node is missing"),
        (2, "step", "an unknown kind of event"),
        (3, "time", "the time stamp is missing"),
        (4, "time", "not a time of the form ISO8601"),
        (5, "trouble", "an exception that is not named"),
    ]


def test_without_an_id_the_content_is_the_id(lifeline):
    """Two equal rows are one event, two different ones are two; no row corrects another."""
    told, _ = read(lifeline, ("pay", AT), ("pay", AT), ("pay", "2026-03-02T09:00:00"))
    found = events("log", told, {})
    assert len({event.event_id for event in found}) == 2
    assert all(event.corrects is None for event in found)


def test_with_an_id_another_content_is_a_correction(lifeline):
    """The id is the slot."""
    first, _ = read(lifeline, ("pay", AT, None, None, "E1"), id="id")
    again, _ = read(lifeline, ("pay", "2026-03-02T09:00:00", None, None, "E1"), id="id")
    (event,) = events("log", first, {})
    known = {"A-1": {"#E1": (1, event.event_id.rpartition("-")[2])}}
    assert events("log", first, known) == []
    (correction,) = events("log", again, known)
    assert correction.corrects == event.event_id


def test_a_row_that_speaks_for_the_people_here_is_a_problem(lifeline):
    """Its source is no outside system; the rows beside it are read."""
    told, problems = read(lifeline, ("pay", AT, None, None, "erp"), ("pay", AT, None, None, "Lifeline"), source="id")
    assert [row.reports[0].source for row in told] == ["erp"]
    assert problems == [(1, "id", "'lifeline' is the source of what people do here, not of a file")]


def test_a_missing_id_is_a_problem(lifeline):
    """Where the mapping says that there is one."""
    assert read(lifeline, ("pay", AT), id="id") == ([], [(0, "id", "the event's id is missing")])


def test_one_column_may_name_node_and_kind(lifeline):
    """Then only the words that do not mean the end of a node need a kind."""
    told, problems = read(
        lifeline,
        ("Pay", AT),
        ("Bounced", AT, None, "review_bounced"),
        kind="activity",
        nodes={"Pay": "pay", "Bounced": "review"},
        kinds={"Bounced": "exception"},
    )
    assert problems == []
    assert [row.reports[0].kind for row in told] == [Kind.LEFT, Kind.EXCEPTION]
