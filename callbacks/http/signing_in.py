"""``/login``, ``/logout`` and ``/kiosk/…``: where cookies are handed out and taken back."""

import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from callbacks import cookies
from callbacks.callers import Callers
from callbacks.gate import caller_of, standing_of
from callbacks.http.problems import Problem
from callbacks.login import Attempt, Login
from callbacks.looks import looks_of
from callbacks.services import Services
from callbacks.signing import Signer
from dashboard.permissions import CallerKind
from dashboard.whole_text import is_whole
from datasource.credentials import fingerprint
from datasource.login_failures import TooManyFailures
from datasource.people import has_people
from layouts.login_page import LoginForm, login_page, notice_page

LONGEST_FIELD = 2048

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of pages that need nothing but a style sheet."""


def router(services: Services, callers: Callers, login: Login, signer: Signer) -> APIRouter:
    """The routes of signing in and out, and of displays."""
    routes = APIRouter(include_in_schema=False)
    doors = SigningIn(services, login, signer)

    @routes.get("/login")
    async def form(request: Request) -> Response:
        return await run_in_threadpool(doors.form, request)

    @routes.post("/login")
    async def enter(request: Request) -> Response:
        return await run_in_threadpool(doors.enter, request, await request.form(max_files=0, max_fields=8))

    @routes.post("/logout")
    async def leave(request: Request) -> Response:
        return await run_in_threadpool(doors.leave, request, await request.form(max_files=0, max_fields=4))

    @routes.get("/kiosk/{token}")
    def kiosk(request: Request, token: str) -> Response:
        return _display(request, callers, token)

    return routes


class SigningIn:
    """Answers the form, and who fills it in."""

    def __init__(self, services: Services, login: Login, signer: Signer) -> None:
        self._services, self._login, self._signer = services, login, signer

    def form(self, request: Request) -> Response:
        """The empty form; who is signed in already goes on."""
        next_ = place(request.query_params.get("next", ""))
        caller = caller_of(request)
        if caller is not None and caller.kind is CallerKind.PERSON:
            return RedirectResponse(next_, 303)
        wrong = request.query_params.get("wrong", "")
        answer = self._form(request, next_, wrong if wrong in {"oidc_refused", "oidc_failed"} else "")
        if standing_of(request).refused is CallerKind.KIOSK:
            cookies.take_back(answer, cookies.KIOSK, standing_of(request).where.secure)
        return answer

    def enter(self, request: Request, told: FormData) -> Response:
        """Sign in, or say what is wrong."""
        where, next_ = standing_of(request).where, place(field_of(told, "next"))
        header = request.headers.get("cookie", "")
        if not self._signer.is_token(
            field_of(told, "csrf"), "login", cookies.shown(header, cookies.FORM, where.secure)
        ):
            return self._form(request, next_, "form", 403)
        name = field_of(told, "name")
        before = cookies.shown(header, cookies.SESSION, where.secure)
        try:
            secret = self._login.by_password(Attempt(name, field_of(told, "password"), where.address, before))
        except TooManyFailures as error:
            seconds = max(round(error.wait.total_seconds()), 1)
            answer = self._form(request, next_, "wait", 429, name=name, seconds=seconds)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        if secret is None:
            return self._form(request, next_, "wrong", 401, name=name)
        return entered(next_, secret, where.secure)

    def leave(self, request: Request, told: FormData) -> Response:
        """Sign out."""
        where = standing_of(request).where
        secret = cookies.shown(request.headers.get("cookie", ""), cookies.SESSION, where.secure)
        if secret and not self._signer.is_token(field_of(told, "csrf"), "logout", fingerprint(secret).hex()):
            raise Problem(403, "origin")
        if secret:
            self._login.out(secret, where.address)
        answer = RedirectResponse("/login", 303, headers={"Clear-Site-Data": '"cache"'})
        cookies.take_back(answer, cookies.SESSION, where.secure)
        return answer

    def _form(
        self, request: Request, next_: str, wrong: str, status: int = 200, name: str = "", **values: object
    ) -> HTMLResponse:
        where, looks = standing_of(request).where, looks_of(request)
        carried = (
            cookies.shown(request.headers.get("cookie", ""), cookies.FORM, where.secure) or secrets.token_urlsafe()
        )
        with self._services.store.begin() as connection:
            empty = not has_people(connection)
        form = LoginForm(
            next_,
            self._signer.token("login", carried),
            looks.texts(f"identity.login.{wrong}", **values) if wrong else "",
            name[:64],
            self._services.settings.identity.oidc is not None,
            empty,
        )
        answer = HTMLResponse(login_page(looks, form), status, headers={"Content-Security-Policy": POLICY})
        cookies.hand_out(answer, cookies.FORM, carried, where.secure)
        return answer


def entered(next_: str, secret: str, secure: bool) -> Response:
    """The way on, with the new session's cookie; the browser is no display any more."""
    answer = RedirectResponse(next_, 303)
    cookies.hand_out(answer, cookies.SESSION, secret, secure)
    for name in (cookies.KIOSK, cookies.FORM, cookies.OIDC):
        cookies.take_back(answer, name, secure)
    return answer


def place(told: str) -> str:
    """Where to go after signing in: a path of this server, else the first page."""
    try:
        parts = urlsplit(told)
    except ValueError:
        return "/"
    ours = told.startswith("/") and not told.startswith(("//", "/login", "/logout", "/kiosk", "/api"))
    plain = told.isprintable() and "\\" not in told and len(told) <= LONGEST_FIELD
    return told if ours and plain and not parts.netloc and not parts.scheme else "/"


def _display(request: Request, callers: Callers, token: str) -> Response:
    shown = (CallerKind.KIOSK, fingerprint(token[:200]))
    caller = callers.still([shown]).get(shown)
    if caller is None or caller.page is None:
        return HTMLResponse(notice_page(looks_of(request), "display"), 403)
    answer = RedirectResponse(caller.page, 303, headers={"Referrer-Policy": "no-referrer"})
    cookies.hand_out(answer, cookies.KIOSK, token, standing_of(request).where.secure, cookies.FOR_YEARS)
    return answer


def field_of(told: FormData, name: str) -> str:
    """A field of a form as text; nothing where it is missing or a file.

    Raises:
        Problem: it is one that no store can hold.
    """
    value = told.get(name, "")
    if not isinstance(value, str):
        return ""
    if not is_whole(value):
        raise Problem(422, "text", field=name, more={"parameter": name})
    return value[:LONGEST_FIELD]
