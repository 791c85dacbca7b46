"""Acting on the pages: which buttons there are, what a preview and an outcome say, what was done, all in words."""

import pytest

from dashboard.acting import ActionStatus, Message, Outcome
from dashboard.actions import CATALOGUE
from layouts.acting_bar import fitting, node_actions, offered, order_actions
from layouts.acting_outcome import outcome_buttons, outcome_words, undo_words
from layouts.acting_preview import listed, preview_words
from layouts.acting_words import differences, mark_words, shown_marks
from layouts.done_panel import done_panel
from layouts.orders_grid import orders_grid, orders_panel
from tests.builders import NOON, minutes
from tests.deeds import EVERYTHING, changed, deed, foreseen, mark, part, refusing
from tests.looks import components, context, red_node, text_of, with_class


def acts(parts: list) -> list[str]:
    """The actions of the buttons outside the menu, in their order."""
    return [getattr(one, "data-act") for one in parts if hasattr(one, "data-act")]


def buttons(part_: object) -> list[str]:
    """The words of every button below a part."""
    return [text_of(one) for one in components(part_) if type(one).__name__ == "Button"]


@pytest.fixture
def view():
    """The view of an operator who may do everything."""
    return context(rights=EVERYTHING)


def test_a_viewer_sees_no_button_and_no_check_box():
    """Neither above the list nor on an order; the grid has no column of boxes."""
    viewer = context()
    assert node_actions(viewer, "pick", None) == []
    assert order_actions(viewer, "A-1", "pick", None, ()) == []
    panel = orders_panel(viewer, viewer.lifeline.node("pickup"), red_node(), "overdue")
    assert not with_class(panel, "acting-bar") and not with_class(panel, "acting-selection")
    assert "rowSelection" not in orders_grid(viewer).dashGridOptions


def test_the_past_cannot_be_acted_on():
    """A view of an earlier instant has no button, whoever looks."""
    assert offered(context(rights=EVERYTHING, at=NOON)) == []


def test_who_may_act_ticks_orders(view):
    """Boxes in the list, a count, all that match, and buttons that wait until something is ticked."""
    panel = orders_panel(view, view.lifeline.node("pickup"), red_node(), "overdue")
    assert orders_grid(view).dashGridOptions["rowSelection"]["checkboxes"] is True
    (words,) = with_class(panel, "acting-selection")
    assert text_of(words) == "0 selectedSelect all 0Clear"
    (bar,) = with_class(panel, "acting-bar")
    waiting = [one for one in components(bar) if hasattr(one, "data-act")]
    assert waiting and all(getattr(one, "aria-disabled") == "true" for one in waiting)


def test_one_dark_button_fits_the_node(view):
    """Of the carrier pickup the label provider; where nothing is made for the node, assigning."""
    for node, expected in (("pickup", "switch_label_provider"), ("review", "pass_review"), ("close", "assign")):
        dark = [one for one in node_actions(view, node, None) if "button-primary" in (one.className or "")]
        assert acts(dark) == [expected]


def test_what_went_wrong_outranks_the_node(view):
    """An action made against the exception comes first, at any node that has it."""
    kinds = offered(view)
    known = [(kind, exception) for kind in kinds for exception in kind.exceptions]
    for kind, exception in known[:3]:
        assert exception in fitting(kinds, "close", exception).exceptions, kind.key


def test_the_menu_has_everything_that_may_be_done(view):
    """Once each; what cannot be undone last, under words that say so."""
    (menu,) = [one for one in node_actions(view, "pick", None) if "acting-more" in one.className]
    offered_here = [getattr(one, "data-act") for one in components(menu) if hasattr(one, "data-act")]
    assert sorted(offered_here) == sorted(EVERYTHING.kinds & {kind.key for kind in CATALOGUE})
    assert offered_here[-1] == "cancel_order"
    assert text_of(with_class(menu, "picker-group")) == "Cannot be undone"


def test_an_order_on_hold_offers_its_release_first(view):
    """It is the dark button, and nobody is offered a second hold or the ticket that is not open."""
    parts = order_actions(view, "A-1", "pick", None, [mark("hold")])
    assert acts(parts)[-1] == "release_hold" and "hold" not in acts(parts)
    everywhere = [getattr(one, "data-act") for one in components(parts) if hasattr(one, "data-act")]
    assert "hold" not in everywhere and "close_ticket" not in everywhere and "open_ticket" in everywhere
    assert {getattr(one, "data-order") for one in components(parts) if hasattr(one, "data-act")} == {"A-1"}


def test_a_preview_tells_once_what_is_alike(view):
    """Two orders on hold: one line from what to what, and both ids."""
    told = preview_words(view, foreseen(changed("order:A-1"), changed("order:A-3")))
    assert text_of(told[0]) == "2 orders would change"
    assert len(with_class(told, "change")) == 1
    assert text_of(with_class(told, "change-was")) == "none"
    assert text_of(with_class(told, "change-becomes")) == "on hold"
    assert "A-1, A-3" in text_of(told)


def test_a_preview_tells_each_where_they_differ(view):
    """Seven orders of several people: the first five by name, and that there are two more."""
    each = [changed(f"A-{n}", {"assignee": {"to": f"p-{n}"}}, {"assignee": {"to": "chen"}}) for n in range(7)]
    told = preview_words(view, foreseen(*each, kind="assign"))
    assert len(with_class(told, "change")) == 5 and "p-4" in text_of(told) and "p-5" not in text_of(told)
    assert "and 2 more orders" in text_of(told)


def test_a_preview_says_what_goes_outside_and_who_is_left_out(view):
    """Messages are counted by system and kind, refusals grouped by their words, the most frequent first."""
    message = Message("wms", "pick_list.created", {})
    refused = (refusing("A-2", "one"), refusing("A-5", "two"), refusing("A-6", "two"))
    told = preview_words(view, foreseen(changed("A-1", None, None, message), refused=refused))
    assert "Warehouse system: new pick list, 1 message" in text_of(told)
    assert "3 left out" in text_of(told)
    (groups,) = with_class(told, "acting-groups")
    assert [text_of(one) for one in groups.children] == ["2twoA-5, A-6", "1oneA-2"]


def test_what_cannot_be_undone_is_said_before_the_click(view):
    """Of a cancellation; of a hold nothing is said."""
    assert "This cannot be undone." in text_of(preview_words(view, foreseen(changed(), kind="cancel_order")))
    assert "undone" not in text_of(preview_words(view, foreseen(changed())))


def test_an_empty_preview_says_that_nothing_would_change(view):
    """And no warning, as there is nothing to warn of."""
    told = preview_words(view, foreseen(refused=(refusing(),), kind="cancel_order"))
    assert text_of(told[0]) == "No order would change" and "undone" not in text_of(told)


def test_a_running_action_shows_how_far_it_is(view):
    """Numbers, a bar, and a button to stop it."""
    running = deed(status=ActionStatus.RUNNING, total=1000, done=230, failed=2)
    told = outcome_words(view, running)
    assert text_of(told[0]) == "230 of 1,000 done so far, 2 left out"
    bar = next(one for one in components(told) if type(one).__name__ == "Progress")
    assert (bar.value, bar.max) == ("232", "1000")
    assert buttons(outcome_buttons(view, running)) == ["Stop"]


def test_who_stops_an_action_is_told_what_comes_of_it(view):
    """Nothing to press until the order in hand is done; then how many are done, how many left, and the way back."""
    stopping = deed(status=ActionStatus.RUNNING, total=300, done=120, failed=2, stopping=True, undoable=False)
    told = outcome_words(view, stopping)
    assert text_of(told[0]) == "Stopping… 120 of 300 done" and "order in hand" in text_of(told)
    assert buttons(outcome_buttons(view, stopping)) == []
    parts = [part(f"order:A-{n}", Outcome.DONE if n < 2 else Outcome.CANCELLED) for n in range(5)]
    refused = part("order:A-9", Outcome.REFUSED, reason={"text": "held", "values": {}})
    stopped = deed(*parts, refused, status=ActionStatus.CANCELLED)
    told = text_of(outcome_words(view, stopped))
    assert "Stopped: 2 done, 3 left as they were" in told and "on hold already" in told
    assert buttons(outcome_buttons(view, stopped)) == ["Undo what was done: 2 orders"]
    zh = context("zh", rights=EVERYTHING)
    assert "已停止：已完成 2 单，3 单保持原样" in text_of(outcome_words(zh, stopped))


def test_an_outcome_names_each_order_and_the_way_back(view):
    """Who was changed, who was left out and why; undo right there."""
    partial = deed(
        part("order:A-1"),
        part("order:A-2", Outcome.REFUSED, reason={"text": "gone", "values": {}}),
        status=ActionStatus.PARTIAL,
    )
    told = text_of(outcome_words(view, partial))
    assert "1 of 2 orders changed, 1 left out" in told and "A-1" in told and "A-2" in told
    assert buttons(outcome_buttons(view, partial)) == ["Undo"]
    assert buttons(outcome_buttons(context(), partial)) == []


def test_an_undo_shows_what_comes_back(view):
    """From what is to what was."""
    told = undo_words(view, deed())
    assert text_of(told[0]) == "1 order goes back to what it was"
    assert (
        text_of(with_class(told, "change-was")) == "on hold" and text_of(with_class(told, "change-becomes")) == "none"
    )


def test_what_was_done_is_told_with_who_when_and_why(view):
    """The newest first, undo at the right of what was done last, the audit one click away."""
    later = deed(action_id="act-2", kind="note", reason="called", made_at=minutes(5), actor="chen")
    panel = done_panel(view, "A-1", [deed(), later], minutes(9))
    rows = with_class(panel, "deed")
    assert [text_of(with_class(row, "deed-who")) for row in rows] == ["chen", "li.wei"]
    assert text_of(with_class(rows[1], "deed-time")) == "12:01"
    assert text_of(with_class(rows[1], "deed-reason")) == "customer asked"
    assert len(with_class(rows[0], "deed-undo")) == 1 and len(with_class(rows[1], "deed-undo")) == 0
    assert "Cannot be undone any more" in text_of(rows[1])
    (audit,) = with_class(panel, "deed-audit")
    assert audit.href == "/audit?subject=order:A-1" or "order%3AA-1" in audit.href


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"undoable": False, "undone_by": "act-2"}, "It was undone."),
        ({"undoable": False, "being_undone_by": "act-2"}, "It is being undone."),
        ({"undoable": False, "kind": "cancel_order"}, "Cannot be undone."),
    ],
)
def test_where_there_is_no_way_back_it_is_said_why(view, changes, said):
    """Instead of the button."""
    panel = done_panel(view, "A-1", [deed(**changes)], minutes(9))
    assert not with_class(panel, "deed-undo") and text_of(with_class(panel, "deed-note")) == said


def test_what_was_undone_says_by_whom(view):
    """And neither it nor the undo can be undone again."""
    undo = deed(action_id="act-2", undoes="act-1", undoable=False, actor="chen", made_at=minutes(5))
    panel = done_panel(view, "A-1", [deed(undoable=False), undo], minutes(9))
    assert text_of(with_class(panel, "deed-note")) == "Undone by chen, 12:05"
    assert not with_class(panel, "deed-undo")


def test_what_an_undo_left_has_its_button_still(view):
    """The undo of a batch left this order out: it can be tried again."""
    left_out = deed(part(outcome=Outcome.REFUSED), action_id="act-2", undoes="act-1", undoable=False)
    (button,) = with_class(done_panel(view, "A-1", [deed(), left_out], minutes(9)), "deed-undo")
    assert getattr(button, "data-undo") == "act-1"


def test_who_was_refused_is_told_why(view):
    """The second of two who act on one order reads what came of it."""
    refused = deed(part(outcome=Outcome.FAILED), status=ActionStatus.FAILED)
    panel = done_panel(view, "A-1", [refused], minutes(9))
    assert text_of(with_class(panel, "deed-state")) == "failed; nothing was changed"
    assert not with_class(panel, "deed-undo")


def test_an_untouched_order_says_what_would_stand_there(view):
    """An empty state in words, and no link to an audit that has nothing."""
    panel = done_panel(view, "A-1", [], NOON)
    assert "Nobody has done anything" in text_of(panel) and not with_class(panel, "deed-audit")


def test_marks_are_said_in_quiet_words():
    """That it is on hold first, with who and since when; a note is none of them."""
    marks = [
        mark("note", text="x"),
        mark("assignee", to="logistics", by="chen"),
        mark("hold"),
        mark("ticket", state="closed"),
    ]
    said = [mark_words(context(), one, minutes(9)) for one in shown_marks(marks)]
    assert said == ["On hold by li.wei since 12:00", "Assigned to Logistics"]
    assert mark_words(context("zh"), mark("hold"), minutes(9)) == "li.wei 于 12:00 挂起"


def test_only_what_differs_is_a_difference():
    """What came, what went and what is another; which visit of the node it is does not matter."""
    before = {"node": "pick", "visit": 1, "ticket:1": {"title": "t"}, "hold": {"by": "x"}}
    after = {"node": "pack", "visit": 2, "ticket:1": {"title": "t"}, "note:1": {"text": "n"}}
    steps = [("node", "pick", "pack"), ("hold", {"by": "x"}, None), ("note:1", None, {"text": "n"})]
    assert differences(before, after) == steps


def test_long_lists_name_the_first(view):
    """Five, and how many more."""
    assert listed(view, [f"A-{n}" for n in range(8)]) == "A-0, A-1, A-2, A-3, A-4 and 3 more"


def test_who_was_first_is_named(view):
    """A refusal of something that another did before says who that was, and when."""
    first = {"who": "li.wei", "when": NOON.isoformat()}
    told = text_of(preview_words(view, foreseen(refused=(refusing("A-2", "held", **first),))))
    assert "li.wei was first" in told


def test_stock_is_told_in_pieces(view):
    """What is held and what is free, from what to what."""
    was = {"stock:S-1": {"state": "locked", "quantity": 2, "available": 5}}
    becomes = {"stock:S-1": {"state": "released", "quantity": 2, "available": 7}}
    told = preview_words(view, foreseen(changed("A-1", was, becomes), kind="release_stock"))
    assert text_of(with_class(told, "change-becomes")) == "released: 2 held, 7 available"


def test_what_gets_its_number_later_has_none_in_a_preview(view):
    """Pick lists, notes and tickets are alike for all: they are told once."""
    each = [changed(f"A-{n}", {}, {"pick_list": {"number": f"PL-{n}", "by": "x"}}) for n in range(3)]
    told = preview_words(view, foreseen(*each, kind="retry_dispatch"))
    assert text_of(with_class(told, "change-becomes")) == "a new one"
    notes = [changed(f"A-{n}", {}, {f"note:{n}": {"text": "call", "by": "x"}}) for n in range(3)]
    assert text_of(with_class(preview_words(view, foreseen(*notes)), "change-becomes")) == "call"


def test_what_a_source_told_since_bars_the_way_back(view):
    """The order was changed since: said before anybody tries."""
    panel = done_panel(view, "A-1", [deed()], minutes(9), heard=minutes(5))
    assert not with_class(panel, "deed-undo") and "has been changed since" in text_of(with_class(panel, "deed-note"))
    assert with_class(done_panel(view, "A-1", [deed()], minutes(9), heard=NOON), "deed-undo")
