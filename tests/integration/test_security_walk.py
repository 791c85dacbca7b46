"""A walk over every route, every callback and every message of the socket, with every role and with none.

What each may is written down here once more, apart from the table that the gate goes by.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from a2wsgi import WSGIMiddleware
from fastapi import FastAPI
from flask import Flask
from starlette.routing import Mount
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.pages.router import PAGES, ROUTES, Pages
from callbacks.reads import Reads
from callbacks.server import build, build_site
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.doors import CALL, DOORS, ELSEWHERE, SOCKET, Door, door_of
from dashboard.permissions import Permission, Role
from datasource.api_tokens import revoke_token
from datasource.kiosks import revoke_kiosk
from datasource.people import disable_person
from datasource.store import Store
from tests.people import BY, SETTINGS, add_display, add_somebody, add_system, sign_in
from tests.serving import serving

EXAMPLES = {
    "/node/**": "/node/review",
    "/order/**": "/order/A",
    "/assets/**": "/assets/live.js",
    "/assets/fonts/*": "/assets/fonts/inter-latin-wght-normal.woff2",
    "/_dash-component-suites/**": "/_dash-component-suites/dash/deps/none.js",
    "/kiosk/*": "/kiosk/none",
    "/api/v1/nodes/**": "/api/v1/nodes/review",
    "/api/v1/orders/**": "/api/v1/orders/A",
}

READ = {"read"}
MAY: Mapping[str, set[str]] = {
    "nobody": set(),
    "viewer": READ,
    "operator": READ | {"act", "audit", "outbox"},
    "finance": READ | {"act", "audit"},
    "admin": READ | {"events", "act", "audit", "outbox", "incidents", "replay", "people"},
    "token:read": READ,
    "token:events": {"events"},
    "token:act": {"act"},
    "token:audit": {"audit"},
    "expired": set(),
    "revoked": set(),
    "disabled": set(),
    "switched-off": set(),
}
"""Every caller but the display, and what they may."""

OF_KIOSK = {
    "/wall",
    "/assets/**",
    "/_dash-component-suites/**",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_favicon.ico",
    "/_reload-hash",
}
"""All that a display of the wall gets, beside what anybody gets."""

CALLS_OF_KIOSK = {"..page.children...shown.data..", "orders-grid.getRowsResponse", "orders-export.href"}

REFUSED = {401, 403}


@dataclass(frozen=True)
class Walker:
    """Somebody who tries every door."""

    name: str
    client: httpx.Client

    def asks(self, door: Door) -> int:
        """The status of what they get: being sent to sign in counts as 401."""
        path = EXAMPLES.get(door.pattern, door.pattern.replace("**", "x").replace("*", "x"))
        origin = {"Origin": str(self.client.base_url).rstrip("/")}
        answer = self.client.request(door.verb, path, headers=origin)
        sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/login?next=")
        sent_away = sent_away or (answer.status_code == 303 and answer.headers["location"] == "/login" and path == "/")
        return 401 if sent_away else answer.status_code


def clients(address: str, store: Store, clock: FixedClock) -> Iterator[Walker]:
    """One of each."""
    now = clock.now()
    with ExitStack() as stack:

        def client() -> httpx.Client:
            return stack.enter_context(httpx.Client(base_url=address, timeout=60))

        yield Walker("nobody", client())
        for role in (*Role, "disabled"):
            add_somebody(store, str(role), Role.ADMIN if role == "disabled" else Role(role), now)
            one = client()
            assert sign_in(one, str(role)).status_code == 303
            yield Walker(str(role), one)
        for scope in ("read", "events", "act", "audit"):
            one = client()
            one.headers["Authorization"] = f"Bearer {add_system(store, now, Permission(scope))[1]}"
            yield Walker(f"token:{scope}", one)
        for name in ("expired", "revoked"):
            token_id, token = add_system(store, now, *Permission, lasts=timedelta(minutes=1))
            if name == "revoked":
                with store.begin() as connection:
                    revoke_token(connection, token_id, BY, now)
            one = client()
            one.headers["Authorization"] = f"Bearer {token}"
            yield Walker(name, one)
        for name in ("kiosk", "switched-off"):
            kiosk_id, secret = add_display(store, "/wall", now, name)
            one = client()
            assert one.get(f"/kiosk/{secret}").status_code == 303
            if name == "switched-off":
                with store.begin() as connection:
                    revoke_kiosk(connection, kiosk_id, BY, now)
            yield Walker(name, one)


@pytest.fixture
def address(shop, clock):
    """A server where people sign in."""
    with serving(shop, clock, keep=False, visitor=None, settings=SETTINGS) as address:
        yield address


@pytest.fixture
def walkers(address, shop, clock):
    """Everybody, once they have come in; then one is disabled, and a token expires."""
    coming = clients(address, shop, clock)
    found = [next(coming) for _ in range(len(MAY) + 1)]
    with shop.begin() as connection:
        disable_person(connection, "disabled", BY, clock.now())
    clock.instant += timedelta(minutes=2)
    yield found
    coming.close()


def is_for(name: str, door: Door) -> bool:
    """Whether a caller may go through a door, by what is written down here."""
    if door.needs is None:
        return True
    if name == "kiosk":
        return door.pattern in OF_KIOSK
    if (door.verb, door.pattern) == ("GET", "/api/v1/actions"):  # whoever acts must know what there is to do
        return bool({"read", "act"} & MAY[name])
    return door.needs.value in MAY[name]


def test_every_door_with_every_role_and_with_none(walkers):
    """Whoever may not is refused with 401 or 403; whoever may gets anything but that."""
    apart = ("/_dash-up", "/log", "/password")  # with tests of their own
    doors = [door for door in DOORS if door.verb in {"GET", "POST"} and not door.pattern.startswith(apart)]
    wrong = []
    for walker in walkers:
        for door in doors:
            if door.pattern == "/kiosk/*":
                continue  # what it says of a link is a test of its own
            status = walker.asks(door)
            if (status in REFUSED) == is_for(walker.name, door):
                wrong.append((walker.name, door.verb, door.pattern, status))
    assert wrong == []


def test_every_callback_with_every_role_and_with_none(walkers, address, shop, clock):
    """As a browser calls them, each with its own parts; refused ones are not run. A page's callback needs the page."""
    wrong = []
    told = list(callbacks(shop, clock))
    for walker in walkers:
        page = "/wall" if walker.name == "kiosk" else "/"
        for callback in told:
            status = called(walker, callback, page)
            output, needs = callback["output"], door_of(CALL, callback["output"]).needs
            may = output in CALLS_OF_KIOSK if walker.name == "kiosk" else {needs.value, "read"} <= {*MAY[walker.name]}
            if (status in REFUSED) == may:
                wrong.append((walker.name, output, status))
    assert wrong == []


def test_a_callback_that_the_table_does_not_know_is_run_for_nobody(walkers):
    """Whoever asks."""
    for walker in walkers:
        assert sent(walker, b'{"output": "secret.children", "outputs": {}, "inputs": []}').status_code in REFUSED


NO_CALLS = (
    *(b"{}", b"[]", b"null", b"", b"\xff", b'{"output": {"a": 1}}', b"[" * 100_000),
    b'{"output": "orders-export.href"}',
    b'{"output": "orders-export.href", "outputs": {}, "inputs": {}, "state": 1}',
    b'{"output": "orders-export.href", "outputs": [], "inputs": [], "state": []}',
)


def test_what_is_no_call_of_a_page_is_run_for_nobody(walkers):
    """A problem, 400; those who may not call at all are refused as ever."""
    for walker in walkers:
        may = walker.name == "kiosk" or "read" in MAY[walker.name]
        for body in NO_CALLS:
            answer = sent(walker, body)
            assert answer.status_code in ({400} if may else REFUSED), (walker.name, body)
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_call_that_is_not_registered_so_is_run_for_nobody(walkers, shop, clock):
    """Each callback as a page calls it, but with a place more, or fewer, or under another name: 400 for whoever may."""
    wrong = []
    for walker in walkers:
        page = "/wall" if walker.name == "kiosk" else "/"
        for callback in callbacks(shop, clock):
            body = body_of(callback, page)
            output, needs = callback["output"], door_of(CALL, callback["output"]).needs
            may = output in CALLS_OF_KIOSK if walker.name == "kiosk" else {needs.value, "read"} <= {*MAY[walker.name]}
            wrong += [
                (walker.name, output, status)
                for told in disguised(body)
                if (status := sent(walker, json.dumps(told).encode()).status_code) not in ({400} if may else REFUSED)
            ]
    assert wrong == []


def disguised(body: dict) -> Iterator[dict]:
    """The same call with the place of the page it is on renamed, missing, told twice, or first."""
    *before, shown = body["state"]
    other = [{**shown, "id": "another"}, {**shown, "property": "value"}]
    yield from ({**body, "state": [*before, one]} for one in other)
    yield {**body, "state": before}
    yield {**body, "state": [*before, shown, shown]}
    yield {**body, "inputs": [shown, *body["inputs"]], "state": before}


def test_every_message_of_the_socket_with_every_role_and_with_none(walkers, address):
    """A page is sent to whoever may see it; others are shown out, each with the code that says why."""
    pages = {"/": "read", "/node/review": "read", "/wall": "read", "/audit": "audit", "/%2Faudit": "audit"}
    wrong = []
    for walker in walkers:
        for page, needs in pages.items():
            if walker.name == "kiosk":
                expected = "sent" if page == "/wall" else 1008
            elif "read" not in MAY[walker.name]:
                expected = 4403 if walker.name == "switched-off" else 4401
            else:
                expected = "sent" if needs in MAY[walker.name] else 1008
            if (got := subscribed(walker, address, page)) != expected:
                wrong.append((walker.name, page, got, expected))
    assert wrong == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/secret"),
        ("GET", "/api/v1/lifeline/"),
        ("PUT", "/api/v1/lifeline"),
        ("DELETE", "/api/v1/orders/A"),
        ("POST", "/"),
        ("OPTIONS", "/api/v1/lifeline"),
        ("TRACE", "/"),
        ("GET", "/_dash-secret"),
        ("GET", "/api"),
    ],
)
def test_a_way_that_the_table_does_not_know_is_open_to_nobody(walkers, method: str, path: str):
    """401 for nobody, 404 for somebody, whatever is behind it."""
    for walker in walkers:
        origin = {"Origin": str(walker.client.base_url).rstrip("/")}
        status = walker.client.request(method, path, headers=origin).status_code
        assert status in ({404, 405} if walker.name == "kiosk" or MAY[walker.name] else {401}), walker.name


def test_the_table_knows_every_route_and_every_callback(shop, clock):
    """A new route, page or callback is refused until it has a line of its own in the table."""
    services = Services(shop, clock, SETTINGS, Metrics.fresh())
    app = build(services, Acting(services))
    unknown = []
    for method, path in sorted(routes(app)):
        door = door_of(method, re.sub(r"[{<][^}>]*[}>]", "x", path))
        if path not in {"/api/{rest:path}", "/<path:path>"} and (door is None or door is ELSEWHERE):
            unknown.append((method, path))
    assert unknown == []
    assert [one["output"] for one in callbacks(shop, clock) if door_of(CALL, one["output"]) is None] == []
    assert [name for name in PAGES if not _is_page(f"/{name}")] == []
    assert [name for name in ROUTES if not _is_page(f"/{name}/x")] == []
    assert door_of(SOCKET, "/live") is not None


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every way into the app by HTTP: of FastAPI, of its routers, and of the Flask that is mounted."""
    for route in app.router.routes:
        inner = [route] if hasattr(route, "path") else route.original_router.routes
        for one in inner:
            if isinstance(one, Mount):
                yield from _of_flask(one.app.app)
            else:
                yield from ((method, one.path) for method in getattr(one, "methods", None) or ())


def _of_flask(app: WSGIMiddleware) -> Iterator[tuple[str, str]]:
    for rule in app.app.url_map.iter_rules():
        yield from ((method, rule.rule) for method in rule.methods - {"OPTIONS"})


def callbacks(store: Store, clock: FixedClock) -> Iterator[dict]:
    """Every callback that a page may call, those of a replay too."""
    services = Services(store, clock, SETTINGS, Metrics.fresh())
    flask = Flask("walk")
    reads = Reads(services, cache_for(flask, None))
    pages = Pages(replace(services, replay=object()), reads, Acting(services), lambda: None)
    yield from (one for one in build_site(flask, pages)._callback_list if not one.get("clientside_function"))


def called(walker: Walker, callback: dict, page: str) -> int:
    """The status of a call as the page at an address makes it."""
    return sent(walker, json.dumps(body_of(callback, page)).encode()).status_code


def body_of(callback: dict, page: str) -> dict:
    """What the page at an address sends; of parts that may be any number, it has none."""
    values = {"shown": {"url": page, "lang": "en", "theme": "light"}, "location": page}
    parts = [
        [
            [] if "ALL" in one["id"] else {**one, "value": values.get(one["id"]) if one["property"] != "search" else ""}
            for one in callback[kind]
        ]
        for kind in ("inputs", "state")
    ]
    output = callback["output"]
    named = [one.rpartition(".")[::2] for one in output.strip(".").split("...")]
    outputs = [{"id": id_, "property": prop} for id_, prop in named]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": parts[0],
        "state": parts[1],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in callback["inputs"][:1]],
    }


def sent(walker: Walker, body: bytes) -> httpx.Response:
    """The answer to the body of a call."""
    headers = {"Origin": str(walker.client.base_url).rstrip("/"), "Content-Type": "application/json"}
    return walker.client.post("/_dash-update-component", content=body, headers=headers)


def subscribed(walker: Walker, address: str, page: str) -> object:
    """What comes of asking the socket for a page: ``sent``, or the code with which it is closed."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in walker.client.cookies.jar)
    headers = {"Cookie": cookies} if cookies else {}
    if token := walker.client.headers.get("Authorization"):
        headers["Authorization"] = token
    with connect(address.replace("http", "ws") + "/live", origin=address, additional_headers=headers) as socket:
        try:
            with suppress(ConnectionClosed):
                socket.send(json.dumps({"url": page, "lang": "en", "theme": "light", "shape": ""}))
            while True:
                if "props" in json.loads(socket.recv(timeout=30)):
                    return "sent"
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def _is_page(path: str) -> bool:
    door = door_of("GET", path)
    return door is not None and door.page and door is not ELSEWHERE
