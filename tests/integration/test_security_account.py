"""One's own account: the password, what it must be like, and where one is signed in."""

import httpx
import pytest
from sqlalchemy import select

from dashboard.permissions import Role
from datasource.acting_tables import audit
from datasource.passwords import WeakPassword, check_password
from datasource.people import Person, add_person
from datasource.sessions import begin_session
from datasource.store import Store
from tests.people import BY, PASSWORD, sign_in, staffed


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


def test_somebody_changes_their_password(api: httpx.Client, server: str):
    """With the present one; all other sessions end, this one is new; a forged or weak change is refused."""
    sign_in(api, "li.wei")
    with httpx.Client(base_url=server) as other:
        sign_in(other, "li.wei")
        new, origin = "quite another password", {"Origin": server}
        token = api.get("/password").text.split('name="csrf" value="')[1].split('"')[0]
        told = {"csrf": token, "present": PASSWORD, "new": new, "again": new}
        for wrong, status in (
            ({"csrf": "0" * 64}, 403),
            ({"again": "a third password"}, 422),
            ({"new": "short", "again": "short"}, 422),
            ({"present": "wrong wrong wrong"}, 401),
        ):
            assert api.post("/password", data=told | wrong, headers=origin).status_code == status
        before = api.cookies["lifeline_session"]
        assert api.post("/password", data=told, headers={"Origin": "https://evil.example"}).status_code == 403
        assert api.post("/password", data=told, headers=origin).status_code == 303
        assert api.cookies["lifeline_session"] != before
        assert (api.get("/api/v1/lifeline").status_code, other.get("/api/v1/lifeline").status_code) == (200, 401)


def test_somebody_signs_out_everywhere_else(api: httpx.Client, server: str, shop: Store):
    """They see where they are signed in, and end the others with their password; the audit says so once."""
    sign_in(api, "li.wei")
    with httpx.Client(base_url=server) as other:
        sign_in(other, "li.wei")
        page, origin = api.get("/password").text, {"Origin": server}
        assert page.count("<li>") == 2 and page.count("this browser") == 1
        told = {"csrf": page.split('name="csrf" value="')[1].split('"')[0], "present": PASSWORD}
        for wrong, status in (({"csrf": "0" * 64}, 403), ({"present": "wrong wrong wrong"}, 401)):
            assert api.post("/password/others", data=told | wrong, headers=origin).status_code == status
        assert other.get("/api/v1/lifeline").status_code == 200
        for _ in range(2):
            done = api.post("/password/others", data=told, headers=origin)
            assert (
                done.status_code == 200 and "signed out everywhere else" in done.text and done.text.count("<li>") == 1
            )
        assert (api.get("/api/v1/lifeline").status_code, other.get("/api/v1/lifeline").status_code) == (200, 401)
    with shop.begin() as connection:
        asked = select(audit.c.before).where(audit.c.kind == "session.others_ended")
        assert connection.execute(asked).scalars().all() == [{"sessions": 1}]


def test_whom_an_organisation_signs_in_needs_no_password_for_that(api: httpx.Client, server: str, shop: Store, clock):
    """They have none to show, and none to change."""
    somebody = Person("zhang", "Zhang", Role.VIEWER, None, clock.now())
    with shop.begin() as connection:
        add_person(connection, somebody, BY, oidc=("https://id.example", "zhang"))
        begin_session(connection, somebody, "there", clock.now())
        api.cookies["lifeline_session"] = begin_session(connection, somebody, "here", clock.now())
    page = api.get("/password").text
    assert page.count("<li>") == 2 and 'type="password"' not in page and "no password here" in page
    token = page.split('name="csrf" value="')[1].split('"')[0]
    done = api.post("/password/others", data={"csrf": token}, headers={"Origin": server})
    assert done.status_code == 200 and done.text.count("<li>") == 1


def test_only_people_have_a_password(api: httpx.Client, server: str):
    """Nobody is sent to sign in."""
    assert api.get("/password").status_code == 401
    assert api.post("/password", data={}, headers={"Origin": server}).status_code == 401


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 257, "long"),
        ("password1234", "known"),
        ("abababababab", "known"),
        ("li.wei-li.wei-1", "known"),
        ("P@ssw0rd1234", "known"),
        ("zhongguo123456", "known"),
        ("woaini5201314", "known"),
        ("orderlifeline!", "known"),
        ("correct horse", None),
        ("密码要长一点才算是好的密码", None),
    ],
)
def test_what_a_password_must_be_like(password: str, why: str | None):
    """Twelve characters of any kind, none that everybody tries; no rules of upper case and digits."""
    if why is None:
        check_password(password, "li.wei")
        return
    with pytest.raises(WeakPassword) as caught:
        check_password(password, "li.wei")
    assert caught.value.text == why
