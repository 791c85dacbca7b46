"""SKUs and outlets on the pages: who sees them, who is offered to stop them, and who is refused."""

import json
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from dashboard.permissions import Caller, CallerKind, Role
from datasource.store import Store
from layouts import ids
from tests.builders import NOON
from tests.integration.test_acting_dialog import CALLBACK, Person, words
from tests.serving import serving

VIEWER = Caller("vi", CallerKind.VISITOR, Role.VIEWER)
WAREHOUSE = Caller("wu", CallerKind.VISITOR, Role.OPERATOR, "warehouse")


@pytest.fixture
def shop(shop: Store) -> Store:
    """The small shop; its order A holds two nut boxes and goes by ZTO to Hangzhou, where there is one outlet."""
    with shop.begin() as connection:
        connection.execute(
            text("INSERT INTO sku (sku, name, available, at) VALUES ('NUT', '{\"en\": \"Nut box\"}', 7, :at)"),
            {"at": NOON},
        )
        connection.execute(
            text("INSERT INTO outlet (outlet, carrier, region, at) VALUES ('zto-hz', 'zto', '330100', :at)"),
            {"at": NOON},
        )
        connection.execute(text("INSERT INTO stock_hold VALUES ('A', 'NUT', 2, 'locked', :at)"), {"at": NOON})
        where = '{"carrier": "zto", "region": "330100"}'
        moved = text("UPDATE orders SET dimensions = dimensions || CAST(:where AS jsonb) WHERE order_id = 'A'")
        connection.execute(moved, {"where": where})
    return shop


@pytest.fixture
def person(server: str) -> Iterator[Person]:
    """An operator of every team at the page of order A."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield Person(client, "/order/A")


def page(client: httpx.Client, path: str) -> str:
    """All of a page as the server sends it first."""
    answer = client.get("/_dash-layout", headers={"Referer": str(client.base_url).rstrip("/") + path})
    return json.dumps(answer.json(), ensure_ascii=False)


def finds(client: httpx.Client, box: str, typed: str) -> httpx.Response:
    """Type into a finder."""
    output = f"{box}-found.children"
    body = {
        "output": output,
        "outputs": {"id": f"{box}-found", "property": "children"},
        "inputs": [{"id": box, "property": "value", "value": typed}],
        "changedPropIds": [f"{box}.value"],
        "state": [{"id": "shown", "property": "data", "value": {"url": "/node/place", "lang": "en", "theme": "light"}}],
    }
    return client.post(CALLBACK, json=body)


def test_suspended_from_the_order_shown_at_the_node_and_resumed(person: Person, shop: Store):
    """The dialog speaks of a SKU by its name; both pages say who and why; the opposite is offered then."""
    assert '"data-act": "suspend_intake"' in page(person.client, "/order/A")
    ask = {"kind": "suspend_intake", "subjects": ["NUT"]}
    told = person.sends("open", ask=ask)
    assert "Nut box · NUT" in told and "1 SKU would change" in told and "no new order with this SKU" in told
    assert "Warehouse system: intake of a SKU suspended, 1 message" in told
    assert "Done: 1 of 1 SKUs changed" in person.applies("seals broken")
    for path in ("/order/A", "/node/place", "/node/pick"):
        shown = page(person.client, path)
        assert "Intake suspended since 16:00 by visitor" in shown and "seals broken" in shown
        assert '"data-act": "resume_intake"' in shown and '"data-act": "suspend_intake"' not in shown
    assert "Frozen outlets" in page(person.client, "/node/pickup")
    assert "Suspended SKUs" not in page(person.client, "/node/review")
    person.sends("open", ask={"kind": "resume_intake", "subjects": ["NUT"]})
    person.applies("new seals")
    assert "Every SKU is taken in." in page(person.client, "/node/place")


def test_an_outlet_is_offered_where_the_explanation_leads(person: Person):
    """A click on carrier and city narrows the page to them: the outlet there can be frozen, and no other."""
    narrowed = page(person.client, "/node/pickup?slice=carrier=zto,region=330100")
    assert '"data-act": "freeze_outlet"' in narrowed and "zto-hz" in narrowed
    assert '"data-subject"' not in page(person.client, "/node/pickup?slice=carrier=zto")


def test_the_past_has_no_such_panel(person: Person):
    """What is stopped is told of now only."""
    assert "Suspended SKUs" not in page(person.client, "/node/place?at=2026-03-02T05:00:00Z")


def test_the_finder_looks_on_the_server(person: Person):
    """By a part of the name; what nothing matches is said."""
    told = finds(person.client, ids.FIND_SKU, "nut b").json()["response"][f"{ids.FIND_SKU}-found"]["children"]
    assert "Nut box" in words(told) and '"data-subject": "NUT"' in json.dumps(told)
    none = finds(person.client, ids.FIND_OUTLET, "nowhere" * 100).json()["response"]
    assert "No outlet has" in words(none[f"{ids.FIND_OUTLET}-found"]["children"])


def test_a_sku_that_is_not_there_is_refused_in_words(person: Person):
    """As an order would be."""
    told = person.sends("open", ask={"kind": "suspend_intake", "subjects": ["none-such"]})
    assert "No SKU would change" in told and "There is no such order, SKU or outlet" in told


def test_a_viewer_sees_how_all_stands_and_can_do_nothing(shop: Store, clock: FixedClock):
    """No button, no finder, and no answer to a command or to a finder's question."""
    with shop.begin() as connection:
        connection.execute(text("UPDATE sku SET intake = 'suspended'"))
    with (
        serving(shop, clock, keep=False, visitor=VIEWER) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        for path in ("/order/A", "/node/place"):
            shown = page(client, path)
            assert "Intake suspended" in shown and '"data-act"' not in shown
        assert ids.FIND_SKU not in page(client, "/node/place")
        ask = {"kind": "resume_intake", "subjects": ["NUT"]}
        assert Person(client).answer("open", ask=ask).status_code == 403
        assert finds(client, ids.FIND_SKU, "nut").status_code == 403


def test_an_operator_is_offered_what_the_team_may(shop: Store, clock: FixedClock):
    """The warehouse suspends SKUs; outlets are the logistics' matter, and asking for it by hand is refused."""
    with (
        serving(shop, clock, keep=False, visitor=WAREHOUSE) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        shown = page(client, "/order/A")
        assert "suspend_intake" in shown and "freeze_outlet" not in shown and "In service" in shown
        person = Person(client, "/order/A")
        assert "You may not do this." in person.sends("open", ask={"kind": "freeze_outlet", "subjects": ["zto-hz"]})
    with shop.read() as connection:
        assert connection.execute(text("SELECT frozen FROM outlet")).scalar_one() is False
