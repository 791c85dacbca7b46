"""The chain: its measures, its words, its live parts."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.snapshot import Reason, Status
from layouts.chain import chain, spoken
from layouts.chain_shape import (
    SAMPLES,
    THINNEST,
    band_polygon,
    flow,
    overdue_share,
    queue_scale,
    queue_share,
    thicknesses,
)
from layouts.live import live_props
from tests.looks import context, empty_node, grey_node, node_snapshot, red_node, text_of, with_class

FLOWS = st.lists(st.floats(0, 1e6), min_size=1, max_size=25)


def test_flow_is_per_hour() -> None:
    """60 orders left in 4 hours are 15 an hour."""
    assert flow(node_snapshot(left=60, window_used_seconds=14_400)) == 15.0


def test_band_is_as_thick_as_the_flow() -> None:
    """At each node the band has the node's share of the greatest flow; half-way it is half-way."""
    heights = thicknesses([100.0, 50.0, 100.0])
    assert [heights[0], heights[SAMPLES], heights[-1]] == [1.0, 0.5, 1.0]
    assert heights[SAMPLES // 2] == pytest.approx(0.75)


def test_a_stop_leaves_a_line() -> None:
    """No flow at all is drawn as a thin line, not as nothing."""
    assert thicknesses([100.0, 0.0])[-1] == THINNEST
    assert set(thicknesses([0.0, 0.0, 0.0])) == {THINNEST}


@given(FLOWS)
def test_band_polygon_always_fits(flows: list[float]) -> None:
    """Whatever the flows: a point above and below at each sample, as many for the same nodes, all within the box."""
    points = re.findall(r"([\d.e+-]+)% ([\d.e+-]+)%", band_polygon(flows))
    assert len(points) == 2 * (SAMPLES * max(1, len(flows) - 1) + 1)
    assert all(-0.01 <= float(number) <= 100.01 for point in points for number in point)


def test_queue_heights() -> None:
    """A quarter of the longest queue hangs half as tall; none hangs not at all."""
    assert queue_share(400, 400) == 1.0
    assert queue_share(100, 400) == 0.5
    assert queue_share(0, 400) == 0.0


def test_queue_scale_is_round_and_bounded() -> None:
    """The scale is rounded up (462 to 500), is never under 20, and one huge queue does not flatten the others."""
    assert queue_scale([12, 300, 462]) == 500
    assert queue_scale([3, 1]) == 20
    assert queue_scale([]) == 20
    assert queue_scale([90, 100, 110, 500_000]) == 1500  # ten times the middle one, 105, rounded up
    assert queue_share(500_000, 1500) == 1.0


def test_overdue_part() -> None:
    """214 of 462 overdue fill 46.4 % of the column; a single one is still seen; none is none."""
    assert overdue_share(red_node()) == 0.464
    assert overdue_share(node_snapshot(in_progress=100_000, overdue=1)) == 0.001
    assert overdue_share(node_snapshot()) == 0.0


def test_only_trouble_has_a_word() -> None:
    """The word stands where a node is not normal, and nowhere else."""
    built = chain(context(), [node_snapshot("pick"), red_node("pickup"), grey_node("sign")])
    assert [text_of(word) for word in with_class(built, "chain-word")] == ["", "congested", "too few"]


def test_the_word_says_the_figure_of_the_rule_that_fired() -> None:
    """Late by rate or by newly overdue: that figure in words, and an index that is neither large nor coloured."""
    rate = red_node("pick", reason=Reason("rate"), timeout_rate=0.241, congestion_index=1.0)
    overdue = red_node("pack", reason=Reason("overdue"), newly_overdue=38, congestion_index=1.0)
    built = chain(context(), [rate, overdue, red_node("pickup")])
    said = [text_of(word).replace("\N{THIN SPACE}", " ") for word in with_class(built, "chain-word")]
    assert said == ["24 % late", "38 newly late", "congested"]
    assert [text_of(index) for index in with_class(built, "is-hot")] == ["×3.1"]
    assert "congested" in spoken(context(), rate, context().lifeline.node("pick"))


def test_status_shows_in_disc_and_column() -> None:
    """Disc and column carry the status, so that shape tells it without colour."""
    built = chain(context(), [replace(red_node("pick"), status=Status.DEEP_RED), grey_node("sign")])
    assert len(with_class(built, "is-deep-red")) == len(with_class(built, "disc-deep-red")) == 1
    assert len(with_class(built, "disc-grey")) == 1


def test_each_node_is_a_link_that_keeps_the_filters() -> None:
    """A click on a node opens its page with the same slice."""
    built = chain(context(window=None), [node_snapshot("pick"), node_snapshot("pickup")])
    assert [link.href for link in with_class(built, "chain-link")] == ["/node/pick", "/node/pickup"]


def test_spoken_label_says_it_all() -> None:
    """The spoken label is a sentence with name, status, index, queue and reason."""
    view = context()
    words = spoken(view, red_node(), view.lifeline.node("pickup")).replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "Carrier pickup, congested, ×3.1 of the usual time. 462 in progress, 214 overdue. "
        "Orders take 3.1 times the usual 1 h 12 min."
    )


def test_a_change_of_figures_changes_live_parts_only() -> None:
    """A node that turns red changes props of parts that are already there: nothing is added or removed."""
    calm = live_props(chain(context(), [node_snapshot("pick"), node_snapshot("pickup")]))
    red = live_props(chain(context(), [node_snapshot("pick"), red_node("pickup")]))
    assert calm.keys() == red.keys()
    changed = {part for part in calm if calm[part] != red[part]}
    assert {"live:chain-band", "live:chain-index:pickup", "live:chain-node:pickup"} <= changed
    assert not any(part.endswith(":pick") for part in changed - {"live:chain-queue:pick"})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_at_all(lang: str) -> None:
    """A chain of empty nodes is drawn, grey, without a number that nobody knows."""
    view = context(lang)
    built = chain(view, [empty_node(node.key) for node in view.lifeline])
    assert {text_of(index) for index in with_class(built, "chain-index")} == {"–"}


def test_unknown_nodes_are_left_out() -> None:
    """A snapshot of an older lifeline may hold nodes that are gone."""
    assert len(with_class(chain(context(), [node_snapshot("gone"), node_snapshot("pick")]), "chain-link")) == 1


def test_long_names_get_a_third_line() -> None:
    """More than 22 letters, or half as many Chinese ones, need three lines."""
    assert with_class(chain(context(), [node_snapshot("pick")]), "has-long-names") == []
