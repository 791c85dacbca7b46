"""The frame: what every page has for the keyboard, for paper and for the time zone."""

import pytest

from layouts.lifeline_page import LifelineView, lifeline_page
from layouts.node_page import node_page
from layouts.shell import NAVIGATION
from layouts.shortcuts import ANYWHERE, GO
from tests.builders import NOON
from tests.looks import components, context, node_snapshot, node_view, snapshot, text_of, with_class


def built(**changes):
    """The lifeline page."""
    return lifeline_page(LifelineView(snapshot(node_snapshot())), context(**changes))


def marked(page) -> dict[str, str]:
    """The parts that keys act on: the keys, and where they lead."""
    found = {}
    for part in components(page):
        keys = getattr(part, "data-shortcut", None)
        if keys:
            found[keys] = next((inner.href for inner in components(part) if hasattr(inner, "href")), "")
    return found


def test_keys_lead_where_the_links_lead():
    """Each page of the navigation that has a letter; the theme; the language; the zone's switch is a button."""
    keys = marked(built())
    assert keys["g l"] == "/" and keys["g s"] == "/sources"
    assert (keys["t"], keys["L"], keys["z"]) == ("/?theme=dark", "/?lang=zh", "")
    assert {f"g {GO[path]}" for path, _ in NAVIGATION if path in GO} <= set(keys)


def test_the_node_page_has_its_neighbours_on_keys():
    """Before and after; the first has none before it."""
    view = node_view(snapshot(node_snapshot("pickup"), node_snapshot("place")))
    keys = marked(node_page(view, context()))
    assert (keys["k"], keys["j"]) == ("/node/dispatch", "/node/transit")
    first = node_view(view.snapshot, "place")
    assert "k" not in marked(node_page(first, context()))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_panel_lists_every_key_once(lang):
    """Those for pages first, then those that work anywhere; none twice."""
    rows = with_class(built(lang=lang), "key-row")
    keys = [" ".join(text_of(cap) for cap in components(row) if type(cap).__name__ == "Kbd") for row in rows]
    assert keys[:2] == ["g l", "g s"] or keys[0] == "g l"
    assert keys[-len(ANYWHERE) :] == [" ".join(shown.split()) for shown, _ in ANYWHERE]
    assert len(set(keys)) == len(keys)


def test_the_zone_is_said_once_and_travels_in_links():
    """Noon in Shanghai is four in the morning in UTC; every link keeps the zone, one drops it."""
    page = built(zone="UTC", path="/")
    assert [text_of(part) for part in with_class(page, "zone-name")] == ["Times in UTC"]
    assert "as of 04:00:00" in text_of(with_class(page, "as-of")[0])
    assert with_class(page, "chain-link")[0].href == "/node/pickup?tz=UTC"
    assert marked(page)["z"] == "/"
    assert context(zone="Asia/Tokyo").formats.clock(NOON) == "13:00"
