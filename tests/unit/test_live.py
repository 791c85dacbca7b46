"""The live parts of a page: found, plain, and compared."""

import json

import pytest
from dash import dcc, html

from layouts import ids
from layouts.ids import live
from layouts.lifeline_page import LifelineView, lifeline_page
from layouts.live import live_changes, live_props
from tests.looks import context, node_snapshot, red_node, snapshot


def test_ids_avoid_what_dash_forbids() -> None:
    """Neither a full stop nor a brace may stand in an id."""
    assert live("row", "a.b{c") == "live:row:a_b_c"
    assert ids.is_live(live("row"))
    assert not ids.is_live(ids.SEARCH)
    assert not ids.is_live({"type": "row"})


def test_a_leaf_comes_with_its_children() -> None:
    """A live part without live parts inside has its children as component JSON."""
    found = live_props(html.Div(html.P([html.B("x"), 2], id=live("p"), className="a")))
    bold = {"props": {"children": "x"}, "type": "B", "namespace": "dash_html_components"}
    assert found == {"live:p": {"children": [bold, 2], "className": "a"}}


def test_a_part_with_live_parts_comes_without() -> None:
    """The inner part is an entry of its own, so the outer one does not repeat it."""
    found = live_props(html.Div([html.P(html.B("x", id=live("b")), id=live("p"), title="t")]))
    assert found == {"live:p": {"title": "t"}, "live:b": {"children": "x"}}


def test_parts_inside_a_link_are_found() -> None:
    """Any component with children is walked."""
    assert "live:x" in live_props(html.Div(dcc.Link(html.Span("1", id=live("x")), href="/")))


def test_one_id_twice_is_an_error() -> None:
    """Two parts of one id could not be told apart."""
    with pytest.raises(ValueError, match="live:x"):
        live_props(html.Div([html.P(id=live("x")), html.P(id=live("x"))]))


def test_changes_are_only_what_differs() -> None:
    """Equal props are left out, new ones are there, gone ones become null."""
    before = {"a": {"children": "1", "title": "t"}, "b": {"children": "2"}}
    after = {"a": {"children": "1.5"}, "b": {"children": "2"}, "c": {"children": "3"}}
    assert live_changes(before, after) == {"a": {"title": None, "children": "1.5"}, "c": {"children": "3"}}


def test_the_page_is_deterministic_json() -> None:
    """Two builds of one view are equal byte for byte, so that a tick without news sends nothing."""
    view = LifelineView(snapshot(node_snapshot("pick"), red_node()), {"pick": (1, 2, 3)}, {"channel": ["douyin"]})
    first, second = (json.dumps(live_props(lifeline_page(view, context()))) for _ in range(2))
    assert first == second


def test_pickers_and_search_are_not_live() -> None:
    """What a person types or opens is never overwritten by a tick."""
    found = live_props(
        lifeline_page(LifelineView(snapshot(node_snapshot("pick")), {}, {"channel": ["douyin"]}), context())
    )
    assert not {ids.SEARCH, ids.SLICE_PICKER, ids.WINDOW_PICKER} & found.keys()
