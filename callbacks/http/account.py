"""``/password``: somebody's own account, where they change their password and see where they are signed in."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from callbacks.gate import caller_of, standing_of
from callbacks.http.problems import Problem
from callbacks.http.signing_in import POLICY, entered, field_of
from callbacks.login import Attempt, Login
from callbacks.looks import looks_of
from callbacks.services import Services
from callbacks.signing import Signer
from dashboard.permissions import Caller, CallerKind
from datasource.errors import NoLifeline
from datasource.login_failures import TooManyFailures
from datasource.passwords import WeakPassword
from datasource.people import find_person
from datasource.sessions import sessions_of
from layouts.account_page import Account, SignedIn, account_page
from layouts.formats import Formats


def router(services: Services, login: Login, signer: Signer) -> APIRouter:
    """The routes of the page and of its two forms."""
    routes = APIRouter(include_in_schema=False)
    own = OwnAccount(services, login, signer)

    @routes.get("/password")
    def show(request: Request) -> Response:
        return own.show(request)

    @routes.post("/password")
    async def change(request: Request) -> Response:
        return await run_in_threadpool(own.change, request, await request.form(max_files=0, max_fields=8))

    @routes.post("/password/others")
    async def alone(request: Request) -> Response:
        return await run_in_threadpool(own.alone, request, await request.form(max_files=0, max_fields=4))

    return routes


class OwnAccount:
    """Answers the page and its forms; only people have an account."""

    def __init__(self, services: Services, login: Login, signer: Signer) -> None:
        self._services, self._login, self._signer = services, login, signer

    def show(self, request: Request, status: int = 200, *, wrong: str = "", done: str = "") -> Response:
        """The page. ``wrong``, ``done``: what came of the last try, in words."""
        known = _person(request)
        if known is None:
            return RedirectResponse("/", 303)
        caller, session = known
        store, now, looks = self._services.store, self._services.clock.now(), looks_of(request)
        with store.begin() as connection:
            person = find_person(connection, caller.name)
            sessions = sessions_of(connection, caller.name, now)
        account = Account(
            self._signer.token("password", session.hex()),
            person is not None and person.has_password,
            [SignedIn(one.made_at, (now - one.seen_at).total_seconds(), one.token_hash == session) for one in sessions],
            wrong,
            done,
        )
        page = account_page(looks, Formats(looks.texts, self._zone()), account)
        return HTMLResponse(page, status, headers={"Content-Security-Policy": POLICY})

    def change(self, request: Request, told: FormData) -> Response:
        """Change the password, or say what is wrong."""
        caller, session = self._asked_by(request)
        if not self._signer.is_token(field_of(told, "csrf"), "password", session.hex()):
            return self._refuse(request, 403, "login.form")
        new, where = field_of(told, "new"), standing_of(request).where
        if new != field_of(told, "again"):
            return self._refuse(request, 422, "refused.different")
        try:
            secret = self._login.change(Attempt(caller.name, field_of(told, "present"), where.address), new)
        except TooManyFailures as error:
            return self._wait(request, error)
        except WeakPassword as weak:
            return self._refuse(request, 422, f"password.{weak.text}", **weak.values)
        if secret is None:
            return self._refuse(request, 401, "login.wrong_present")
        return entered("/", secret, where.secure)

    def alone(self, request: Request, told: FormData) -> Response:
        """Sign out everywhere else, or say what is wrong."""
        caller, session = self._asked_by(request)
        if not self._signer.is_token(field_of(told, "csrf"), "password", session.hex()):
            return self._refuse(request, 403, "login.form")
        attempt = Attempt(caller.name, field_of(told, "present"), standing_of(request).where.address)
        try:
            right = self._login.alone(attempt, session)
        except TooManyFailures as error:
            return self._wait(request, error)
        if not right:
            return self._refuse(request, 401, "login.wrong_present")
        return self.show(request, done=looks_of(request).texts("identity.account.ended"))

    def _wait(self, request: Request, error: TooManyFailures) -> Response:
        return self._refuse(request, 429, "login.wait", seconds=max(round(error.wait.total_seconds()), 1))

    def _refuse(self, request: Request, status: int, text: str, **values: object) -> Response:
        return self.show(request, status, wrong=looks_of(request).texts(f"identity.{text}", **values))

    def _asked_by(self, request: Request) -> tuple[Caller, bytes]:
        known = _person(request)
        if known is None:
            raise Problem(403, "origin")
        return known

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._services.store.lifeline().time_zone)
        except NoLifeline:
            return ZoneInfo("UTC")


def _person(request: Request) -> tuple[Caller, bytes] | None:
    """Whoever is signed in, and the hash of their session."""
    caller, found = caller_of(request), standing_of(request)
    if caller is None or caller.kind is not CallerKind.PERSON or found.shown is None:
        return None
    return caller, found.shown[1]
