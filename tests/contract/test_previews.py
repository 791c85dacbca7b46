"""What a preview shows of stock that its orders share, by figures worked out by hand, and that it comes true."""

from typing import Any

import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from datasource.action_work import work
from datasource.store import Store
from datasource.write_back import Asked, NobodyWaits, Preview, begin, preview
from tests.builders import days
from tests.contract.acting_shop import LI, contents, open_shop
from tests.contract.acting_witness import audited_since, glance

NOW = days(1)


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """10 pieces of milk and none of tea for sale; every order holds 2 of milk, PICK and REFUND also 1 of tea."""
    open_shop(store, lifeline)
    return store


def look(store: Store, kind: str, *names: str, **params: str) -> Preview:
    """A preview."""
    return preview(store, Asked(kind, names, params), LI, NOW, store.lifeline())


def stock(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Of each SKU, how many pieces are for sale before and after."""
    names = [name for name in before if name.startswith("stock:")]
    return {name.removeprefix("stock:"): (before[name]["available"], after[name]["available"]) for name in names}


def shown(made: Preview) -> dict[str, dict[str, tuple[int, int]]]:
    """What a preview shows of stock, by order."""
    return {one.subject: stock(one.before, one.after) for one in made.changes}


def done(store: Store, made: Preview) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Apply it; what the audit has of each subject, before and after."""
    had = glance(store)
    begun, _ = begin(store, made.preview_id, "because", f"key:{made.preview_id}", LI, NOW)
    work(store, begun.action_id, FixedClock(NOW))
    return {row.subject.partition(":")[2]: (row.before, row.after) for row in audited_since(store, had)}


def comes_true(store: Store, made: Preview) -> None:
    """What the audit has of each subject is what was shown, all of it."""
    assert done(store, made) == {one.subject: (one.before, one.after) for one in made.changes}


def test_orders_that_share_stock_are_shown_one_after_the_other(shop: Store) -> None:
    """By their names, in which turn they are worked on, and told in the turn in which they were asked for."""
    made = look(shop, "release_stock", "REFUND2", "REFUND")
    assert [one.subject for one in made.changes] == ["REFUND2", "REFUND"]
    assert shown(made) == {"REFUND": {"MILK": (10, 12), "TEA": (0, 1)}, "REFUND2": {"MILK": (12, 14)}}
    comes_true(shop, made)


def test_shipped_stock_is_not_freed_but_sees_what_is(shop: Store) -> None:
    """PICKUP has shipped its milk: cancelling it moves none, between two orders that move some."""
    made = look(shop, "cancel_order", "REVIEW", "PICKUP", "PICK2", "PICK", "DISPATCH")
    assert shown(made) == {
        "DISPATCH": {"MILK": (10, 12)},
        "PICK": {"MILK": (12, 14), "TEA": (0, 1)},
        "PICK2": {"MILK": (14, 16)},
        "PICKUP": {"MILK": (16, 16)},
        "REVIEW": {"MILK": (16, 18)},
    }
    comes_true(shop, made)


def test_who_is_refused_moves_nothing_for_the_others(shop: Store) -> None:
    """PICK is not refunded and SIGN not either."""
    made = look(shop, "release_stock", "PICK", "REFUND", "SIGN", "REFUND2", "NOBODY")
    assert sorted(one.subject for one in made.refused) == ["NOBODY", "PICK", "SIGN"]
    assert shown(made) == {"REFUND": {"MILK": (10, 12), "TEA": (0, 1)}, "REFUND2": {"MILK": (12, 14)}}
    comes_true(shop, made)


def test_names_are_compared_as_the_worker_does(store: Store, lifeline: Lifeline) -> None:
    """Not as a dictionary sorts them: digits first, capitals before small letters, other scripts last."""
    names = ["REFUND订", "REFUNDa", "REFUND9", "REFUNDé", "REFUNDB", "REFUND10"]
    open_shop(store, lifeline, names)
    made = look(store, "release_stock", *names)
    assert shown(made) == {
        "REFUND10": {"MILK": (10, 12)},
        "REFUND9": {"MILK": (12, 14)},
        "REFUNDB": {"MILK": (14, 16)},
        "REFUNDa": {"MILK": (16, 18)},
        "REFUNDé": {"MILK": (18, 20)},
        "REFUND订": {"MILK": (20, 22)},
    }
    comes_true(store, made)


def test_many_are_tried_in_blocks_and_shown_as_one_after_the_other(store: Store, lifeline: Lifeline) -> None:
    """250 of one SKU, more than are tried at one time: the nth finds 10 pieces and two for each before it."""
    names = [f"REFUND{number:03}" for number in range(250)]
    open_shop(store, lifeline, names)
    made = look(store, "release_stock", *names[::-1])
    assert shown(made) == {name: {"MILK": (10 + 2 * n, 12 + 2 * n)} for n, name in enumerate(names)}
    comes_true(store, made)


def test_who_is_refused_only_as_it_is_written_takes_nobody_along(shop: Store) -> None:
    """Coffee is held for REFUND, of which the shop has no stock to count: REFUND2 is shown as if alone."""
    with shop.begin() as connection:
        held = "INSERT INTO stock_hold VALUES ('REFUND', 'COFFEE', 1, 'locked', :at)"
        connection.execute(text(held), {"at": NOW})
    made = look(shop, "release_stock", "REFUND", "REFUND2")
    assert [(one.subject, one.text) for one in made.refused] == [("REFUND", "no_stock")]
    assert shown(made) == {"REFUND2": {"MILK": (10, 12)}}
    comes_true(shop, made)


def test_who_has_gone_is_worked_for_no_longer(store: Store, lifeline: Lifeline) -> None:
    """Left between two blocks: nothing is kept, and nothing changed."""
    names = [f"REFUND{number:03}" for number in range(250)]
    open_shop(store, lifeline, names)
    was, asked = contents(store), list[bool]()

    def waited_for() -> bool:
        asked.append(len(asked) < 2)
        return asked[-1]

    with pytest.raises(NobodyWaits):
        preview(store, Asked("release_stock", names, {}), LI, NOW, lifeline, waited_for=waited_for)
    assert asked == [True, True, False] and contents(store) == was
    with store.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM preview")).scalar_one() == 0


def test_what_moves_no_stock_shows_it_unmoved(shop: Store) -> None:
    """A note on three orders of one SKU; and suspending two SKUs, which share nothing."""
    made = look(shop, "note", "PICK", "PICK2", "REVIEW", text="rang")
    assert {name: figures["MILK"] for name, figures in shown(made).items()} == dict.fromkeys(
        ("PICK", "PICK2", "REVIEW"), (10, 10)
    )
    comes_true(shop, made)
    made = look(shop, "suspend_intake", "TEA", "MILK")
    assert [(one.subject, one.before["intake"], one.after["intake"]) for one in made.changes] == [
        ("TEA", "open", "suspended"),
        ("MILK", "open", "suspended"),
    ]
    comes_true(shop, made)


def test_stock_sold_meanwhile_is_told_as_it_was_and_holds_nobody_up(shop: Store) -> None:
    """Three are sold between preview and deed: all is done, and the audit has the figures of the deed."""
    made = look(shop, "release_stock", "REFUND", "REFUND2")
    with shop.begin() as connection:
        connection.execute(text("UPDATE sku SET available = available - 3 WHERE sku = 'MILK'"))
    assert {name: stock(*values) for name, values in done(shop, made).items()} == {
        "REFUND": {"MILK": (7, 9), "TEA": (0, 1)},
        "REFUND2": {"MILK": (9, 11)},
    }
