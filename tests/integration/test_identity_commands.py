"""``lifeline user``, ``kiosk`` and ``token``, and what ``lifeline run`` says to whoever starts it without them."""

import base64
import hashlib
import re
import secrets

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from app import command_line
from dashboard.clock import FixedClock
from dashboard.identity_settings import secret_key
from dashboard.permissions import CallerKind, Permission, Role
from datasource.credentials import fingerprint, standing
from datasource.people import check_sign_in, find_person
from datasource.people_tables import api_token, kiosk
from layouts.texts import Texts
from tests.people import PASSWORD, SECRET

OWN = ("demo", "Demo", "replay", "command", "oidc", "lifeline")


@pytest.fixture
def run(clock: FixedClock, shop, monkeypatch: pytest.MonkeyPatch):
    """Run a command on the small shop's store, with what is typed on standard input."""
    for name in ("DATABASE_URL", "LIFELINE_DATA", "LIFELINE_API_TOKEN", "LIFELINE_SECRET_KEY", "LIFELINE_OIDC_ISSUER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIFELINE_LOG_LEVEL", "error")
    monkeypatch.setenv("COLUMNS", "200")
    url = shop.engine.url.render_as_string(hide_password=False)

    def run(*arguments: str, typed: str = "", lang: str = "en"):
        told = [*arguments, "--database", url]
        return CliRunner().invoke(command_line(Texts(lang), clock), told, input=typed)

    return run


def test_the_first_admin_is_made_on_the_command_line(run, shop):
    """The password comes from standard input, and is never told again."""
    made = run("user", "add", "Boss", "--role", "admin", "--shown-name", "The Boss", typed=f"{PASSWORD}\n")
    assert (made.exit_code, made.output.strip()) == (0, "boss may sign in as Admin")
    with shop.begin() as connection:
        assert check_sign_in(connection, "boss", PASSWORD).role is Role.ADMIN
    listed = run("user", "list").output
    assert re.search(r"boss\s+The Boss\s+Admin\s+password\s+\S+ \S+\s+active", listed)
    assert PASSWORD not in made.output + listed


def test_people_are_changed_and_kept_out(run, shop):
    """Role with team, password, disabled."""
    run("user", "add", "li.wei", typed=f"{PASSWORD}\n")
    assert "Operator, " in run("user", "role", "li.wei", "operator", "--team", "warehouse").output
    assert run("user", "password", "li.wei", typed="quite another password\n").exit_code == 0
    with shop.begin() as connection:
        assert check_sign_in(connection, "li.wei", "quite another password").team == "warehouse"
    assert run("user", "disable", "li.wei").exit_code == 0
    with shop.begin() as connection:
        assert check_sign_in(connection, "li.wei", "quite another password") is None
        assert find_person(connection, "li.wei").disabled_at is not None


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("user", "add", "x", "--role", "king"), "", "no role"),
        (("user", "add", "x", "--team", "warehouse"), "", "Only an operator"),
        (("user", "add", "x", "--role", "operator", "--team", "moon"), f"{PASSWORD}\n", "no team"),
        (("user", "add", "x y"), f"{PASSWORD}\n", "no name to sign in with"),
        *((("user", "add", name), f"{PASSWORD}\n", "what the product itself is called") for name in OWN),
        (("token", "add", "settings", "--scopes", "read"), "", "what the product itself is called"),
        (("user", "add", "x"), "short\n", "at least 12 characters"),
        (("user", "add", "x"), "password1234\n", "easy to guess"),
        (("user", "add", "x"), "", "No password was given"),
        (("user", "add", "x", "--subject", "u-1"), "", "No OpenID provider"),
        (("user", "disable", "nobody"), "", "nobody of the name"),
        (("kiosk", "add", "Hall", "--page", "/nowhere"), "", "no page of this server"),
        (("kiosk", "add", "Hall", "--page", "//evil.example"), "", "no page of this server"),
        (("kiosk", "add", "Hall", "--page", "/audit"), "", "no page of this server"),
        (("kiosk", "add", "Hall", "--base", "orders"), "", "no address that a browser"),
        (("kiosk", "revoke", "none"), "", "no display"),
        (("token", "add", "wms", "--scopes", "everything"), "", "no scope"),
        (("token", "add", "wms", "--scopes", ""), "", "at least one scope"),
        (("token", "add", "wms", "--scopes", "read", "--days", "0"), "", "from 1 to 3650"),
        (("token", "revoke", "none"), "", "no valid token"),
    ],
)
def test_what_cannot_be_is_one_line(run, arguments: tuple, typed: str, words: str):
    """And exit code 2."""
    answer = run(*arguments, typed=typed)
    assert answer.exit_code == 2
    assert words in answer.output
    assert "Traceback" not in answer.output


def test_displays_and_tokens_are_told_once(run, shop, clock):
    """Made, listed without their secret, and revoked."""
    link = run("kiosk", "add", "Hall", "--page", "/wall?every=30s", "--base", "https://lifeline.example/").output
    secret = re.search(r"https://lifeline\.example/kiosk/(\S+)", link)[1]
    token = re.search(r"lft_\S+", run("token", "add", "wms", "--scopes", "events,read", "--days", "30").output)[0]
    listed = run("kiosk", "list").output + run("token", "list").output
    assert (secret in listed, token in listed) == (False, False)
    assert "/wall?every=30s" in listed
    assert "events, read" in listed
    now, shown = clock.now(), {CallerKind.KIOSK: fingerprint(secret), CallerKind.TOKEN: fingerprint(token)}
    with shop.begin() as connection:
        display, system = (standing(connection, kind, [told], now)[told] for kind, told in shown.items())
    assert (display.page, system.scopes) == ("/wall?every=30s", {Permission.TELL, Permission.READ})
    for group, name in (("kiosk", "Hall"), ("token", "wms")):
        found = re.search(rf"^(\w{{8}})\s+{name}", run(group, "list").output, re.MULTILINE)[1]
        assert run(group, "revoke", found).exit_code == 0
        assert "revoked" in run(group, "list").output
        assert run(group, "revoke", found).exit_code == 2
    with shop.begin() as connection:
        assert [standing(connection, kind, [told], now) for kind, told in shown.items()] == [{}, {}]


@pytest.mark.parametrize(
    ("group", "more", "lived"),
    [("kiosk", ("--page", "/wall"), "is on"), ("token", ("--scopes", "read"), "valid token")],
)
def test_displays_and_tokens_go_by_their_name_too(run, shop, group: str, more: tuple, lived: str):
    """One name is borne by one that lives; once it is off another may have it, and the name means that one."""
    made = run(group, "add", "Hall", *more)
    first = re.search(r"id (\w{8})", made.output)[1]
    again = run(group, "add", " Hall ", *more)
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
    assert lived in again.stderr and f"lifeline {group} revoke {first}" in again.stderr
    revoked = run(group, "revoke", "Hall")
    assert (revoked.exit_code, first in revoked.output) == (0, True)
    second = re.search(r"id (\w{8})", run(group, "add", "Hall", *more).output)[1]
    assert second != first
    with shop.begin() as connection:  # as an earlier version let it be
        table = kiosk if group == "kiosk" else api_token
        connection.execute(update(table).values(revoked_at=None))
    several = run(group, "revoke", "Hall")
    assert several.exit_code == 2 and f"{min(first, second)}, {max(first, second)}" in several.stderr
    assert run(group, "revoke", first).exit_code == 0
    assert second in run(group, "revoke", "Hall").output
    assert run(group, "revoke", "Hall").exit_code == 2


def test_lists_of_nothing_say_so(run):
    """In both languages."""
    assert "There is none yet" in run("user", "list").output
    assert "暂无" in run("kiosk", "list", lang="zh").output


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (None, "LIFELINE_SECRET_KEY takes a secret of at least 32 characters"),
        ("short", "LIFELINE_SECRET_KEY takes at least 32 characters"),
        ("changeme" * 5, "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("please-change-me-please-change-me-please", "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("a" * 40, "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("abababcd" * 5, "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("kQ2zV8rN5tYx" * 3, "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("0123456789abcdefghijklmnopqrstuvwxyz", "LIFELINE_SECRET_KEY takes a secret of your own"),
        ("zzzzyyyyxxxxwwwwvvvvuuuuttttssssrrrr", "LIFELINE_SECRET_KEY takes a secret of your own"),
    ],
)
def test_a_missing_or_known_secret_refuses_to_start(run, monkeypatch, secret: str | None, words: str):
    """One line that names it, and how to make one; the value is not repeated."""
    if secret is not None:
        monkeypatch.setenv("LIFELINE_SECRET_KEY", secret)
    answer = run("run", "--port", "0")
    assert answer.exit_code == 2
    assert words in answer.output
    assert "openssl rand" in answer.output
    assert secret is None or secret not in answer.output


@pytest.mark.parametrize("size", [24, 32, 48])
def test_a_secret_as_one_is_told_to_make_it_is_taken(size: int):
    """Of random bytes, as base64, as hex or as an URL has them."""
    for made in (secrets.token_bytes(size), hashlib.sha256(b"lifeline").digest()):
        for text in (base64.b64encode(made).decode(), made.hex(), base64.urlsafe_b64encode(made).decode().rstrip("=")):
            assert secret_key(text) == text


def test_a_target_that_is_private_stops_the_start(run, monkeypatch):
    """Before anything is served: one line that names the variable, and exit code 2."""
    monkeypatch.setenv("LIFELINE_SECRET_KEY", SECRET)
    monkeypatch.setenv("LIFELINE_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("LIFELINE_WEBHOOK_CHAT", "http://169.254.169.254/latest/meta-data")
    answer = run("run", "--port", "0")
    assert (answer.exit_code, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert answer.stderr.startswith("LIFELINE_WEBHOOK_CHAT takes an address of the open internet")


def test_where_nobody_may_sign_in_the_start_says_how_to_make_the_first(run, monkeypatch):
    """And once there is somebody it does not."""
    monkeypatch.setenv("LIFELINE_SECRET_KEY", SECRET)
    monkeypatch.setattr("callbacks.commands.run.serve", lambda *told: told[-1]("http://here"))
    assert "lifeline user add NAME --role admin" in run("run", "--port", "0").output
    run("user", "add", "boss", "--role", "admin", typed=f"{PASSWORD}\n")
    assert "user add" not in run("run", "--port", "0").output
