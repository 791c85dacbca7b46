"""Which SKUs are suspended and which outlets frozen, as the store tells it: since when, by whom, and of which order."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.shared import Shared
from datasource import write_back
from datasource.fold import generation
from datasource.outbox import send_again
from datasource.shared_subjects import matching, named, of_order, stopped
from datasource.store import Store
from tests.builders import NOON, minutes
from tests.contract.acting_shop import open_shop

LI = Caller("li", CallerKind.PERSON, Role.ADMIN, origin="10.0.0.1")
NAMES = {"MILK": '{"en": "Fresh milk 1 l", "zh": "鲜牛奶 1 升"}', "TEA": '{"en": "Green_tea 100%", "zh": "绿茶"}'}


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """Milk and tea with names, and outlets of two carriers at two places; the orders go by ZTO, PICK to 440300."""
    open_shop(store, lifeline)
    with store.begin() as connection:
        called = [{"sku": sku, "name": name} for sku, name in NAMES.items()]
        connection.execute(text("UPDATE sku SET name = CAST(:name AS jsonb) WHERE sku = :sku"), called)
        connection.execute(
            text(
                "INSERT INTO outlet (outlet, carrier, region, name, at) VALUES "
                "('ZTO-330100', 'zto', '330100', '{\"zh\": \"杭州滨江\"}', :at), "
                "('SF-440300', 'sf', '440300', '{}', :at)"
            ),
            {"at": NOON},
        )
        moved = text("UPDATE orders SET dimensions = dimensions || '{\"region\": \"440300\"}' WHERE order_id = 'PICK'")
        connection.execute(moved)
    return store


@pytest.fixture
def reading(shop: Store) -> Iterator[Connection]:
    """A connection that sees the shop as it is at each statement."""
    with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def act(shop: Store, kind: str, *keys: str, at: datetime = NOON, reason: str = "why not") -> str:
    """Do it; answers the action's id."""
    made = write_back.preview(shop, write_back.Asked(kind, keys, {}), LI, at, shop.lifeline())
    begun, _ = write_back.begin(shop, made.preview_id, reason, f"{kind}-{keys}-{at}", LI, at)
    assert write_back.work(shop, begun.action_id, FixedClock(at)).done == len(keys)
    return begun.action_id


def keys(found: tuple[Shared, ...]) -> list[str]:
    """Their keys, in their order."""
    return [one.key for one in found]


def test_nothing_is_stopped_at_first(shop: Store, reading: Connection):
    """Both kinds are known."""
    assert stopped(reading, "sku") == stopped(reading, "outlet")
    assert stopped(reading, "sku").known and stopped(reading, "sku").total == 0


def test_a_store_without_stock_knows_none(store: Store):
    """Orders alone say nothing of SKUs."""
    with store.begin() as connection:
        assert not stopped(connection, "sku").known and not stopped(connection, "outlet").known


def test_what_is_stopped_is_told_with_who_when_and_why(shop: Store, reading: Connection):
    """The newest first; what goes on again is gone from the list."""
    act(shop, "suspend_intake", "TEA", at=minutes(1), reason="damp")
    act(shop, "suspend_intake", "MILK", at=minutes(5), reason="sour")
    found = stopped(reading, "sku")
    assert [(one.key, one.since, one.by, one.reason) for one in found.rows] == [
        ("MILK", minutes(5), "li", "sour"),
        ("TEA", minutes(1), "li", "damp"),
    ]
    assert found.total == 2 and found.rows[0].act == "resume_intake"
    act(shop, "resume_intake", "MILK", at=minutes(6))
    assert keys(stopped(reading, "sku").rows) == ["TEA"]


def test_after_an_undo_it_is_whoever_undid(shop: Store, reading: Connection):
    """Li lets it go on, and takes that back: suspended since then, for that reason."""
    act(shop, "suspend_intake", "TEA", at=minutes(1))
    resumed = act(shop, "resume_intake", "TEA", at=minutes(2))
    begun, _ = write_back.undo(shop, resumed, "too early", "the-key-of-an-undo", LI, minutes(3))
    write_back.work(shop, begun.action_id, FixedClock(minutes(3)))
    (tea,) = stopped(reading, "sku").rows
    assert (tea.since, tea.reason) == (minutes(3), "too early")


def test_what_was_stopped_past_the_audit_is_told_without_it(shop: Store, reading: Connection):
    """By a hand in the database."""
    reading.execute(text("UPDATE outlet SET frozen = true WHERE outlet = 'SF-440300'"))
    (one,) = stopped(reading, "outlet").rows
    assert (one.key, one.since, one.by) == ("SF-440300", None, "")


def test_the_outlets_of_a_carrier_at_a_place(shop: Store, reading: Connection):
    """Both must be asked for."""
    there = stopped(reading, "outlet", {"carrier": "zto", "region": "330100", "channel": "jd"})
    assert keys(there.near) == ["ZTO-330100"] and there.rows == ()
    assert stopped(reading, "outlet", {"carrier": "zto"}).near == ()
    assert stopped(reading, "sku", {"carrier": "zto", "region": "330100"}).near == ()


def test_an_order_has_its_skus_and_the_outlet_that_delivers_it(shop: Store, reading: Connection):
    """Two of milk and one of tea, by ZTO to 440300; an order whose place nobody told has no outlet."""
    act(shop, "freeze_outlet", "ZTO-440305", reason="third break")
    told = [(one.kind, one.key, one.quantity, one.stopped, one.reason) for one in of_order(reading, "PICK")]
    assert told == [
        ("sku", "MILK", 2, False, ""),
        ("sku", "TEA", 1, False, ""),
        ("outlet", "ZTO-440305", None, True, "third break"),
    ]
    assert [one.kind for one in of_order(reading, "DONE")] == ["sku"]
    assert of_order(reading, "nobody") == ()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", ["TEA", "MILK"]),  # none of tea is left, ten of milk
        ("milk", ["MILK"]),
        ("牛奶", ["MILK"]),
        ("l fresh", ["MILK"]),
        ("100%", ["TEA"]),
        ("green_", ["TEA"]),
        ("r_e", []),
        ("%", ["TEA"]),
        ("\\", []),
        ("te\0a", ["TEA"]),
        ("coffee", []),
    ],
)
def test_a_sku_is_found_by_parts_of_its_name_or_number(reading: Connection, wanted: str, found: list[str]):
    """In any language, every word of what is typed; what is a pattern to the database is a letter here."""
    assert keys(matching(reading, "sku", wanted, 9)) == found


def test_a_number_that_begins_so_comes_first_and_few_are_answered(shop: Store, reading: Connection):
    """However many there are."""
    reading.execute(
        text("INSERT INTO sku (sku, available, at) SELECT 'X-MILK-' || n, 0, now() FROM generate_series(1, 500) AS n")
    )
    found = keys(matching(reading, "sku", "milk", 8))
    assert len(found) == 8 and found[0] == "MILK"
    assert keys(named(reading, "sku", ["MILK", "none"])) == ["MILK"]


def test_a_change_raises_the_generation_and_a_preview_does_not(shop: Store, reading: Connection):
    """So every open page shows it at once; while a fold is under way nobody waits for it."""
    before = generation(reading)
    write_back.preview(shop, write_back.Asked("suspend_intake", ("MILK",), {}), LI, NOON, shop.lifeline())
    assert generation(reading) == before
    act(shop, "suspend_intake", "MILK")
    assert generation(reading) == before + 1
    with shop.begin() as folding:
        folding.execute(text("SELECT FROM fold_state FOR UPDATE"))
        act(shop, "resume_intake", "MILK", at=NOON + timedelta(minutes=1))
    assert generation(reading) == before + 1


def test_a_message_that_was_sent_again_stops_nothing(shop: Store, reading: Connection):
    """Who suspended it stays who did, whoever had the warehouse told once more; and is named to whoever was slower."""
    act(shop, "suspend_intake", "MILK", reason="bad batch")
    with shop.begin() as connection:
        connection.execute(text("UPDATE outbox SET state = 'dead'"))
        (dead,) = connection.execute(text("SELECT message_id FROM outbox")).scalars()
        resender = Caller("chen", CallerKind.PERSON, Role.ADMIN, origin="10.0.0.2")
        assert send_again(connection, [dead], resender, minutes(30)) == [dead]
    (milk,) = named(reading, "sku", ["MILK"])
    assert (milk.by, milk.reason, milk.since) == ("li", "bad batch", NOON)
