"""Every page in each language, part by part: no reader finds a word of the other language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from dash.development.base_component import Component
from flask import Flask

from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.pages.address import Address
from callbacks.pages.router import PAGES, ROUTES, Pages
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.replay import Jump, Replay
from dashboard.settings import Settings
from datasource.demo.progress import DemoProgress
from datasource.store import Store
from layouts.replay_bar import replay_bar
from layouts.shell import search_results
from tests.builders import NOON
from tests.integration.conftest import NOW
from tests.looks import context
from tests.unit.test_untranslated import HAN

SHOWN = {
    "children",
    "title",
    "placeholder",
    "alt",
    "label",
    "aria-label",
    "aria-valuetext",
    "aria-description",
    "content",
}
INSIDE = {"figure", "columnDefs", "dashGridOptions", "defaultColDef", "localeText", "overlayNoRowsTemplate"}
TEXTS = {"text", "name", "title", "headerName", "ticktext", "ticksuffix", "tooltip", "headerTooltip", "hovertext"}
LATIN = re.compile(r"[A-Za-z]{2,}")

DATA = re.compile(
    r"Asia/Shanghai|Europe/Berlin|\b[A-Z]{2,}-\d+\b|\bnowhere\b|\bnone\b|\bsoon\b|\bnobody\b|/[a-z]\w*(?:/\w+)*"
    r"|“[^”]*”|=HYPERLINK\(1\)|\bp(?:50|95)\b"
)
"""What the shop's orders, the addresses and the machines are called, in any language."""

NAMES = frozenset(["CSV", "ERP", "Esc", "POST", "UTC", "WMS"])

ADDRESSES = (
    *(f"/{name}" for name in PAGES),
    "/?slice=channel=douyin",
    "/?slice=channel=nobody",
    "/?window=7d&tz=Europe/Berlin",
    "/?window=soon",
    "/?slice=colour=red",
    f"/?at={(NOW - timedelta(hours=1)).isoformat().replace('+00:00', 'Z')}",
    "/node/review",
    "/node/pickup",
    "/node/review?slice=channel=nobody",
    "/node/nowhere",
    "/order/A",
    "/order/B",
    "/order/nowhere",
    "/nowhere",
)


def words(part: object) -> Iterator[str]:
    """All that a built page says, to the eye and to the ear; the switch speaks the other language, and says so."""
    if isinstance(part, (list, tuple)):
        for item in part:
            yield from words(item)
    if not isinstance(part, Component):
        return
    for name, value in part.to_plotly_json()["props"].items():
        if name in SHOWN:
            yield from plain(value)
        elif name in INSIDE:
            yield from inside(value)
    below = getattr(part, "children", None)
    for item in below if isinstance(below, (list, tuple)) else [below]:
        if getattr(item, "lang", None) is None:
            yield from words(item)


def plain(value: object) -> Iterator[str]:
    """The texts among the children of one part; parts among them are walked by themselves."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, Component):
                yield from plain(item)


def inside(value: object, name: str = "") -> Iterator[str]:
    """The texts of a figure or of the grid's settings."""
    if hasattr(value, "to_plotly_json"):
        value = value.to_plotly_json()
    if isinstance(value, dict):
        for key, item in value.items():
            yield from inside(item, key)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from inside(item, name)
    elif isinstance(value, str) and name in TEXTS | INSIDE:
        yield re.sub(r"<[^>]*>|%\{[^}]*\}", " ", value)


def foreign(page: object, lang: str) -> list[str]:
    """What a page says in the other language."""
    if lang == "en":
        return [text for text in words(page) if HAN.search(text)]
    return [text for text in words(page) if set(LATIN.findall(DATA.sub(" ", text))) - NAMES]


def pages_of(store: Store, clock: FixedClock, demo: DemoProgress | None = None) -> Pages:
    """The pages over a store."""
    services = Services(store, clock, Settings(), Metrics.fresh(), demo=demo)
    return Pages(services, Reads(services, cache_for(Flask("words"), None)), Acting(services))


def found_in(pages: Pages, lang: str, addresses=ADDRESSES) -> dict[str, list[str]]:
    """What is foreign on each of these pages."""
    found = {path: foreign(pages.first_view(Address.parse(path, lang, "light")), lang) for path in addresses}
    return {path: said for path, said in found.items() if said}


def test_every_kind_of_page_is_walked():
    """A new one belongs into the list above."""
    walked = {path.strip("/").partition("/")[0] for path in ADDRESSES if path.strip("/").partition("/")[2]}
    assert set(ROUTES) <= walked


def test_an_english_page_would_be_found_out(shop: Store, clock: FixedClock):
    """The walk hears headings, spoken labels, figures and the heads of the grid."""
    page = pages_of(shop, clock).first_view(Address.parse("/node/review", "en", "light"))
    found = foreign(page, "zh")
    for said in (
        "Time at this node",
        "allowance 2",
        "Overdue by",
        "Find an order by its id or outer id",
    ):
        assert any(said in text for text in found), said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_over_orders(shop: Store, clock: FixedClock, lang: str):
    """Those that there are, with and without filters, and those that there are not."""
    assert found_in(pages_of(shop, clock), lang) == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_over_nothing(store: Store, clock: FixedClock, lang: str):
    """Before the first order; while the demo makes its own; days after the last word of any source."""
    assert found_in(pages_of(store, clock), lang) == {}
    assert found_in(pages_of(store, clock, DemoProgress(fraction=0.4, text_key="demo_backfilling")), lang, ["/"]) == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_over_old_orders_and_over_a_store_that_is_away(shop: Store, lang: str):
    """Stale banners, silent sources, and what is said when nothing can be read."""
    assert found_in(pages_of(shop, FixedClock(NOW + timedelta(days=2))), lang) == {}
    away = Store.open("postgresql://nobody@127.0.0.1:1/none")
    assert found_in(pages_of(away, FixedClock(NOW)), lang, ["/"]) == {}
    away.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_bar_of_a_replay_and_the_search(lang: str):
    """In every state; with hits, and without."""
    stands = Replay(NOON, NOON - timedelta(days=2), NOON + timedelta(days=2), 60, playing=True, activity=(1, 2))
    changes = ({}, {"playing": False}, {"jump": Jump(NOON)}, {"at": stands.last}, {"troubled": True})
    for change in changes:
        shown = context(lang=lang, replay=replace(stands, **change))
        assert foreign(replay_bar(shown), lang) == []
    for hits in ([], [("DB-001", "TB-1"), ("DB-002", None)]):
        assert foreign(search_results(context(lang=lang), "DB-00", hits), lang) == []
