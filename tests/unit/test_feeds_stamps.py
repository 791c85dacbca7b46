"""Time stamps: formats, zones, and the hours that clocks skip or show twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from datasource.feeds.mapping import Time
from datasource.feeds.rejects import RowProblems
from datasource.feeds.stamps import StampReader


def read(cells, zone="Asia/Shanghai", formats="ISO8601"):
    """The instants of a column, and its problems."""
    problems = RowProblems()
    return StampReader(Time(zone=zone, formats=formats)).read(cells, "at", problems), problems


def utc(*parts):
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2020-02-21 08:00:05", "%Y-%m-%d %H:%M:%S", utc(2020, 2, 21, 0, 0, 5)),
        ("2016-7-3", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"], utc(2016, 7, 2, 16)),
        ("21/02/2020 08:00", "%d/%m/%Y %H:%M", utc(2020, 2, 21)),
        ("2020-02-21T08:00:05.250", "ISO8601", utc(2020, 2, 21, 0, 0, 5, 250_000)),
        ("2020-02-21T08:00:05.123456789", "ISO8601", utc(2020, 2, 21, 0, 0, 5, 123_456)),
        ("2020-02-21T08:00:05Z", "ISO8601", utc(2020, 2, 21, 8, 0, 5)),
        ("2020-02-21T08:00:05-03:00", "ISO8601", utc(2020, 2, 21, 11, 0, 5)),
        ("2020-02-21 08:00:05 +0100", "%Y-%m-%d %H:%M:%S %z", utc(2020, 2, 21, 7, 0, 5)),
        ("1582243200", "unix", utc(2020, 2, 21)),
        ("1582243200250", "unix_ms", utc(2020, 2, 21, 0, 0, 0, 250_000)),
    ],
)
def test_formats(text, formats, expected):
    """A stamp without a zone is local; one with a zone says what it means."""
    found, problems = read([text], formats=formats)
    assert found == [expected]
    assert not problems.found


def test_mixed_columns_are_read_cell_by_cell():
    """Stamps with and without zone, in two formats and empty, in one column."""
    found, problems = read(
        ["2020-02-21 08:00", None, "2020-02-21T08:00:00Z", "21.02.2020", "soon"], formats=["ISO8601", "%d.%m.%Y"]
    )
    assert found == [utc(2020, 2, 21), None, utc(2020, 2, 21, 8), utc(2020, 2, 20, 16), None]
    assert problems.found == {4: ("at", "soon", "not a time of the form ISO8601 or %d.%m.%Y")}


def test_times_that_no_order_can_have_are_refused():
    """A year of 1900 or 9999 is a filler, and would break sums of times."""
    found, problems = read(["1900-01-01 00:00:00", "9999-12-31 00:00:00", "2020-13-01 00:00:00"])
    assert found == [None] * 3
    assert sorted(problems.found) == [0, 1, 2]


def test_a_time_shown_twice_is_the_first():
    """Berlin, 25 October 2020: 02:30 is first summer time (00:30 UTC), then winter time (01:30 UTC)."""
    assert read(["2020-10-25 02:30:00"], "Europe/Berlin")[0] == [utc(2020, 10, 25, 0, 30)]


def test_a_time_that_was_skipped_lies_as_far_after_the_gap():
    """Sao Paulo, 15 October 2017: midnight became 01:00; 00:30 is read as 01:30 summer time (03:30 UTC)."""
    assert read(["2017-10-15 00:30:00"], "America/Sao_Paulo")[0] == [utc(2017, 10, 15, 3, 30)]


@pytest.mark.parametrize("zone", ["Europe/Dublin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Shanghai"])
def test_zones_are_read_as_python_reads_them(zone):
    """Every half hour of two years equals ``datetime`` with ``fold=0``."""
    start = datetime(2017, 1, 1, tzinfo=UTC).timestamp()
    local = [datetime.fromtimestamp(start + 1800 * step, UTC).replace(tzinfo=None) for step in range(2 * 365 * 48)]
    expected = [stamp.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for stamp in local]
    assert read([str(stamp) for stamp in local], zone)[0] == expected


def test_what_has_not_happened_yet_is_no_stamp():
    """A time after the latest is refused with its reason; the latest itself is fine."""
    problems = RowProblems()
    latest = utc(2026, 3, 2, 12)
    reader = StampReader(Time(zone="UTC", formats="ISO8601"), latest)
    found = reader.read(["2026-03-02T12:00:00", "2099-02-01T00:00:00"], "at", problems)
    assert found == [latest, None]
    assert list(problems.found) == [1]
    assert "future" in problems.found[1][2]
