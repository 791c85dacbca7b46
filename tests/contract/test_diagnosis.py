"""What explains a node's late orders, from visits in the store: now, in the past, within a slice, of slow orders."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.balance import UsualFlow
from dashboard.slices import Slice
from dashboard.windows import DAY, HOUR
from datasource.diagnosis import explanations
from datasource.earlier import node_earlier
from datasource.node_orders import node_orders
from datasource.oldest_orders import oldest_holders
from datasource.snapshots import snapshot
from datasource.spectra import node_spectrum
from datasource.usual_flow import usual_flows
from tests.builders import facts, left, minutes, trouble
from tests.contract.told_store import tell

NOW = minutes(0) + timedelta(seconds=20)
PRINTER = (("exception", "label_printer_offline"), ("warehouse", "HZ1"))


@pytest.fixture
def shop(store, lifeline):
    """Orders at ``pick`` (2 h): 20 stuck at HZ1 since 150 min with the printer, 30 gone on from SZ2 and 10 from HZ1."""
    told = []
    for n in range(60):
        key, place = f"O{n:02d}", "HZ1" if n < 30 else "SZ2"
        before = [left(node, minutes(-150), key) for node in ("pay", "review", "quality", "allocate")]
        facts_ = facts(
            key,
            minutes(-200),
            created_at=minutes(-200),
            amount="10.50",
            warehouse=place,
            channel="jd" if n % 2 else "tmall",
        )
        told += [facts_, left("place", minutes(-199), key), *before]
        if n < 20:
            told.append(trouble("label_printer_offline", "pick", minutes(-100), key, operator="li"))
        else:
            told.append(left("pick", minutes(-40), key, operator="wang" if n % 3 else "li"))
    tell(store, lifeline, told, NOW)
    return store


def explained(shop, lifeline, node="pick", slice_="all", window=HOUR, at=None):
    """The explanations of a node, now or at an instant."""
    with shop.begin() as connection:
        asked = (lifeline, lifeline.node(node), Slice.parse(slice_), window)
        return explanations(connection, *asked, at=at, now=NOW)


def test_an_exception_at_a_place_explains_those_that_wait(shop, lifeline):
    """Twenty of twenty late and there, with their money; forty went on in time; all that is late is explained."""
    (told,) = explained(shop, lifeline)
    assert (told.pairs, told.visits, told.late, told.amount) == (PRINTER, 20, 20, Decimal("210.00"))
    assert (told.share, told.slow) == (1.0, False)


def test_the_past_is_explained_as_it_was_known(shop, lifeline):
    """Half an hour ago they were due since minutes and late; at -35 they were not due yet, and nothing was late."""
    (told,) = explained(shop, lifeline, at=minutes(-25))
    assert (told.pairs, told.late) == (PRINTER, 20)
    assert explained(shop, lifeline, at=minutes(-35)) == ()


def test_what_is_sliced_by_explains_nothing_more(shop, lifeline):
    """Within HZ1 the exception is the only difference; within SZ2 nothing is late."""
    (told,) = explained(shop, lifeline, slice_="warehouse=HZ1")
    assert (told.pairs, told.late) == ((("exception", "label_printer_offline"),), 20)
    assert explained(shop, lifeline, slice_="warehouse=SZ2") == ()
    assert explained(shop, lifeline, slice_="exception=label_printer_offline") == ()


def test_a_node_without_visits_is_explained_by_nothing(shop, lifeline):
    """No row, no explanation."""
    assert explained(shop, lifeline, node="close", window=DAY) == ()


FOLLOWING = {
    "exception=label_printer_offline": (20, 0),
    "exception=label_printer_offline,warehouse=HZ1": (20, 0),
    "exception=label_printer_offline,warehouse=SZ2": (0, 0),
    "operator=wang": (0, 27),
    "operator=wang,warehouse=HZ1": (0, 7),
    "channel=jd,operator=wang": (0, 13),
}
"""How many wait overdue and how many went on: of O20 to O59 those not divisible by three are wang's, odd ones JD's."""


@pytest.mark.parametrize("at", [None, minutes(0)])
def test_numbers_and_orders_follow_operator_and_exception(shop, lifeline, at):
    """Each slice gives the same to the snapshot and to the list of orders, now and of the past."""
    for text, (waiting, gone) in FOLLOWING.items():
        chosen = Slice.parse(text)
        with shop.begin() as connection:
            numbers = snapshot(connection, lifeline, slice=chosen, window=HOUR, at=at, now=NOW)
            (pick,) = (node for node in numbers.nodes if node.key == "pick")
            found = [
                node_orders(connection, lifeline, "pick", state=state, at=at or NOW, slice=chosen).total
                for state in ("overdue", "left")
            ]
        assert (text, pick.overdue, pick.left, found) == (text, waiting, gone, [waiting, gone])
        assert pick.top_exception == ("label_printer_offline" if waiting else None)


def test_an_exception_that_was_told_later_is_not_known_before(shop, lifeline):
    """At -120 the twenty were there, but nobody had told of the printer."""
    with shop.begin() as connection:
        asked = {"slice": Slice.parse("exception=label_printer_offline"), "at": minutes(-120)}
        numbers = snapshot(connection, lifeline, window=HOUR, now=NOW, **asked)
        assert node_orders(connection, lifeline, "pick", state="in_progress", **asked).total == 0
    assert {node.in_progress for node in numbers.nodes} == {0}


def test_slow_orders_are_explained_before_any_is_late(store, lifeline):
    """Three days of half-hour visits at noon; today those of HZ1 have waited for an hour of the two allowed."""
    told = []
    for day in (1, 2, 3):
        told += [one for n in range(40) for one in passing(f"P{day}{n:02d}", -1440 * day - 60, 20 + n / 2, "SZ2")]
    for n in range(40):
        told += passing(f"T{n:02d}", -60, 20 + n / 2 if n >= 20 else None, "HZ1" if n < 20 else "SZ2")
    tell(store, lifeline, told, NOW)
    (found,) = explained(store, lifeline)
    assert (found.pairs, found.slow) == ((("warehouse", "HZ1"),), True)
    assert (found.visits, found.late, found.amount) == (20, 20, Decimal(0))


def passing(key, entered, dwell, place):
    """An order that came to ``pick`` at a minute and went on after as many minutes, if ever."""
    before = [left(node, minutes(entered), key) for node in ("place", "pay", "review", "quality", "allocate")]
    after = [left("pick", minutes(entered + dwell), key)] if dwell else []
    return [facts(key, minutes(entered), created_at=minutes(entered), amount="9", warehouse=place), *before, *after]


def test_who_holds_the_oldest(shop, lifeline):
    """Twenty wait, all with the printer at HZ1 and reported by li, half of them JD's; 150 minutes, 10.50 each."""
    with shop.begin() as connection:
        found = oldest_holders(connection, lifeline, lifeline.node("pick"), Slice(), at=None, now=NOW)
        then = oldest_holders(connection, lifeline, lifeline.node("pick"), Slice(), at=minutes(-45), now=NOW)
        sliced = Slice.parse("warehouse=SZ2")
        nobody = oldest_holders(connection, lifeline, lifeline.node("pick"), sliced, at=None, now=NOW)
    assert found.orders == 20
    assert {(it.dimension, it.value): (it.orders, it.overdue) for it in found.holders} == {
        ("operator", "li"): (20, 20),
        ("exception", "label_printer_offline"): (20, 20),
        ("warehouse", "HZ1"): (20, 20),
        ("channel", "tmall"): (10, 10),
    }
    assert {(it.oldest_seconds, it.amount) for it in found.holders if it.orders == 20} == {(9020.0, Decimal("210.00"))}
    assert then.orders == 60 and ("warehouse", "SZ2", 30, 0) in {
        (it.dimension, it.value, it.orders, it.overdue) for it in then.holders
    }
    assert (nobody.orders, nobody.holders) == (0, ())


def test_what_usually_comes_and_goes(store, lifeline):
    """At noon 6 on three weekdays, 60 on a fourth; half an hour of the eleventh hour, half of the twelfth, empty."""
    told = []
    for day, count in ((3, 6), (4, 6), (5, 6), (6, 60)):
        for n in range(count):
            told += passing(f"P{day}{n:02d}", -1440 * day - 20, 5, "HZ1" if n % 3 else "SZ2")
    tell(store, lifeline, told, NOW)
    with store.begin() as connection:
        asked = (connection, lifeline, {"pick": HOUR, "sign": HOUR})
        every = usual_flows(*asked, Slice(), minutes(30))
        one = usual_flows(*asked, Slice.parse("warehouse=HZ1"), minutes(0))
        assert usual_flows(*asked, Slice.parse("channel=jd,warehouse=HZ1"), minutes(30)) == {}
    assert every == {"pick": UsualFlow(3.0, 3.0)}
    assert one == {"pick": UsualFlow(4.0, 4.0)}


def test_the_numbers_of_a_week_ago_are_those_of_the_past(shop, lifeline):
    """The same as the snapshot of that instant, but for colour and index."""
    pick, at = lifeline.node("pick"), minutes(-25)
    with shop.begin() as connection:
        then = node_earlier(connection, lifeline, pick, Slice(), HOUR, at)
        taken = snapshot(connection, lifeline, window=HOUR, at=at, now=NOW)
    (same,) = (node for node in taken.nodes if node.key == "pick")
    for name in ("in_progress", "overdue", "overdue_amount", "timeout_rate", "mean_seconds", "entered", "left"):
        assert getattr(then, name) == getattr(same, name)
    assert (then.in_progress, then.left) == (20, 40)


def test_the_spectrum_reads_every_visit(shop, lifeline):
    """Forty out in time, twenty there and late."""
    with shop.begin() as connection:
        found = node_spectrum(connection, lifeline.node("pick"), Slice(), 4 * HOUR, NOW)
    assert [found.count(fate) for fate in ("on_time", "late", "there", "there_late")] == [40, 0, 20, 20]
