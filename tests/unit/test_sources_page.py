"""The sources page: a row for each system, with when it was heard, what is usual and what it feeds."""

from datetime import timedelta

import pytest

from dashboard.sources import Source, Usual
from layouts.freshness import Freshness
from layouts.live import live_props
from layouts.sources_page import sources_page
from tests.builders import NOON
from tests.looks import context, text_of, with_class

WMS = Source("wms", NOON, NOON - timedelta(minutes=14), Usual(90.0, 212.0), ("pick", "pack"), 180)
ERP = Source("erp", NOON, NOON - timedelta(seconds=3), Usual(60.0, 90.0), ("review",), 95)
STRANGER = Source("nope", NOON, NOON - timedelta(minutes=14), Usual(90.0, 212.0), (), 1)
NEVER = Source("carrier", NOON, None, None, (), 0)


def page(*sources: Source, lang: str = "en"):
    """The page of these sources."""
    return sources_page(context(lang, path="/sources", sources=sources), Freshness(NOON, 3.0))


def words(built) -> str:
    """All words, with plain spaces."""
    return text_of(built).replace("\N{NO-BREAK SPACE}", " ")


def test_each_source_has_a_row():
    """The quiet WMS: 14 minutes ago, at 11:46 in Shanghai; its usual pause, its events, its nodes as links."""
    built = page(WMS, ERP)
    row = words(with_class(built, "is-amber")[0])
    expected = ("WMS", "quiet", "14 min ago", "11:46", "2 min", "silent after 15 min", "180", "usual 212", "Picked")
    assert [word for word in expected if word not in row] == []
    links = [link.href for link in with_class(built, "source-nodes")[0]._traverse() if hasattr(link, "href")]
    assert links == ["/node/pick", "/node/pack"]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ((ERP,), "Every source speaks as usual"),
        ((ERP, NEVER), "Every source speaks as usual"),
        ((ERP, STRANGER), "Every source that feeds a node speaks as usual"),
        ((WMS, ERP), "WMS was last heard 14 min ago"),
    ],
)
def test_the_finding(sources, said):
    """One sentence: all well, or the worst."""
    assert words(with_class(page(*sources), "finding")[0]) == said


def test_before_the_first_word_the_page_says_how_to_get_one():
    """Import, or send events."""
    empty = page(NEVER)
    assert "lifeline import" in words(with_class(empty, "state-empty")[0])


def test_a_source_that_was_never_heard_is_a_dash():
    """Beside one that was."""
    row = words(with_class(page(ERP, NEVER), "is-grey")[0])
    assert "never heard" in row and "–" in row and "no node yet" in row


def test_a_tick_changes_cells_only():
    """The same parts whatever the sources say, so that nothing flickers."""
    later = Source("wms", NOON, NOON - timedelta(minutes=16), Usual(90.0, 212.0), ("pick", "pack"), 170)
    assert live_props(page(WMS, ERP)).keys() == live_props(page(later, ERP)).keys()


def test_it_is_said_in_chinese():
    """Words from the catalogue, names from the lifeline."""
    shown = words(page(WMS, ERP, lang="zh"))
    assert "WMS 上次消息在 14 分钟前" in shown and "拣货" in shown and "超过 15 分钟 视为中断" in shown
