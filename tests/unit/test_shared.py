"""SKUs and outlets in words and lists: how each stands, what can be done to it, and by whom."""

from dataclasses import replace
from typing import Any

import pytest
from dash import dcc, html

from dashboard.actions import CATALOGUE
from dashboard.rights import Rights
from dashboard.shared import ACTS, Shared, Stopped, kind_at
from layouts.acting_outcome import progress_sentence, undo_words
from layouts.acting_preview import apply_words, preview_words
from layouts.context import Context
from layouts.shared_list import shared_items, shared_of_order
from layouts.shared_panel import MOST_FOUND, finder_results, shared_panel
from tests.builders import hours, minutes
from tests.deeds import changed, deed, foreseen, part
from tests.looks import components, text_of, with_class
from tests.looks import context as looked_at

NOW = hours(3)
TEA = Shared("sku", "DB-1002", {"en": "Longjing tea", "zh": "明前龙井"}, available=1500)
SUSPENDED = replace(TEA, stopped=True, since=minutes(2), by="li.wei", reason="batch 0417 is damp")
BINJIANG = Shared("outlet", "zto-hz-01", {"en": "ZTO Binjiang", "zh": "中通滨江网点"}, carrier="zto", region="330100")
FROZEN = replace(BINJIANG, stopped=True, since=minutes(2), by="chen", reason="third break")
ACTING = Rights(frozenset({"suspend_intake", "resume_intake", "freeze_outlet", "unfreeze_outlet"}))


def view(lang: str = "en", rights: Rights = ACTING, **changes: Any) -> Context:
    """A page of an operator of every team."""
    return looked_at(lang, rights=rights, **changes)


def buttons(built: object) -> list[tuple[str, str]]:
    """What each button does, and to what."""
    shown = [part.to_plotly_json()["props"] for part in components(built) if isinstance(part, html.Button)]
    return [(props["data-act"], props["data-subject"]) for props in shown if "data-act" in props]


def links(built: object) -> list[str]:
    """Where the links lead."""
    return [part.href for part in components(built) if isinstance(part, dcc.Link)]


@pytest.mark.parametrize(
    ("one", "lang", "words"),
    [
        (TEA, "en", "Intake open"),
        (TEA, "zh", "正常接单"),
        (SUSPENDED, "en", "Intake suspended since 12:02 by li.wei"),
        (SUSPENDED, "zh", "li.wei 于 12:02 暂停接单"),
        (BINJIANG, "en", "In service"),
        (FROZEN, "en", "Frozen since 12:02 by chen"),
        (FROZEN, "zh", "chen 于 12:02 冻结"),
        (replace(FROZEN, since=None, by=""), "en", "Frozen"),
    ],
)
def test_each_says_how_it_stands_since_when_and_by_whom(one: Shared, lang: str, words: str):
    """In the shop's time; where nobody knows, only the state."""
    (state,) = with_class(shared_items(view(lang), [one], NOW), "shared-state")
    assert text_of(state) == words


def test_the_button_does_what_is_possible_now():
    """Suspend what is open, resume what is not; each button is called after what it acts on."""
    items = shared_items(view(), [TEA, SUSPENDED, BINJIANG, FROZEN], NOW)
    assert buttons(items) == [
        ("suspend_intake", "DB-1002"),
        ("resume_intake", "DB-1002"),
        ("freeze_outlet", "zto-hz-01"),
        ("unfreeze_outlet", "zto-hz-01"),
    ]
    first = next(part for part in components(items) if isinstance(part, html.Button))
    assert text_of(first) == "Suspend intake Longjing tea"


def test_who_may_not_sees_how_it_stands_and_no_button():
    """A viewer; the warehouse has the SKUs' buttons and not the outlets'."""
    viewer = shared_items(view(rights=Rights()), [SUSPENDED, FROZEN], NOW)
    assert buttons(viewer) == [] and "batch 0417 is damp" in text_of(viewer)
    warehouse = Rights(frozenset({"suspend_intake", "resume_intake"}))
    assert buttons(shared_items(view(rights=warehouse), [SUSPENDED, FROZEN], NOW)) == [("resume_intake", "DB-1002")]
    assert buttons(shared_items(view(at=hours(1)), [SUSPENDED], NOW)) == []


def test_the_name_leads_to_the_audit_of_whoever_may_read_it():
    """All that was ever done to it."""
    (link,) = links(shared_items(view(rights=Rights(audit=True)), [TEA], NOW))
    assert link == "/audit?subject=sku:DB-1002" and links(shared_items(view(), [TEA], NOW)) == []


def test_an_order_says_how_many_pieces_it_holds_and_is_quiet_where_nothing_is_known():
    """The list is empty then, and a style sheet hides it."""
    told = shared_of_order(view(), [replace(TEA, quantity=2), BINJIANG], NOW, "live:x")
    assert [text_of(part) for part in with_class(told, "shared-key")] == ["DB-1002 · 2 pieces", "zto-hz-01"]
    assert [text_of(part) for part in with_class(told, "shared-kind")] == ["SKU", "Outlet"]
    assert shared_of_order(view(), [], NOW, "live:x").children == []


def test_nothing_stopped_is_one_quiet_line():
    """With the way to stop something, for whoever may."""
    calm = shared_panel(view(), "outlet", Stopped(known=True, total=0, rows=()), NOW)
    assert text_of(with_class(calm, "panel-note")) == "Every outlet gets parcels."
    assert with_class(calm, "shared-list") == [] and with_class(calm, "finder")
    assert not with_class(shared_panel(view(rights=Rights()), "outlet", Stopped(True, 0, ()), NOW), "finder")


def test_a_store_that_knows_none_shows_no_panel():
    """Orders were imported, and no stock."""
    assert not with_class(shared_panel(view(), "sku", Stopped(known=False, total=0, rows=()), NOW), "panel")


def test_what_is_stopped_is_listed_and_counted():
    """Those that there is no room for are counted; of a view within carrier and region, its outlets can be frozen."""
    other = replace(BINJIANG, key="zto-hz-02")
    told = shared_panel(view(), "outlet", Stopped(True, 3, (FROZEN,), (FROZEN, other)), NOW)
    assert text_of(with_class(told, "panel-note")) == "3 frozen"
    assert text_of(with_class(told, "shared-more")) == "and 2 more, frozen earlier"
    assert buttons(told) == [("unfreeze_outlet", "zto-hz-01"), ("freeze_outlet", "zto-hz-02")]
    assert text_of(with_class(told, "shared-title")) == "In this view"


def test_the_finder_offers_what_it_found():
    """What is stopped already is told so and has no button; more than there is room for is said."""
    told = finder_results(view(), "sku", "tea", [TEA, SUSPENDED])
    assert buttons(told) == [("suspend_intake", "DB-1002")]
    assert "1,500 for sale" in text_of(told) and "Intake suspended" in text_of(told) and "2 SKUs found" in text_of(told)
    many = finder_results(view(), "sku", "", [replace(TEA, key=f"T-{n}") for n in range(MOST_FOUND + 1)])
    assert (
        len(buttons(many)) == MOST_FOUND and "The first 8." in text_of(many) and "Fewest pieces left" in text_of(many)
    )
    assert text_of(finder_results(view("zh"), "outlet", " 无 ", [])) == "没有名称或编号包含“无”的网点。"


def test_where_each_can_be_stopped():
    """SKUs where orders are taken in and stock is found, outlets where carriers have the parcels."""
    assert [kind_at(node) for node in ("place", "allocate", "pick")] == ["sku"] * 3
    assert [kind_at(node) for node in ("pickup", "transit", "sign")] == ["outlet"] * 3
    assert [kind_at(node) for node in ("review", "purchase")] == [None, None]
    known = {kind.key: kind for kind in CATALOGUE}
    assert all(known[stop].inverse == goes_on for stop, goes_on in ACTS.values())


@pytest.mark.parametrize(
    ("lang", "count", "means", "button"),
    [
        ("en", "1 SKU would change", "no new order with this SKU is taken in", "Suspend intake: 1 SKU"),
        ("zh", "1 个商品将变更", "不再接收含此商品的新订单", "暂停接单：1 个商品"),
    ],
)
def test_a_preview_counts_skus_and_says_what_it_means_for_orders(lang: str, count: str, means: str, button: str):
    """No word of orders that would change: none does."""
    made = foreseen(changed("DB-1002", {"intake": "open"}, {"intake": "suspended"}), kind="suspend_intake")
    told = text_of(preview_words(view(lang), made))
    assert count in told and means in told
    assert apply_words(view(lang), made) == button


def test_an_outlet_becomes_frozen_in_words():
    """Not ``no becomes yes``."""
    made = foreseen(changed("zto-hz-01", {"frozen": False}, {"frozen": True}), kind="freeze_outlet")
    told = text_of(preview_words(view(), made))
    assert "1 outlet would change" in told and "in service" in told and "frozen" in told and "yes" not in told


def test_taking_it_back_says_what_that_means():
    """The opposite's meaning; and the outcome counts SKUs."""
    done = deed(part("sku:DB-1002", before={"intake": "open"}, after={"intake": "suspended"}), kind="suspend_intake")
    told = text_of(undo_words(view(), done))
    assert "1 SKU goes back to what it was" in told and "are taken in again" in told
    assert progress_sentence(view(), done) == "Done: 1 of 1 SKUs changed"
