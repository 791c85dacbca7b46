"""Displays on walls: one page, nothing to change, and off the moment that their link is revoked."""

import json
from itertools import product
from time import monotonic

import httpx
import pytest
from flask import Flask
from websockets.sync.client import connect

from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.pages.address import AddressError
from callbacks.pages.router import Pages
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.permissions import Caller, CallerKind, Role
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


def test_a_display_sees_no_other_page_by_naming_the_places_of_a_call_anew(wall: httpx.Client):
    """Dash takes values by their place: a call whose places bear other names than ours is nobody's."""
    path, query = place("location", "pathname", "/"), place("location", "search", "")
    own, owns = place("location", "pathname", "/wall"), place("location", "search", "?" + PAGE.partition("?")[2])
    shown = place("shown", "data", None)
    calls = [
        ([{**path, "id": "elsewhere"}, {**query, "id": "elsewhere"}], [shown, own, owns]),
        ([{**path, "property": "path"}, query], [shown, own, owns]),
        ([path, query, own, owns], [shown]),
        ([path, query], [shown, own, owns]),
        ([{**owns, "value": "/"}, {**own, "value": ""}], [shown]),
        ([[path], query], [shown]),
    ]
    for inputs, state in calls:
        answer = sent(wall, "..page.children...shown.data..", inputs, state)
        assert (answer.status_code, "Finance" in answer.text) == (400, False)
    assert sent(wall, "..page.children...shown.data..", [path, query], [shown]).status_code == 403


def test_a_display_reads_no_list_by_naming_the_places_of_a_call_anew(wall: httpx.Client):
    """The grid's rows come from the page in the last place, whatever a place before it is called."""
    asked = place("orders-grid", "getRowsRequest", {"startRow": 0, "endRow": 10})
    other, own = ({"url": url, "lang": "en", "theme": "light"} for url in ("/node/review", PAGE))
    for state in ([place("hidden", "data", other), place("shown", "data", own)], [place("hidden", "data", other)]):
        answer = sent(wall, "orders-grid.getRowsResponse", [asked], state)
        assert (answer.status_code, "rowData" in answer.text) == (400, False)
    assert sent(wall, "orders-grid.getRowsResponse", [asked], [place("shown", "data", other)]).status_code == 403


def test_a_display_sees_no_other_page_by_another_name_of_this_server(wall: httpx.Client):
    """With the usual port or without, here or there: the referrer's page is the one that is judged and drawn."""
    names = ("127.0.0.1", "127.0.0.1:80", "127.0.0.1:443", "localhost", "LOCALHOST:80")
    for host, named, scheme in product(names, (*names, "a@localhost", "elsewhere.example"), ("http", "https")):
        answer = wall.get("/_dash-layout", headers={"Host": host, "Referer": f"{scheme}://{named}/node/review"})
        assert (answer.status_code, "Finance" in answer.text) == (403, False)


def test_what_is_drawn_asks_once_more(shop, clock):
    """Should a call ever pass the gate with another page in it, the page itself is kept from the display."""
    services = Services(shop, clock, SETTINGS, Metrics.fresh())
    display = Caller("kiosk:Hall", CallerKind.KIOSK, page=PAGE)
    reads, acting = Reads(services, cache_for(Flask("drawn"), None)), Acting(services)
    pages = Pages(services, reads, acting, lambda: display)
    assert pages.shown({"url": PAGE, "lang": "en", "theme": "wall"}).path == "/wall"
    for url in ("/node/review", "/wall", "", "/"):
        with pytest.raises(AddressError):
            pages.shown({"url": url, "lang": "en", "theme": "wall"})
    acting.close()


def place(id_: str, name: str, value: object) -> dict:
    """One place of a call."""
    return {"id": id_, "property": name, "value": value}


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
    return sent(client, output, inputs, [{"id": "shown", "property": "data", "value": shown}])


def sent(client: httpx.Client, output: str, inputs: list, state: list) -> httpx.Response:
    """A call with exactly these places."""
    named = [one.rpartition(".")[::2] for one in output.strip(".").split("...")]
    outputs = [{"id": id_, "property": prop} for id_, prop in named]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": inputs,
        "state": state,
        "changedPropIds": ["location.pathname"],
    }
    return client.post("/_dash-update-component", json=body, headers={"Origin": str(client.base_url).rstrip("/")})
