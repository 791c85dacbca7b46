"""Signing in at an OpenID provider, which runs as a real server: who is let in as what, and every way to cheat."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from dashboard.identity_settings import IdentitySettings, Oidc, roles_of_claims
from dashboard.permissions import Role
from dashboard.settings import Settings
from datasource.people import Person, add_person, disable_person, find_person
from tests.oidc_provider import CLIENT, CLIENT_SECRET, Provider, provider
from tests.people import BY, SECRET, add_somebody
from tests.serving import serving

ROLES = "lifeline-admins=admin, warehouse-hz1=operator:warehouse"


@pytest.fixture
def there(clock):
    """The provider, where Li Wei is known as ``u-1``."""
    with provider(int(clock.now().timestamp())) as told:
        told.claims = {"sub": "u-1", "preferred_username": "Li.Wei", "name": "Li Wei", "groups": ["staff"]}
        yield told


@pytest.fixture
def address(shop, clock, there):
    """A server that lets sign in there."""
    oidc = Oidc(there.issuer, CLIENT, CLIENT_SECRET, roles=roles_of_claims(ROLES))
    identity = IdentitySettings(secret_key=SECRET, oidc=oidc)
    with serving(shop, clock, keep=False, visitor=None, settings=Settings(port=0, identity=identity)) as address:
        yield address


@pytest.fixture
def browser(address):
    """A browser that follows no redirect by itself."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def comes_back(browser: httpx.Client, **changed: str) -> httpx.Response:
    """Go there, and come back with what the provider says; parts of the address may be changed on the way."""
    leaving = browser.get("/login/oidc", params={"next": "/node/review"})
    back = urlsplit(httpx.get(leaving.headers["location"]).headers["location"])
    told = {name: values[0] for name, values in parse_qs(back.query).items()} | changed
    return browser.get(back.path, params=told)


def is_in(browser: httpx.Client) -> bool:
    """Whether the browser is signed in."""
    return browser.get("/api/v1/lifeline").status_code == 200


def test_somebody_who_is_known_by_their_subject_is_signed_in(browser, there: Provider, shop, clock):
    """By code with PKCE, state and nonce; the role is the one that they have here."""
    add_linked(shop, clock, there.issuer)
    answer = comes_back(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/node/review")
    assert is_in(browser)
    assert "lifeline_oidc" not in browser.cookies
    asked = there.asked[0]
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{browser.base_url}/login/oidc/back".replace("//login", "/login")
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43
    assert "openid" in asked["scope"]


def test_a_group_that_has_a_role_lets_somebody_new_in(browser, there: Provider, shop):
    """They become a person here, without a password, and get another role when their group does."""
    there.claims["groups"] = ["staff", "warehouse-hz1"]
    comes_back(browser)
    assert is_in(browser)
    assert as_known(shop) == (Role.OPERATOR, "warehouse", False)
    there.claims["groups"] = ["lifeline-admins"]
    comes_back(browser)
    assert as_known(shop) == (Role.ADMIN, None, False)


def test_somebody_whom_nobody_knows_is_not_let_in(browser, there: Provider):
    """The provider signs in the whole company; we let in whom we were told to."""
    answer = comes_back(browser)
    assert "wrong=oidc_refused" in answer.headers["location"]
    assert "nobody here has your account" in browser.get(answer.headers["location"]).text
    assert not is_in(browser)


def test_a_name_alone_takes_over_nobody(browser, there: Provider, shop, clock):
    """Whoever calls themselves at the provider as an admin is called here does not become that admin."""
    add_somebody(shop, "li.wei", Role.ADMIN, clock.now())
    there.claims["groups"] = ["warehouse-hz1"]
    assert "wrong=oidc_refused" in comes_back(browser).headers["location"]
    assert not is_in(browser)


@pytest.mark.parametrize("name", ["demo", "Replay", "command", "oidc"])
def test_nobody_comes_in_under_a_name_of_the_products_own(browser, there: Provider, name: str):
    """The audit would take them for it, whatever their group is."""
    there.claims |= {"preferred_username": name, "groups": ["lifeline-admins"]}
    assert "wrong=oidc_refused" in comes_back(browser).headers["location"]
    assert not is_in(browser)


def test_somebody_who_was_disabled_stays_out(browser, there: Provider, shop, clock):
    """Whatever their group says."""
    add_linked(shop, clock, there.issuer)
    with shop.begin() as connection:
        disable_person(connection, "li.wei", BY, clock.now())
    there.claims["groups"] = ["lifeline-admins"]
    assert "wrong=oidc_refused" in comes_back(browser).headers["location"]
    assert not is_in(browser)


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": ["lifeline", "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_token_that_was_not_meant_for_this_signing_in_is_refused(browser, there, shop, clock, changed: dict):
    """Of another time, another client, another issuer, about nobody, or without an end."""
    add_linked(shop, clock, there.issuer)
    there.changed = changed
    assert "wrong=oidc_failed" in comes_back(browser).headers["location"]
    assert not is_in(browser)


def test_a_token_that_another_key_signed_is_refused(browser, there, shop, clock):
    """Though it carries the name of the right key."""
    add_linked(shop, clock, there.issuer)
    there.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert "wrong=oidc_failed" in comes_back(browser).headers["location"]
    assert not is_in(browser)


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"code": "guessed"}])
def test_coming_back_with_something_else_is_refused(browser, there, shop, clock, changed: dict):
    """The state ties the way back to the browser that left; the code is worth something once, with its verifier."""
    add_linked(shop, clock, there.issuer)
    assert "wrong=oidc_failed" in comes_back(browser, **changed).headers["location"]
    assert not is_in(browser)


def test_the_way_back_is_worth_nothing_in_another_browser(browser, address, there, shop, clock):
    """Forged login: a victim's browser that is sent back with the attacker's code does not become the attacker."""
    add_linked(shop, clock, there.issuer)
    leaving = browser.get("/login/oidc")
    back = httpx.get(leaving.headers["location"]).headers["location"]
    with httpx.Client() as victim:
        assert "wrong=oidc_failed" in victim.get(back).headers["location"]
        assert victim.get(f"{address}/api/v1/lifeline").status_code == 401


def test_where_no_provider_is_set_there_is_no_way_to_one(shop, clock):
    """And no button."""
    with serving(shop, clock, keep=False, visitor=None) as address:
        assert httpx.get(f"{address}/login/oidc").status_code == 404
        assert "/login/oidc" not in httpx.get(f"{address}/login").text


def add_linked(store, clock, issuer: str) -> None:
    """Li Wei, who is known here by the provider's subject."""
    with store.begin() as connection:
        new = Person("li.wei", "Li Wei", Role.VIEWER, None, clock.now())
        add_person(connection, new, BY, oidc=(issuer, "u-1"))


def as_known(store) -> tuple:
    """What Li Wei is here."""
    with store.begin() as connection:
        found = find_person(connection, "li.wei")
    return found.role, found.team, found.has_password
