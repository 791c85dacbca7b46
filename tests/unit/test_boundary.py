"""The boundary around panels: one that fails says so in its place, all others stay, and the log hears of it once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from callbacks.pages.failures import Failures
from dashboard.clock import FixedClock
from dashboard.order_detail import OrderDetail
from dashboard.slices import Slice
from dashboard.visits import OrderState
from datasource.errors import StoreUnavailable
from layouts import (
    lifeline_page as lifeline_module,
)
from layouts import (
    node_page as node_module,
)
from layouts import (
    order_page as order_module,
)
from layouts import (
    sources_page as sources_module,
)
from layouts.freshness import Freshness
from layouts.lifeline_page import LifelineView, lifeline_page
from layouts.node_page import node_page
from layouts.order_page import OrderView, order_page
from layouts.sources_page import sources_page
from tests.builders import NOON
from tests.looks import context, empty_node, node_snapshot, node_view, red_node, snapshot, text_of, with_class
from tests.unit.test_sources_page import ERP


class Told:
    """Takes reports; answers that the store is to blame for what it raised."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def __call__(self, name: str, error: Exception) -> str:
        """One report."""
        self.heard.append((name, type(error).__name__))
        return "store" if isinstance(error, StoreUnavailable) else "broken"


def pages(view):
    """Every page that has panels, by its name."""
    detail = OrderDetail("A", OrderState(), (), ())
    nodes = snapshot(red_node("pickup"), node_snapshot("pick"))
    return {
        "lifeline": lambda: lifeline_page(LifelineView(nodes), view),
        "node": lambda: node_page(node_view(nodes), view),
        "order": lambda: order_page(OrderView(detail, NOON), view),
        "sources": lambda: sources_page(replace(view, sources=(ERP,)), Freshness(NOON, 1.0)),
    }


PANELS = [
    ("lifeline", lifeline_module, "chain", "chain", "table-panel"),
    ("lifeline", lifeline_module, "node_table", "node_table", "chain-panel"),
    ("node", node_module, "dwell_panel", "dwell", "orders"),
    ("node", node_module, "flow_panel", "flow", "orders"),
    ("node", node_module, "orders_panel", "orders", "chart-panel"),
    ("node", node_module, "_headline", "node_headline", "orders"),
    ("order", order_module, "order_timeline", "order_way", "voice-trio"),
    ("order", order_module, "systems_panel", "systems", "events"),
    ("order", order_module, "events_panel", "events", "voices"),
    ("sources", sources_module, "_table", "sources", "sidebar"),
]


@pytest.mark.parametrize(("page", "module", "drawing", "name", "stays"), PANELS)
def test_a_panel_that_cannot_be_drawn_takes_nothing_else_with_it(
    monkeypatch: pytest.MonkeyPatch, page, module, drawing, name, stays
):
    """It says so in its place; its neighbours are there."""

    def broken(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(module, drawing, broken)
    told = Told()
    built = pages(context(report=told))[page]()
    failed = with_class(built, "panel-failed")
    assert [text_of(one).startswith("This panel could not be shown") for one in failed] == [True]
    assert "logged" in text_of(failed[0]) and failed[0].role == "alert"
    assert with_class(built, stays)
    assert told.heard == [(name, "ZeroDivisionError")]


def test_a_read_that_fails_is_its_panels_failure():
    """The store did not answer one question: the chart says so, and the other stands beside it."""

    def unread():
        raise StoreUnavailable("away")

    told = Told()
    view = node_view(snapshot(red_node("pickup")), flow=unread)
    built = node_page(view, context(report=told))
    assert "The store did not answer its question" in text_of(with_class(built, "panel-failed")[0])
    assert len(with_class(built, "chart-panel")) == 2
    sparkless = lifeline_page(LifelineView(snapshot(red_node("pickup")), unread), context(report=told))
    assert with_class(sparkless, "chain-panel") and with_class(sparkless, "panel-failed")
    assert told.heard == [("flow", "StoreUnavailable"), ("node_table", "StoreUnavailable")]


def test_where_nobody_takes_reports_the_error_is_seen():
    """A test, or the command line, must not pass over it."""
    with pytest.raises(ZeroDivisionError):
        lifeline_page(LifelineView(snapshot(red_node("pickup")), lambda: 1 // 0), context())


def test_the_log_hears_of_a_failure_once_and_not_at_each_tick():
    """Again after ten minutes; another panel's or another kind at once; the store's without its trace."""
    clock = FixedClock(NOON)
    failures = Failures(clock)
    with capture_logs() as heard:
        kinds = [failures.report("node", "flow", ZeroDivisionError()) for _ in range(50)]
        kinds.append(failures.report("node", "dwell", StoreUnavailable("away")))
        clock.instant = NOON + timedelta(minutes=10)
        failures.report("node", "flow", ZeroDivisionError())
    assert set(kinds) == {"broken", "store"}
    assert [(one["panel"], one["error"]) for one in heard] == [
        ("flow", "ZeroDivisionError"),
        ("dwell", "StoreUnavailable"),
        ("flow", "ZeroDivisionError"),
    ]
    assert [bool(one["exc_info"]) for one in heard] == [True, False, True]


def test_an_empty_shop_says_so_on_the_node_page_too():
    """How to fill it; with a filter, how to be rid of that."""
    nothing = node_view(snapshot(empty_node("pickup")))
    assert "lifeline import" in text_of(with_class(node_page(nothing, context()), "state-empty")[0])
    sliced = node_page(nothing, context(path="/node/pickup", slice=Slice.parse("channel=jd")))
    assert with_class(with_class(sliced, "state-no-match")[0], "button-primary")[0].href == "/node/pickup"


def test_a_value_that_no_order_ever_had_is_told_with_the_known_ones():
    """Instead of a plain "nothing matches"; neither a known value nor one of a visit is called unknown."""
    values = {"channel": ["douyin", "tmall"], "warehouse": [f"W{n}" for n in range(10)]}

    def said(text: str) -> str:
        view = LifelineView(snapshot(empty_node("pickup")), slice_values=values)
        return text_of(with_class(lifeline_page(view, context(slice=Slice.parse(text))), "state-text")[0])

    assert said("channel=xyz") == "No order ever had Channel “xyz”. Known are Douyin, Tmall."
    assert said("warehouse=xyz").endswith("Known are W0, W1, W2, W3, W4, W5, W6, W7 and 2 more.")
    assert said("carrier=zto") == "No order ever had Carrier “zto”, or any other."
    assert "in this window" in said("channel=tmall")
    assert "in this window" in said("exception=no_scan")
