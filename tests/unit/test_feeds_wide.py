"""Wide rows: what each row says, and what a second import of another row changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dashboard.events import Kind
from dashboard.visits import Exit, derive
from datasource.feeds.mapping import Mapping
from datasource.feeds.rejects import RowProblems
from datasource.feeds.revisions import WITHDRAWN, events
from datasource.feeds.tables import Chunk
from datasource.feeds.wide import WideReader

CONTENT = {
    "name": "shop",
    "shape": "wide",
    "system": "channel",
    "time": {"zone": "UTC", "formats": "%Y-%m-%d %H:%M"},
    "columns": {"order_id": "id", "created_at": "created", "amount": "sum", "outer_order_id": "outer"},
    "nodes": {
        "place": {"left": "placed"},
        "pay": {"left": "paid", "system": "payment", "exception": "trouble", "operator": "who"},
        "review": {"left": "reviewed", "entered": "queued"},
    },
    "status": {
        "column": "status",
        "cancelled": ["void"],
        "cancelled_at": "voided",
        "finished": {"done": "review"},
        "names": {"done": "reviewed"},
    },
    "dimensions": {
        "channel": {"column": "shop", "values": {"D": "douyin"}},
        "region": "city",
        "warehouse": {"column": "sum", "bands": [{"up_to": 10, "value": "small"}, {"up_to": 99.5, "value": "large"}]},
    },
    "exceptions": {"late": "payment_callback_missed"},
}
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def hour(n):
    """An hour of the day."""
    return DAY + timedelta(hours=n)


def chunk(*rows):
    """Rows as a chunk; a number in a time column is an hour of the day."""
    names = ["id", "created", "sum", "outer", "placed", "paid", "trouble", "who", "reviewed", "queued"]
    names += ["status", "voided", "shop", "city"]
    given = [{"id": "A", **row} for row in rows]

    def cell(row, name):
        value = row.get(name)
        return f"2026-03-02 {value:02d}:00" if isinstance(value, int) else value

    return Chunk("f.csv", list(range(2, 2 + len(rows))), {name: [cell(row, name) for row in given] for name in names})


def read(lifeline, *rows):
    """The reports by row, and the problems."""
    problems = RowProblems()
    return WideReader(Mapping.model_validate(CONTENT), lifeline).read(chunk(*rows), problems), problems


def told(lifeline, row, known=None):
    """The events of one row."""
    return events("shop", read(lifeline, row)[0], known or {})


def remembered(*batches):
    """What a store that holds these events knows of the feed's slots."""
    known = {}
    for event in (event for batch in batches for event in batch):
        slot, _, revision = event.event_id.removeprefix("shop:").rpartition("@")
        number, _, digest = revision.partition("-")
        slots = known.setdefault(event.order_id, {})
        slots[slot] = max(slots.get(slot, (0, "")), (int(number), digest))
    return known


def test_a_row_becomes_the_events_of_its_stamps(lifeline):
    """One event per stamp, in the order of the lifeline; the first carries the order's facts."""
    row = {
        "created": 8,
        "placed": 8,
        "paid": 9,
        "who": "Li",
        "sum": "42.5",
        "outer": "X1",
        "shop": "D",
        "city": "Lu,an",
    }
    found = told(lifeline, row)
    assert [(e.kind, e.node, e.at, e.source, e.operator) for e in found] == [
        (Kind.LEFT, "place", hour(8), "channel", None),
        (Kind.LEFT, "pay", hour(9), "payment", "Li"),
    ]
    facts = found[0].facts
    assert (facts.outer_order_id, facts.created_at, facts.amount) == ("X1", hour(8), Decimal("42.50"))
    assert facts.currency == "CNY"
    assert facts.dimensions == {"channel": "douyin", "region": "Lu，an", "warehouse": "large"}
    assert found[1].facts is None


def test_entered_status_and_exceptions(lifeline):
    """A stamp of arrival, a name for what went wrong (dated by the row's latest stamp), a system's own word."""
    found = told(lifeline, {"created": 8, "trouble": "late", "queued": 10, "status": "done"})
    assert [(e.kind, e.node, e.at, e.exception) for e in found] == [
        (Kind.EXCEPTION, "pay", hour(10), "payment_callback_missed"),
        (Kind.ENTERED, "review", hour(10), None),
        (Kind.FINISHED, "review", hour(10), None),
    ]
    assert [(e.source, e.status) for e in found if e.status] == [("channel", "reviewed")]


@pytest.mark.parametrize(
    ("row", "kind", "at"),
    [
        ({"status": "void"}, Kind.ABANDONED, 8),
        ({"status": "void", "voided": 12}, Kind.CANCELLED, 12),
        ({"status": "new", "voided": 12}, None, None),
    ],
)
def test_cancellations(lifeline, row, kind, at):
    """Dated where a stamp dates it; the status decides whether it is one."""
    found = [event for event in told(lifeline, {"placed": 8, **row}) if event.node is None]
    assert [(event.kind, event.at) for event in found] == ([(kind, hour(at))] if kind else [])


def test_an_order_of_which_only_the_time_of_creation_is_known(lifeline):
    """It is there, and waits at the first node."""
    (event,) = told(lifeline, {"created": 8})
    assert (event.kind, event.at, event.facts.created_at) == (Kind.FACTS, hour(8), hour(8))


def test_rows_that_cannot_be_read_are_named(lifeline):
    """The first wrong field of a row is told, and how many more there are."""
    rows, problems = read(
        lifeline,
        {"id": None, "placed": 8},
        {"placed": "yesterday", "sum": "x"},
        {},
        {"placed": 8},
        {"id": "B" * 201, "placed": 8},
    )
    assert [row.row for row in rows] == [3]
    assert [(r.line, r.field, r.reason) for r in problems.rejects("f.csv", [2, 3, 4, 5, 6])] == [
        (2, "id", "the order id is missing"),
        (3, "sum", "not an amount (and 1 more in this row)"),
        (4, "created", "the row has no time stamp at all"),
        (6, "id", "longer than 200 characters"),
    ]


def test_the_same_row_again_changes_nothing(lifeline):
    """No event is left to add."""
    row = {"placed": 8, "paid": 9}
    assert told(lifeline, row, remembered(told(lifeline, row))) == []


def test_another_stamp_corrects_the_one_before(lifeline):
    """And back again: each import has the last word, through a chain that any order of arrival leaves the same."""
    first, second = {"placed": 8, "paid": 9}, {"placed": 8, "paid": 11}
    one = told(lifeline, first)
    two = told(lifeline, second, remembered(one))
    three = told(lifeline, first, remembered(one, two))
    assert [(event.corrects, event.at) for event in two] == [(one[1].event_id, hour(11))]
    assert [(event.corrects, event.at) for event in three] == [(two[0].event_id, hour(9))]
    assert len({event.event_id for event in one + two + three}) == 4
    state = derive(three + two + one, lifeline)
    assert [visit.left_at for visit in state.visits if visit.node == "pay"] == [hour(9)]


def test_a_stamp_that_is_gone_is_withdrawn(lifeline):
    """The order waits at the node again; told anew, the stamp counts again."""
    whole, less = {"placed": 8, "paid": 9}, {"placed": 8}
    one = told(lifeline, whole)
    two = told(lifeline, less, remembered(one))
    assert [(event.kind, event.corrects) for event in two] == [(Kind.VOID, one[1].event_id)]
    assert two[0].event_id.endswith(WITHDRAWN)
    assert [visit.exit for visit in derive(one + two, lifeline).visits] == [Exit.NEXT, None]
    assert told(lifeline, less, remembered(one, two)) == []
    three = told(lifeline, whole, remembered(one, two))
    assert [visit.left_at for visit in derive(one + two + three, lifeline).visits][:2] == [hour(8), hour(9)]


def test_a_date_that_comes_later_takes_the_place_of_the_mere_word(lifeline):
    """Finished without a date, then with one: one visit, measured."""
    one = told(lifeline, {"placed": 8, "status": "done"})
    two = told(lifeline, {"placed": 8, "status": "done", "reviewed": 15}, remembered(one))
    visits = [visit for visit in derive(one + two, lifeline).visits if visit.node == "review"]
    assert [(visit.left_at, visit.measured) for visit in visits] == [(hour(15), True)]


def test_a_changed_fact_alone_is_a_correction(lifeline):
    """The stamp stays, the amount is the new one."""
    one = told(lifeline, {"placed": 8, "sum": "1"})
    two = told(lifeline, {"placed": 8, "sum": "2"}, remembered(one))
    assert [(event.node, event.at) for event in two] == [("place", hour(8))]
    assert derive(one + two, lifeline).facts.amount == Decimal("2.00")


def test_a_row_that_speaks_for_the_people_here_is_a_problem(lifeline):
    """Its source is no outside system; the rows beside it are read."""
    content = {**CONTENT, "nodes": {**CONTENT["nodes"], "pay": {"left": "paid", "source": "who"}}}
    problems, rows = RowProblems(), [{"placed": 8, "paid": 9, "who": who} for who in ("bank", "lifeline", None)]
    told = WideReader(Mapping.model_validate(content), lifeline).read(chunk(*rows), problems)
    assert [[report.source for report in row.reports] for row in told] == [["channel", "bank"], ["channel", "channel"]]
    assert problems.found == {1: ("who", "lifeline", "'lifeline' is the source of what people do here, not of a file")}
