"""A lifeline's table: what is read from it, and how an error names the field."""

import tomllib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.lifeline import read_lifeline
from dashboard.lifeline_table import LifelineError, Row

TEXT = """
name = "small"
time_zone = "Asia/Shanghai"
currency = "CNY"

[teams]
office = { en = "Office", zh = "办公室" }

[calendars.office]
weekly = { mon = ["13:00-18:00", "09:00-12:00"], fri = ["09:00-24:00"] }
closed = ["2026-10-02"]
open = { "2026-10-10" = ["09:00-18:00"] }

[calendars.abroad]
time_zone = "Europe/Berlin"
weekly = { mon = ["09:00-10:00"] }

[[nodes]]
key = "pay"
label = { en = "Paid", zh = "支付" }
owner = "office"
allowance = "30 min"
calendar = "office"
optional = true
tolerated_rate = 0.2

[[nodes]]
key = "ship"
label = { en = "Shipped" }
owner = "office"
allowance = 90

[[dimensions]]
key = "channel"
label = { en = "Channel" }

[exceptions.lost]
label = { en = "Lost" }

[statuses.paid]
label = { en = "paid" }
reached = "pay"
"""
SMALL = tomllib.loads(TEXT)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small table with one field set, or removed if the value is ``None``. ``path``: ``nodes.0.owner``."""
    table = deepcopy(SMALL)
    place: Any = table
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return table


def test_a_small_lifeline_is_read_as_written() -> None:
    """Every kind of field arrives with its type, and absent ones with their defaults."""
    lifeline = read_lifeline(SMALL)
    pay, ship = lifeline.nodes
    assert (pay.key, pay.position, pay.owner, pay.allowance) == ("pay", 0, "office", timedelta(minutes=30))
    assert (pay.optional, pay.tolerated_rate, pay.calendar) == (True, 0.2, "office")
    assert (ship.optional, ship.tolerated_rate, ship.calendar) == (False, 0.1, "always")
    assert ship.allowance == timedelta(seconds=90) and ship.optimisation == {}
    assert lifeline.teams == {"office": {"en": "Office", "zh": "办公室"}}
    assert lifeline.exceptions["lost"].label == {"en": "Lost"}
    assert (lifeline.statuses["paid"].reached, lifeline.statuses["paid"].before) == ("pay", None)
    assert lifeline.table == SMALL


def test_calendars_are_read_with_their_time_zones() -> None:
    """A calendar counts by its own time zone, else by the lifeline's; openings are put in order."""
    lifeline = read_lifeline(SMALL)
    office, abroad = lifeline.calendars["office"], lifeline.calendars["abroad"]
    monday = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight in Shanghai
    assert office.between(monday, monday + timedelta(days=1)) == 8 * 3600
    assert office.after(monday, 60) == datetime(2026, 3, 2, 1, 1, tzinfo=UTC)
    assert abroad.after(monday, 60) == datetime(2026, 3, 2, 8, 1, tzinfo=UTC)
    thursday = datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert (
        office.between(thursday, thursday + timedelta(days=10)) == (15 + 8 + 9) * 3600
    )  # one Friday of two, Monday, Saturday


def test_the_default_lifeline_is_read() -> None:
    """Twelve nodes, from 15 seconds to 7 days."""
    path = Path(__file__).parents[2] / "datasource" / "lifelines" / "distributor.toml"
    lifeline = read_lifeline(tomllib.loads(path.read_text(encoding="utf-8")))
    assert [node.key for node in lifeline][::11] == ["place", "close"]
    assert len(lifeline.nodes) == 12
    assert (lifeline.node("place").allowance, lifeline.node("close").allowance) == (
        timedelta(seconds=15),
        timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("name", None, "name is missing: expected a text"),
        ("name", 3, "name must be a text, not 3"),
        ("time_zone", "Mars/Olympus", "time_zone must be a time zone"),
        ("time_zone", "../etc", "time_zone must be a time zone"),
        ("nodes", None, "nodes is missing: expected at least one"),
        ("nodes", [], "nodes is missing: expected at least one"),
        ("throughput", "pack", "throughput must be one of pay, ship, not 'pack'"),
        ("nodes", {"key": "pay"}, "nodes must be a list of tables"),
        ("nodes.1.key", "pay", r"nodes\[1\].key must be of its own, not 'pay', the key of nodes\[0\]"),
        ("nodes.1.key", "a.b", r"nodes\[1\].key must be a short name"),
        ("nodes.1.key", "{", r"nodes\[1\].key must be a short name"),
        ("nodes.1.label", "Shipped", r"nodes\[1\].label must be texts by language"),
        ("nodes.1.label", {"en": ""}, r"nodes\[1\].label must be texts by language"),
        ("nodes.1.label", None, r"nodes\[1\].label is missing"),
        ("nodes.1.owner", "nobody", r"nodes\[1\].owner must be one of the teams \(office\), not 'nobody'"),
        ("nodes.1.calendar", "moon", r"nodes\[1\].calendar must be one of always, office, abroad, not 'moon'"),
        ("nodes.1.allowance", None, r"nodes\[1\].allowance is missing: expected a length of time"),
        ("nodes.1.allowance", "soon", r"nodes\[1\].allowance must be a length of time"),
        ("nodes.1.allowance", "2 weeks", r"nodes\[1\].allowance must be"),
        ("nodes.1.allowance", 0, r"nodes\[1\].allowance must be"),
        ("nodes.1.allowance", -5, r"nodes\[1\].allowance must be"),
        ("nodes.1.allowance", True, r"nodes\[1\].allowance must be"),
        ("nodes.1.allowance", float("nan"), r"nodes\[1\].allowance must be"),
        ("nodes.0.optional", "yes", r"nodes\[0\].optional must be true or false"),
        ("nodes.0.tolerated_rate", 10, r"nodes\[0\].tolerated_rate must be a share between 0 and 1"),
        ("dimensions.0.key", None, r"dimensions\[0\].key is missing"),
        ("teams", {"a b": {"en": "x"}}, "teams.a b: the key must be a short name"),
        ("exceptions.lost", "x", "exceptions.lost must be a table"),
        ("exceptions.lost.label", None, "exceptions.lost.label is missing"),
        ("statuses.paid.reached", "moon", "statuses.paid.reached must be one of pay, ship, not 'moon'"),
        ("calendars.always", {}, "calendars.always"),
        ("calendars.office.weekly", {}, "calendars.office.weekly must be at least one opening"),
        ("calendars.office.weekly", {"monday": ["09:00-10:00"]}, "calendars.office.weekly must be openings by weekday"),
        ("calendars.office.weekly.mon", ["22:00-06:00"], "calendars.office.weekly.mon must be openings such as"),
        ("calendars.office.weekly.mon", ["09:00-10:75"], "calendars.office.weekly.mon must be openings such as"),
        ("calendars.office.weekly.mon", ["09:00-24:01"], "calendars.office.weekly.mon must be openings such as"),
        ("calendars.office.weekly.mon", "09:00-10:00", "calendars.office.weekly.mon must be a list of texts"),
        ("calendars.office.weekly.mon", ["09:00-11:00", "10:00-12:00"], "weekly.mon must be openings that do not over"),
        ("calendars.office.closed", ["1 May"], "calendars.office.closed must be dates"),
        ("calendars.office.closed", [datetime(2026, 5, 1, tzinfo=UTC).date()], "closed must be a list of texts"),
        ("calendars.office.open", {"1 May": ["09:00-10:00"]}, "calendars.office.open must be dates"),
        ("calendars.abroad.time_zone", "Mars", "calendars.abroad.time_zone must be a time zone"),
    ],
)
def test_an_error_names_the_field_and_what_is_expected(path: str, value: Any, said: str) -> None:
    """One clear line with the path of the field, whatever is wrong."""
    with pytest.raises(LifelineError, match=said) as error:
        read_lifeline(changed(path, value))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("15 s", 15), ("30min", 1800), ("2 h", 7200), ("1.5 h", 5400), ("7 d", 604800), (90, 90), (0.5, 0.5)],
)
def test_lengths_of_time(written: object, seconds: float) -> None:
    """Seconds, minutes, hours, days of 24 hours, or a bare number of seconds."""
    assert Row("", {"allowance": written}).duration("allowance").total_seconds() == seconds
