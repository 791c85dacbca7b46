"""Signing in and out: what is kept, what is told, how often one may try, and what ends a session."""

from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from dashboard.permissions import Role
from datasource.audit import entries
from datasource.credentials import IDLE, LONGEST
from datasource.login_failures import FREE, TooManyFailures, count_attempt, forgive, wait_after
from datasource.passwords import hashed
from datasource.people import (
    PersonRefused,
    check_sign_in,
    disable_person,
    find_person,
    set_password,
    set_role,
)
from datasource.people_tables import person, session
from tests.people import BY, PASSWORD, add_somebody, sign_in, staffed

WEAK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def server(shop, clock):
    """A server where people sign in, and an operator of the warehouse who may."""
    with staffed(shop, clock) as address:
        yield address


@pytest.fixture
def api(server):
    """A client without any standing."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


def test_whoever_signs_in_gets_a_new_session_and_what_they_asked_for(api: httpx.Client, shop):
    """The cookie is HttpOnly, Lax and for all paths; the store has its hash, and of the password a hash of argon2id."""
    answer = sign_in(api, "Li.Wei", next="/node/review?window=4h")
    assert (answer.status_code, answer.headers["location"]) == (303, "/node/review?window=4h")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("lifeline_session=")]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Max-Age" not in cookie
    assert "Domain" not in cookie
    secret = api.cookies["lifeline_session"]
    assert len(secret) >= 43
    with shop.begin() as connection:
        kept = connection.execute(select(session)).one()
        password_hash = connection.execute(select(person.c.password_hash)).scalar_one()
    assert secret.encode() not in bytes(kept.token_hash)
    assert password_hash.startswith("$argon2id$")
    assert api.get("/api/v1/lifeline").status_code == 200


def test_without_a_session_there_is_the_way_to_sign_in(api: httpx.Client):
    """A page leads to the form and back; a program gets a problem."""
    answer = api.get("/node/review?window=4h")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fnode%2Freview%3Fwindow%3D4h")
    told = api.get("/api/v1/lifeline")
    assert (told.status_code, told.headers["content-type"]) == (401, "application/problem+json")
    assert told.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["li.wei", "nobody", "", "li.wei' OR 1=1 --", "x" * 3000])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(api: httpx.Client, name: str):
    """The same words and status, and nothing of what was typed as the password."""
    answer = sign_in(api, name, "not the password at all")
    assert answer.status_code == 401
    assert "Name or password is wrong" in answer.text
    assert "not the password at all" not in answer.text
    assert "lifeline_session" not in api.cookies


def test_a_name_that_is_not_there_costs_as_much(store, clock, monkeypatch):
    """A password is hashed either way, so that the time tells nothing."""
    add_somebody(store, "li.wei", Role.VIEWER, clock.now())
    checked = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *told: checked.append(told[1][:10]) or verify(*told))
    with store.begin() as connection:
        for name in ("li.wei", "nobody"):
            assert check_sign_in(connection, name, "wrong wrong wrong") is None
    assert checked == ["$argon2id$", "$argon2id$"]


def test_a_session_that_was_there_before_is_never_taken_over(api: httpx.Client):
    """Fixation: a cookie that somebody planted stays nobody's; signing in makes a secret of its own."""
    planted = "planted-by-an-attacker-planted-by-an-attacker"
    api.cookies.set("lifeline_session", planted, domain="127.0.0.1", path="/")
    assert api.get("/api/v1/lifeline").status_code == 401
    assert sign_in(api, "li.wei").status_code == 303
    assert api.cookies["lifeline_session"] != planted
    assert api.get("/api/v1/lifeline").status_code == 200
    api.cookies.set("lifeline_session", planted, domain="127.0.0.1", path="/")
    assert api.get("/api/v1/lifeline").status_code == 401


def test_signing_in_again_ends_the_session_that_the_browser_had(api: httpx.Client, shop):
    """The old secret is worth nothing afterwards."""
    form = api.get("/login")
    token, carried = form.text.split('name="csrf" value="')[1].split('"')[0], api.cookies["lifeline_form"]
    told = {"csrf": token, "name": "li.wei", "password": PASSWORD}
    secrets = []
    for _ in range(2):
        api.cookies.set("lifeline_form", carried, domain="127.0.0.1", path="/")
        assert api.post("/login", data=told, headers={"Origin": str(api.base_url).rstrip("/")}).status_code == 303
        secrets.append(api.cookies["lifeline_session"])
    assert secrets[0] != secrets[1]
    with shop.begin() as connection:
        assert len(connection.execute(select(session)).all()) == 1


def test_signing_out_ends_the_session_in_the_store(api: httpx.Client, server: str, shop):
    """Who kept the cookie has nothing; the form's own token is needed."""
    sign_in(api, "li.wei")
    secret = api.cookies["lifeline_session"]
    assert api.post("/logout", headers={"Origin": server}).status_code == 403
    assert api.get("/api/v1/lifeline").status_code == 200
    shown = api.get("/_dash-layout", headers={"Referer": f"{server}/"}).json()
    token = _value_of(shown, "sign-out-token")
    answer = api.post("/logout", data={"csrf": token}, headers={"Origin": server})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    with shop.begin() as connection:
        assert connection.execute(select(session)).all() == []
    assert httpx.get(f"{server}/api/v1/lifeline", cookies={"lifeline_session": secret}).status_code == 401


@pytest.mark.parametrize("change", ["disabled", "role", "password"])
def test_what_changes_a_person_ends_their_sessions(api: httpx.Client, shop, clock, change: str):
    """At once, in the process that knows nothing of the command."""
    sign_in(api, "li.wei")
    assert api.get("/api/v1/lifeline").status_code == 200
    with shop.begin() as connection:
        match change:
            case "disabled":
                disable_person(connection, "li.wei", BY, clock.now())
            case "role":
                set_role(connection, "li.wei", Role.VIEWER, None, BY, clock.now())
            case "password":
                set_password(connection, "li.wei", "quite another password", BY, clock.now())
    assert api.get("/api/v1/lifeline").status_code == 401
    again = sign_in(api, "li.wei").status_code
    assert again == {"disabled": 401, "role": 303, "password": 401}[change]


def test_a_session_ends_by_itself(api: httpx.Client, clock):
    """After so long without use, and after so long whatever the use."""
    sign_in(api, "li.wei")
    began = clock.instant
    clock.instant += IDLE - timedelta(minutes=1)
    assert api.get("/api/v1/lifeline").status_code == 200
    clock.instant += IDLE - timedelta(minutes=1)
    assert api.get("/api/v1/lifeline").status_code == 200
    clock.instant += IDLE + timedelta(minutes=1)
    assert api.get("/api/v1/lifeline").status_code == 401
    sign_in(api, "li.wei")
    began = clock.instant
    while clock.instant - began < LONGEST - IDLE / 2:
        assert api.get("/api/v1/lifeline").status_code == 200
        clock.instant += IDLE / 2
    clock.instant = began + LONGEST + timedelta(seconds=1)
    assert api.get("/api/v1/lifeline").status_code == 401


def test_tries_are_limited_by_name(api: httpx.Client, clock):
    """After five wrong ones each next waits twice as long, with the right password too; the wait is told."""
    for _ in range(FREE["name"]):
        assert sign_in(api, "li.wei", "wrong wrong wrong").status_code == 401
    answer = sign_in(api, "li.wei")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "Try again in 1 s" in answer.text
    clock.instant += timedelta(seconds=1)
    assert sign_in(api, "li.wei", "wrong wrong wrong").status_code == 401
    clock.instant += timedelta(seconds=1)
    assert sign_in(api, "li.wei").status_code == 429
    clock.instant += timedelta(seconds=1)
    assert sign_in(api, "li.wei").status_code == 303


def test_tries_are_limited_by_address(store, clock):
    """Whoever tries many names waits too; the right password of one name buys no free try."""
    now = clock.now()
    with store.begin() as connection:
        for number in range(FREE["address"]):
            count_attempt(connection, {"name": f"n{number}", "address": "a"}, now)
        forgive(connection, {"name": "n0", "address": "a"})
        count_attempt(connection, {"name": "n0", "address": "a"}, now)
        with pytest.raises(TooManyFailures):
            count_attempt(connection, {"name": "fresh", "address": "a"}, now)
        count_attempt(connection, {"name": "fresh", "address": "b"}, now)
        count_attempt(connection, {"name": "fresh", "address": "a"}, now + timedelta(hours=2))
    assert [wait_after(failures, 5).seconds for failures in (4, 5, 6, 10, 50)] == [0, 1, 2, 32, 900]


def test_a_hash_is_renewed_when_its_parameters_have_grown(store, clock):
    """At the next right password, and only then."""
    add_somebody(store, "li.wei", Role.VIEWER, clock.now())
    with store.begin() as connection:
        connection.execute(update(person).values(password_hash=hashed(PASSWORD, WEAK)))
        assert check_sign_in(connection, "li.wei", "wrong wrong wrong") is None
        assert "m=1024," in connection.execute(select(person.c.password_hash)).scalar_one()
        assert check_sign_in(connection, "li.wei", PASSWORD) is not None
        assert "m=65536," in connection.execute(select(person.c.password_hash)).scalar_one()
        assert check_sign_in(connection, "li.wei", PASSWORD) is not None


def test_a_name_is_taken_once_and_plain(store, clock):
    """No two of a name, none that looks like another."""
    add_somebody(store, "li.wei", Role.VIEWER, clock.now())
    for name in ("li.wei", "Li Wei", "", "lі.wei", "token:wms", "-x"):
        with pytest.raises(PersonRefused):
            add_somebody(store, name, Role.VIEWER, clock.now())
    with store.begin() as connection:
        assert find_person(connection, "li.wei").shown_name == "Li.Wei"
        with pytest.raises(PersonRefused):
            disable_person(connection, "nobody", BY, clock.now())


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/logout",
        "/login",
        "x",
        "/\n/e",
    ],
)
def test_signing_in_leads_to_pages_of_this_server_only(api: httpx.Client, place: str):
    """No open redirect."""
    assert sign_in(api, "li.wei", next=place).headers["location"] == "/"


def test_the_form_speaks_the_visitors_language_and_runs_no_script(api: httpx.Client):
    """Chinese and English, what was typed is escaped, the policy allows a style sheet and nothing else."""
    page = api.get("/login", headers={"Accept-Language": "zh"})
    assert "用户名" in page.text
    assert '<html lang="zh-Hans"' in page.text
    assert "Name" in api.get("/login?lang=en", headers={"Accept-Language": "zh"}).text
    assert 'data-theme="dark"' in api.get("/login", headers={"Cookie": "scheme=dark"}).text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    told = sign_in(api, '"><script>alert(1)</script>', "wrong wrong wrong", next='/"><script>')
    assert "<script>" not in told.text
    for file in ("theme.css", "base.css", "login.css", "fonts/inter-latin-wght-normal.woff2"):
        assert api.get(f"/assets/{file}").status_code in {200, 303}


def test_every_change_is_in_the_audit(store, clock):
    """Who, from where, what; never a password or its hash."""
    add_somebody(store, "li.wei", Role.VIEWER, clock.now())
    with store.begin() as connection:
        set_role(connection, "li.wei", Role.OPERATOR, "warehouse", BY, clock.now())
        set_password(connection, "li.wei", "quite another password", BY, clock.now())
        disable_person(connection, "li.wei", BY, clock.now())
        told = entries(connection, subject="person:li.wei")
    assert [row.entry.kind for row in told] == ["person.disabled", "person.password", "person.role", "person.added"]
    assert (told[2].entry.before, told[2].entry.after) == (
        {"role": "viewer", "team": None},
        {"role": "operator", "team": "warehouse"},
    )
    assert {row.entry.actor for row in told} == {"test"}
    assert "argon2" not in str(told)


def _value_of(part, wanted: str) -> str | None:
    """The value of a part of a layout, by its id."""
    if isinstance(part, list):
        return next(filter(None, (_value_of(one, wanted) for one in part)), None)
    if not isinstance(part, dict):
        return None
    props = part.get("props", {})
    return props.get("value") if props.get("id") == wanted else _value_of(props.get("children"), wanted)
