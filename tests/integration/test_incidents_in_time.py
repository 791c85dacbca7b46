"""One day of a shop of the real size on which everything befalls it: each incident shows as it must, and where.

``make soak`` does the same for each incident alone, with several seeds.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.snapshot import NodeSnapshot, Status
from datasource.demo.parameters import demo_parameters
from datasource.demo.shop import Opening
from datasource.store import Store
from tests.conftest import copy_of
from tests.incident_shop import FED_BY_WMS, SIGNS, IncidentShop, Look

OPENING = Opening(7, datetime(2026, 3, 4, 4, tzinfo=UTC), 1.5)
HOUR = timedelta(hours=1)
SILENT = "source-silent"


@pytest.fixture(scope="module")
def shop(server_url: str, template: str) -> Iterator[IncidentShop]:
    """The shop with a past of a day and a half, at noon of a working day."""
    with copy_of(server_url, template) as url:
        store = Store.open(url)
        yield IncidentShop(store, OPENING)
        store.close()


@pytest.fixture(scope="module")
def looks(shop: IncidentShop) -> dict[str, Look]:
    """What is seen of each kind, at the hour after its beginning that its sign names.

    Two of them go first, because they would hide behind others at their nodes; the silence comes last.
    """
    seen: dict[str, Look] = {}
    for kind in ("wms-push-lost", "stamps-off"):
        shop.start(kind)
    shop.live(2 * HOUR)
    for kind in ("wms-push-lost", "stamps-off"):
        seen[kind] = shop.look(SIGNS[kind].node)
        shop.stop(kind)
    together = ("printer-offline", "duplicate-batch", "refund-bypass", "signed-early")
    for kind in (*together, "empty-outer-id"):
        shop.start(kind)
    shop.live(HOUR / 2)
    shop.start("review-understaffed")
    shop.live(HOUR / 2)
    seen["empty-outer-id"] = shop.look("place")
    shop.live(HOUR)
    seen |= {kind: shop.look(SIGNS[kind].node) for kind in together}
    shop.live(1.5 * HOUR)
    shop.start(SILENT)
    shop.live(HOUR / 2)
    seen["review-understaffed"] = shop.look("review")
    return seen


@pytest.fixture(scope="module")
def silenced(shop: IncidentShop, looks: dict[str, Look]) -> dict[str, NodeSnapshot]:
    """The nodes half an hour after the WMS fell silent."""
    del looks
    return {node.key: node for node in shop.snapshot().nodes}


def test_every_shipped_kind_has_its_sign() -> None:
    """No kind is left out below."""
    assert {*SIGNS, SILENT} == {plan.key for plan in demo_parameters().incidents}


@pytest.mark.parametrize("kind", SIGNS)
def test_incident_shows_at_its_node(looks: dict[str, Look], kind: str) -> None:
    """The right node has the right colour, the right exception leads, and the right explanation is the first."""
    assert SIGNS[kind].faults(looks[kind]) == []


def test_silent_source_greys_its_nodes_and_is_named(silenced: dict[str, NodeSnapshot]) -> None:
    """Half an hour after the WMS fell silent, what it feeds is grey and says so; all else goes on."""
    grey = {key: node.silence.source for key, node in silenced.items() if node.reason.rule == "stale" and node.silence}
    empty_behind = {key for key in grey if key not in FED_BY_WMS and not silenced[key].in_progress}
    assert grey == dict.fromkeys(FED_BY_WMS | empty_behind, "wms") and empty_behind <= {"allocate"}
    assert all(silenced[key].status is Status.GREY for key in FED_BY_WMS)
