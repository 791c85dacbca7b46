"""Requests that mean harm: forged by other sites, too large, too slow, or pretending to be on this machine."""

import json
import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from callbacks import bodies, limits
from dashboard.identity_settings import IdentitySettings, networks
from dashboard.permissions import Permission, Role
from dashboard.settings import Settings
from tests.people import PASSWORD, SECRET, SETTINGS, add_somebody, add_system, code_of_end, sign_in, signed_in
from tests.serving import AUTHORISED, serving

EVIL = "https://evil.example"


@pytest.fixture
def address(shop, clock):
    """A server where people sign in, and somebody who may do everything."""
    add_somebody(shop, "boss", Role.ADMIN, clock.now())
    with serving(shop, clock, keep=False, visitor=None, settings=SETTINGS) as address:
        yield address


@pytest.fixture
def boss(address):
    """The browser of that person."""
    with signed_in(address, "boss") as client:
        yield client


@pytest.mark.parametrize("path", ["/api/v1/actions", "/api/v1/events", "/_dash-update-component", "/logout"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://127.0.0.1"}],
)
def test_a_forged_request_of_another_site_is_refused(boss, path: str, headers: dict):
    """Though the browser sends the session along: the page's origin must be this server's."""
    assert boss.post(path, json={}, headers=headers).status_code == 403
    assert boss.get("/api/v1/lifeline").status_code == 200


def test_a_request_of_our_own_pages_passes(boss):
    """Then the route itself judges."""
    origin = {"Origin": str(boss.base_url).rstrip("/")}
    assert boss.post("/api/v1/events", json={}, headers=origin).status_code == 422


def test_a_forged_login_is_refused(address, shop, clock):
    """From another site, or without the token of a form that was opened here."""
    told = {"name": "boss", "password": PASSWORD, "next": "/"}
    with httpx.Client(base_url=address) as client:
        assert client.post("/login", data=told, headers={"Origin": EVIL}).status_code == 403
        assert client.post("/login", data=told, headers={"Origin": address}).status_code == 403
        assert sign_in(client, "boss", csrf="0" * 64).status_code == 403
        client.get("/login")
        other = httpx.get(f"{address}/login").text.split('name="csrf" value="')[1].split('"')[0]
        assert client.post("/login", data={**told, "csrf": other}, headers={"Origin": address}).status_code == 403
        assert "lifeline_session" not in client.cookies


def test_a_visitor_of_the_demo_cannot_be_made_to_act_by_another_site(shop, clock):
    """Nor can another site read anything: no answer allows it."""
    with serving(shop, clock, keep=False) as address:
        for path in ("/api/v1/actions", "/_dash-update-component"):
            assert httpx.post(address + path, json={}, headers={"Origin": EVIL}).status_code == 403
        answer = httpx.get(f"{address}/api/v1/lifeline", headers={"Origin": EVIL})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("origin", [EVIL, "null", None, "http://127.0.0.1:1", "http://localhost"])
def test_a_socket_that_another_site_opens_is_refused(boss, address, origin):
    """Cross-site hijacking: the session comes along, and is not looked at."""
    cookies = {"Cookie": f"lifeline_session={boss.cookies['lifeline_session']}"}
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(address.replace("http", "ws") + "/live", origin=origin, additional_headers=cookies),
    ):
        pass
    assert caught.value.response.status_code == 403


def test_an_open_socket_ends_with_its_session(boss, address, clock):
    """Within seconds after it has expired."""
    cookies = {"Cookie": f"lifeline_session={boss.cookies['lifeline_session']}"}
    with connect(address.replace("http", "ws") + "/live", origin=address, additional_headers=cookies) as live:
        live.send(json.dumps({"url": "/", "lang": "en", "theme": "light", "shape": ""}))
        live.recv(timeout=20)
        clock.instant = clock.instant.replace(year=clock.instant.year + 1)
        assert code_of_end(live) == 4401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"Via": "1.1 proxy"},
        {"CF-Connecting-IP": "198.51.100.7"},
        {"True-Client-IP": "198.51.100.7"},
        {"X-Client-IP": "198.51.100.7"},
        {"X-Forwarded-Server": "proxy"},
        {"Fly-Client-IP": "198.51.100.7"},
        {"CDN-Loop": "cloudflare"},
        {"Host": "192.0.2.7:8050"},
        {"Host": socket.gethostname()},
    ],
)
def test_the_demo_lets_in_unasked_on_this_machine_only(shop, clock, headers: dict):
    """What came by a proxy, or under another name of this machine, signs in."""
    with serving(shop, clock, keep=False) as address:
        assert httpx.get(f"{address}/api/v1/lifeline").status_code == 200
        assert httpx.get(f"{address}/api/v1/lifeline", headers=headers).status_code == 401
        assert httpx.get(f"{address}/", headers=headers).status_code == 303


def test_a_wrong_token_makes_nobody_a_visitor(shop, clock):
    """Who shows something is what it says, or nobody."""
    with serving(shop, clock, keep=False) as address:
        for shown in ("Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer", "nonsense"):
            assert httpx.get(f"{address}/api/v1/lifeline", headers={"Authorization": shown}).status_code == 401
        assert httpx.get(f"{address}/api/v1/lifeline", headers=AUTHORISED).status_code == 200


def test_a_token_does_what_it_was_given_and_no_more(address, shop, clock):
    """Reading is no telling, and telling is no reading."""
    reads, tells = (add_system(shop, clock.now(), scope)[1] for scope in (Permission.READ, Permission.TELL))
    status = {
        (name, path): httpx.request(
            method, address + path, headers={"Authorization": f"Bearer {token}"}, json=None if method == "GET" else {}
        ).status_code
        for name, token in (("reads", reads), ("tells", tells))
        for method, path in (("GET", "/api/v1/lifeline"), ("POST", "/api/v1/events"))
    }
    assert status == {
        ("reads", "/api/v1/lifeline"): 200,
        ("reads", "/api/v1/events"): 403,
        ("tells", "/api/v1/lifeline"): 403,
        ("tells", "/api/v1/events"): 422,
    }


def test_a_token_that_may_act_needs_no_other_to_do_so(address, shop, clock):
    """It finds what there is to do, does it, looks at what came of it, and takes it back; it reads nothing else."""
    token = add_system(shop, clock.now(), Permission.ACT)[1]
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as system:
        catalogue = {one["key"]: one["may"] for one in system.get("/api/v1/actions").json()["actions"]}
        assert catalogue["hold"] is True
        preview = system.post("/api/v1/actions/hold/preview", json={"orders": ["A"]}).json()["preview_id"]
        asked = {"preview_id": preview, "reason": "by the system"}
        done = system.post("/api/v1/actions", json=asked, headers={"Idempotency-Key": "key-number-1"}).json()
        own = f"/api/v1/actions/{done['action_id']}"
        assert (system.get(own).status_code, system.get(own).json()["status"]) == (200, "done")
        assert system.post(f"{own}/cancel").json()["status"] == "done"
        undone = system.post(f"{own}/undo", json={"reason": "wrong"}, headers={"Idempotency-Key": "key-number-2"})
        assert (undone.status_code, undone.json()["undoes"]) == (200, done["action_id"])
        assert system.get("/api/v1/orders/A").status_code == 403


def test_a_body_that_is_too_large_is_not_read(boss, address):
    """413, by its length or by what comes; a megabyte for all but events."""
    origin = {"Origin": address}
    large = b"x" * (bodies.MOST + 1)
    assert boss.post("/_dash-update-component", content=large, headers=origin).status_code == 413
    assert boss.post("/login", content=large, headers=origin).status_code == 413
    assert boss.post("/login", content=iter([large]), headers=origin).status_code == 413


def test_nobody_makes_the_server_read_a_body(address):
    """Whoever may not is refused before a byte of it is awaited."""
    with raw(address) as peer:
        peer.sendall(b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 16000000\r\n\r\n")
        assert b" 401 " in peer.recv(200)


def test_a_body_that_comes_too_slowly_is_given_up(address, monkeypatch):
    """408, and the connection is closed."""
    monkeypatch.setattr(bodies, "SECONDS", 0.5)
    with raw(address) as peer:
        peer.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nx")
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "first", [b"", b"GET / HTTP/1.1\r\nHost: 127", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET"]
)
def test_a_request_whose_head_comes_too_slowly_is_given_up(address, monkeypatch, first: bytes):
    """The connection is closed, the first request on it or a later one."""
    monkeypatch.setattr(limits, "HEADER_SECONDS", 0.5)
    with raw(address) as peer:
        peer.sendall(first)
        while peer.recv(4096):
            pass


def test_a_head_that_is_too_large_is_refused(address):
    """Before anything looks at it."""
    with raw(address) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n")
        assert peer.recv(200).startswith(b"HTTP/1.1 4")


def test_behind_a_trusted_proxy_cookies_are_for_https_and_addresses_are_the_clients(shop, clock):
    """``__Host-`` and Secure, and HSTS; an untrusted peer's headers change nothing."""
    add_somebody(shop, "boss", Role.ADMIN, clock.now())
    identity = IdentitySettings(secret_key=SECRET, https=False, proxies=networks("127.0.0.0/8"))
    with serving(shop, clock, keep=False, visitor=None, settings=Settings(port=0, identity=identity)) as address:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
        cookie = httpx.get(f"{address}/login", headers=forwarded).headers["set-cookie"]
        assert cookie.startswith("__Host-lifeline_form=")
        assert "Secure" in cookie
    with serving(shop, clock, keep=False, visitor=None, settings=SETTINGS) as address:
        assert httpx.get(f"{address}/login", headers=forwarded).headers["set-cookie"].startswith("lifeline_form=")
    told = Settings(port=0, identity=IdentitySettings(secret_key=SECRET, https=True))
    with serving(shop, clock, keep=False, visitor=None, settings=told) as address:
        answer = httpx.get(f"{address}/login")
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["set-cookie"].startswith("__Host-lifeline_form=")


@pytest.mark.parametrize("proxied", [False, True])
def test_where_browsers_come_by_https_a_page_that_came_by_http_is_none_of_ours(shop, clock, proxied: bool):
    """Whoever changes what travels in the clear is not to act; told by the setting, or by a trusted proxy."""
    add_somebody(shop, "boss", Role.ADMIN, clock.now())
    proxies, forwarded = (networks("127.0.0.0/8"), {"X-Forwarded-Proto": "https"}) if proxied else ((), {})
    identity = IdentitySettings(secret_key=SECRET, https=not proxied, proxies=proxies)
    with serving(shop, clock, keep=False, visitor=None, settings=Settings(port=0, identity=identity)) as address:
        secure = address.replace("http://", "https://")
        boss = forwarded | {"Cookie": session_by_https(address, {**forwarded, "Origin": secure})}
        told = {secure: (422, 400, "sent"), address: (403, 403, 403), "null": (403, 403, 403)}
        for origin, (event, call, live) in told.items():
            headers = {**boss, "Origin": origin}
            assert httpx.post(f"{address}/api/v1/events", json={}, headers=headers).status_code == event
            assert httpx.post(f"{address}/_dash-update-component", json={}, headers=headers).status_code == call
            assert subscribed(address, origin, boss) == live


def session_by_https(address: str, headers: dict[str, str]) -> str:
    """The cookie of somebody who signed in by https; no client sends it on in the clear, so it is handed over."""
    form = httpx.get(f"{address}/login", headers=headers)
    told = {"csrf": form.text.split('name="csrf" value="')[1].split('"')[0], "name": "boss", "password": PASSWORD}
    cookie = {"Cookie": form.headers["set-cookie"].partition(";")[0]}
    given = httpx.post(f"{address}/login", data=told, headers={**headers, **cookie}).headers.get_list("set-cookie")
    return next(one.partition(";")[0] for one in given if "session=" in one)


def subscribed(address: str, origin: str, headers: dict[str, str]) -> object:
    """What comes of asking the socket for a page: ``sent``, or the status with which it is not opened."""
    try:
        with connect(address.replace("http", "ws") + "/live", origin=origin, additional_headers=headers) as live:
            live.send(json.dumps({"url": "/", "lang": "en", "theme": "light", "shape": ""}))
            live.recv(timeout=20)
            return "sent"
    except InvalidStatus as refused:
        return refused.response.status_code


def test_metrics_are_open_where_the_settings_say_so(shop, clock):
    """Else they take what reading takes."""
    told = Settings(port=0, identity=IdentitySettings(secret_key=SECRET, metrics_open=True))
    for settings, status in ((SETTINGS, 401), (told, 200)):
        with serving(shop, clock, keep=False, visitor=None, settings=settings) as address:
            assert httpx.get(f"{address}/metrics").status_code == status
            assert httpx.get(f"{address}/healthz").status_code == 200


@contextmanager
def raw(address: str):
    """A bare connection."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as peer:
        yield peer
