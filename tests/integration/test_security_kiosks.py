"""Displays on walls: one page, nothing to change, and off the moment that their link is revoked."""

import json
from time import monotonic

import httpx
import pytest
from websockets.sync.client import connect

from dashboard.permissions import Role
from datasource.kiosks import revoke_kiosk
from tests.people import BY, SETTINGS, add_display, add_somebody, code_of_end, sign_in
from tests.serving import serving

PAGE = "/wall?scenes=problems&slice=channel%3Ddouyin"


@pytest.fixture
def address(shop, clock):
    """A server where people sign in."""
    with serving(shop, clock, keep=False, visitor=None, settings=SETTINGS) as address:
        yield address


@pytest.fixture
def display(shop, clock):
    """The id and the secret of a display of one scene of one channel."""
    return add_display(shop, PAGE, clock.now())


@pytest.fixture
def wall(address, display):
    """The display, once its link was opened."""
    with httpx.Client(base_url=address, timeout=30) as client:
        answer = client.get(f"/kiosk/{display[1]}")
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        assert "HttpOnly" in answer.headers["set-cookie"]
        yield client


def test_a_display_sees_its_page(wall: httpx.Client):
    """In any language, colours and zone; what it is made of too."""
    for looks in ("", "&lang=zh", "&theme=light&tz=Europe%2FBerlin"):
        assert wall.get(PAGE + looks).status_code == 200
    shown = wall.get("/_dash-layout", headers={"Referer": f"{str(wall.base_url).rstrip('/')}{PAGE}&lang=en"})
    assert "Problems" in json.dumps(shown.json())
    assert wall.get("/assets/wall.js").status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/wall",
        "/wall?scenes=problems",
        "/wall?scenes=problems&slice=channel%3Dtmall",
        PAGE + "&slice=channel%3Dtmall",
        PAGE + "&at=2026-03-01",
        "/node/review",
        "/order/A",
        "/nowhere",
        "//wall",
    ],
)
def test_a_display_sees_no_other_page(wall: httpx.Client, page: str):
    """Neither at its address, nor by naming it in a layout, a callback or a subscription."""
    if page != "//wall":
        assert wall.get(page).status_code == 403
    assert wall.get("/_dash-layout", headers={"Referer": f"{str(wall.base_url).rstrip('/')}{page}"}).status_code == 403
    assert moved(wall, page).status_code == 403
    assert listed(wall, page).status_code == 403


def test_a_display_moves_to_its_own_page(wall: httpx.Client):
    """As the first view of a page does."""
    assert moved(wall, PAGE).status_code == 200


def test_a_display_reads_no_api_and_changes_nothing(wall: httpx.Client):
    """Whatever it asks for."""
    origin = {"Origin": str(wall.base_url).rstrip("/")}
    for path in ("/api/v1/lifeline", "/api/v1/orders/A", "/api/docs", "/metrics", "/api/v1/actions"):
        assert wall.get(path).status_code == 403
    for path in ("/api/v1/events", "/api/v1/actions", "/api/v1/actions/hold/preview"):
        assert wall.post(path, json={}, headers=origin).status_code == 403


def test_revoking_a_display_closes_its_socket_and_says_so(wall, address, shop, clock, display):
    """Within seconds, without a word of the browser; its page and its link say that it is off."""
    with opened(wall, address) as socket:
        socket.send(json.dumps({"url": PAGE, "lang": "en", "theme": "wall", "shape": ""}))
        socket.recv(timeout=20)
        with shop.begin() as connection:
            revoke_kiosk(connection, display[0], BY, clock.now())
        began = monotonic()
        assert (code_of_end(socket), monotonic() - began < 5) == (4403, True)
    page = wall.get(PAGE)
    assert page.status_code == 403
    assert "This display was switched off" in page.text
    assert httpx.get(f"{address}/kiosk/{display[1]}").status_code == 403
    assert wall.get("/api/v1/lifeline").status_code == 401


def test_a_display_that_is_off_can_become_a_persons(wall, shop, clock, display):
    """Opening the form forgets the dead link; signing in forgets a live one."""
    add_somebody(shop, "li.wei", Role.VIEWER, clock.now())
    assert sign_in(wall, "li.wei").status_code == 303
    assert "lifeline_kiosk" not in wall.cookies
    assert wall.get("/").status_code == 200


def test_where_a_visitor_is_let_in_a_display_is_still_a_display(shop, clock, display):
    """The demo's own wall goes dark too, and comes back as nobody's."""
    with serving(shop, clock, keep=False) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/").status_code == 200
        client.get(f"/kiosk/{display[1]}")
        assert client.get("/").status_code == 403
        with shop.begin() as connection:
            revoke_kiosk(connection, display[0], BY, clock.now())
        assert client.get(PAGE).status_code == 403


def opened(client: httpx.Client, address: str):
    """A socket as a page of this browser opens it."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    return connect(address.replace("http", "ws") + "/live", origin=address, additional_headers={"Cookie": cookies})


def moved(client: httpx.Client, page: str) -> httpx.Response:
    """The call that follows the address."""
    path, _, query = page.partition("?")
    parts = [{"id": "location", "property": "pathname", "value": path}]
    parts.append({"id": "location", "property": "search", "value": f"?{query}" if query else ""})
    return call(client, "..page.children...shown.data..", parts, None)


def listed(client: httpx.Client, page: str) -> httpx.Response:
    """The call for rows of the page that is shown."""
    asked = [{"id": "orders-grid", "property": "getRowsRequest", "value": {"startRow": 0, "endRow": 10}}]
    return call(client, "orders-grid.getRowsResponse", asked, {"url": page, "lang": "en", "theme": "light"})


def call(client: httpx.Client, output: str, inputs: list, shown: dict | None) -> httpx.Response:
    """A call of a page."""
    named = [one.rpartition(".")[::2] for one in output.strip(".").split("...")]
    outputs = [{"id": id_, "property": prop} for id_, prop in named]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": inputs,
        "state": [{"id": "shown", "property": "data", "value": shown}],
        "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
    }
    return client.post("/_dash-update-component", json=body, headers={"Origin": str(client.base_url).rstrip("/")})
