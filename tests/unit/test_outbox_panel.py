"""Messages to outside systems on the sources page: a row for each target, the dead ones, and who sees them at all."""

from datetime import datetime
from typing import Any

import pytest

from dashboard.outgoing import DeadLetter, Outgoing, Target
from layouts.live import live_props
from layouts.outbox_panel import button_id, outbox_panel, said
from layouts.sources_page import sources_page
from tests.builders import NOON, minutes
from tests.looks import components, context, text_of, with_class
from tests.unit.test_sources_page import ERP, Freshness

LETTER = DeadLetter("m-1", "wms", "pick_list.created", "order:DB-1", 20, minutes(-90), minutes(-5), "status", 503)


def target(key: str = "wms", **changes: Any) -> Target:
    """A target that takes what it gets, 12 in the last hour."""
    return Target(key, **{"set_up": True, "delivered_last_hour": 12, **changes})


def panel(*targets: Target, letters: tuple[DeadLetter, ...] = (), lang: str = "en", at: datetime = NOON):
    """The panel."""
    return outbox_panel(context(lang, path="/sources"), Outgoing(at, targets, letters))


def words(built: object) -> str:
    """All words, with plain spaces."""
    return text_of(built).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("changes", "word", "colour"),
    [
        ({}, "delivering", "is-green"),
        ({"waiting": 4, "retrying": 1, "oldest_waiting_at": minutes(-30)}, "trying again", "is-amber"),
        ({"dead": 2}, "gave up", "is-red"),
        ({"set_up": False, "waiting": 1}, "no address", "is-grey"),
        ({"set_up": False, "dead": 1}, "gave up", "is-red"),
    ],
)
def test_a_target_is_called_by_the_worst_of_it(changes: dict[str, Any], word: str, colour: str):
    """In a word and a colour."""
    row = with_class(panel(target(**changes)), colour)[0]
    assert word in words(row)


def test_a_row_tells_how_many_wait_and_since_when():
    """Four, the oldest half an hour; twelve were delivered."""
    row = words(with_class(panel(target(waiting=4, oldest_waiting_at=minutes(-30))), "is-green")[0])
    assert [word for word in ("Warehouse system", "4", "30 min", "11:30", "12") if word not in row] == []


def test_a_dead_message_says_why_and_has_a_button():
    """Of its order, a link; the answer; how often it was tried; the button names what it sends."""
    built = panel(target(dead=1), letters=(LETTER,))
    shown = words(built)
    assert [word for word in ("new pick list", "answered 503", "20 tries", "11:55") if word not in shown] == []
    assert "/order/DB-1" in [getattr(part, "href", "") for part in components(built)]
    button = next(part for part in components(built) if getattr(part, "id", None) == button_id("m-1"))
    assert words(button) == "Send again new pick list DB-1"


def test_what_a_click_did():
    """Sent, or another was faster; in both languages."""
    assert said(context(), LETTER) == "new pick list for DB-1 is sent again"
    assert "重新发送" in said(context("zh"), LETTER) and "no longer" in said(context(), None)


def test_without_any_target_the_panel_says_how_to_name_one():
    """The settings."""
    assert "LIFELINE_WEBHOOK_WMS" in words(panel()) and "LIFELINE_WEBHOOK_WMS" in words(panel(lang="zh"))


def test_only_those_who_may_see_it_get_it():
    """A viewer's page has the sources alone."""
    shown = context(path="/sources", sources=(ERP,))
    assert "outside systems" not in words(sources_page(shown, Freshness(NOON, 3.0)))
    assert "outside systems" in words(sources_page(shown, Freshness(NOON, 3.0), lambda: Outgoing(NOON)))


def test_its_failure_is_its_own():
    """The sources stand."""

    def failing() -> Outgoing:
        raise RuntimeError

    shown = context(path="/sources", sources=(ERP,), report=lambda *_: "broken")
    built = sources_page(shown, Freshness(NOON, 3.0), failing)
    assert with_class(built, "panel-failed") and "ERP" in words(built)


def test_a_tick_changes_parts_only():
    """The same parts whatever waits, so that nothing flickers."""
    assert live_props(panel(target())).keys() == live_props(panel(target(dead=1), letters=(LETTER,))).keys()


def test_unnamed_things_are_called_by_their_keys():
    """A message, a target and a fault of a later version."""
    odd = DeadLetter("m-2", "crm", "crm.told", "sku:A", 1, NOON, None, "odd", None)
    shown = words(panel(target("crm"), letters=(odd,)))
    assert [word for word in ("crm", "crm.told", "odd", "1 try") if word not in shown] == []
