"""What whoever is refused gets: a program a problem, a person a page, or the way to sign in."""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from callbacks.callers import Standing
from callbacks.http.problems import language, problem_response
from callbacks.looks import looks_of
from dashboard.doors import door_of, taken_at
from dashboard.permissions import CallerKind
from layouts.login_page import Looks, notice_page
from layouts.texts import Texts

OF_API = {
    400: "length",
    401: "token",
    403: "forbidden",
    404: "no_path",
    405: "method",
    408: "slow",
    413: "bytes",
    503: "unavailable",
}
"""Texts under ``messages.problem`` or ``identity.problem``."""

OWN_TEXTS = frozenset({"length", "forbidden", "slow"})


def refusal(
    scope: Scope, status: int, found: Standing | None, text: str = "", field: str | None = None, **values: object
) -> Response:
    """The answer to a request that does not pass the gate. ``text``: another than the usual one of the status.

    ``field``: the one that is wrong.
    """
    request = Request(scope)
    if _is_for_a_person(scope):
        return _page(request, status, found)
    if status == 404 and not text and (taken := taken_at(scope["path"])):
        return _other_method(request, taken)
    name = text or OF_API[status]
    home = "identity" if name in OWN_TEXTS else "messages"
    detail = Texts(language(request))(f"{home}.problem.{name}", **{"path": scope["path"], "field": field, **values})
    answer = problem_response(request, status, detail, {"parameter": field} if field else None)
    if status in {408, 413}:
        answer.headers["Connection"] = "close"
    return answer


def _other_method(request: Request, taken: Sequence[str]) -> Response:
    """The path is there, for other methods."""
    told = {"method": request.method, "taken": ", ".join(taken)}
    detail = Texts(language(request))(f"messages.problem.{OF_API[405]}", **told)
    return problem_response(request, 405, detail, {"allow": list(taken)})


def _page(request: Request, status: int, found: Standing | None) -> Response:
    looks = looks_of(request)
    if found is not None and found.refused is CallerKind.KIOSK:
        return _notice(looks, "display", 403)
    if status == 401:
        return to_login(request)
    if status == 422:  # an address that no text can be is nobody's page
        return _notice(looks, "missing", 404)
    return _notice(looks, {403: "forbidden", 404: "missing"}.get(status, "unavailable"), status)


def to_login(request: Request) -> Response:
    """The way to sign in, and back to the page that was asked for."""
    url = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" + ("" if url == "/" else f"?next={quote(url, safe='')}"), 303)


def _notice(looks: Looks, name: str, status: int) -> Response:
    return HTMLResponse(notice_page(looks, name), status, headers={"Retry-After": "2"} if status == 503 else None)


def _is_for_a_person(scope: Scope) -> bool:
    if scope["method"] not in {"GET", "HEAD"}:
        return False
    door = door_of("GET", scope["path"])
    return scope["path"] == "/api/docs" or (door is not None and door.page)
