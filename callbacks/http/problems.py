"""Errors as problem details (RFC 9457), in the language of the request."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from callbacks.filters import FilterError
from callbacks.languages import preferred
from callbacks.logs import log
from datasource.acting_errors import ActingError
from datasource.errors import StoreError, StoreUnavailable
from datasource.order_fields import OrderQueryError
from layouts.texts import LANGUAGES, Texts

MEDIA_TYPE = "application/problem+json"
DESCRIPTION = {"description": "Problem details (RFC 9457)", "content": {MEDIA_TYPE: {}}}

TITLES = {
    400: "bad",
    401: "unauthorised",
    403: "refused",
    404: "missing",
    405: "method",
    409: "conflict",
    413: "too_large",
    421: "misdirected",
}
TITLES |= {422: "invalid", 429: "busy", 500: "internal", 503: "unavailable"}


class Problem(Exception):  # noqa: N818 - the word of the standard
    """Why a request is not answered. ``text``: a key under ``messages.problem`` for the detail."""

    def __init__(self, status: int, text: str, *, more: Mapping[str, Any] | None = None, **values: object) -> None:
        super().__init__(text)
        self.status, self.text, self.values, self.more = status, text, values, dict(more or {})


def language(request: Request) -> str:
    """The language of the answer: ``lang=`` of the query, else what ``Accept-Language`` likes best."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def problem_response(request: Request, status: int, detail: str, more: Mapping[str, Any] | None = None) -> JSONResponse:
    """The answer that says what is wrong."""
    name = TITLES.get(status, "bad")
    title = Texts(language(request))(f"messages.title.{name}")
    told = {"type": f"/api/docs#problem-{name}", "title": title, "status": status, "detail": detail}
    headers = {"Retry-After": "1"} if status in {429, 503} else {}
    headers |= {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    headers |= {"Allow": ", ".join((more or {}).get("allow", ()))} if status == 405 else {}
    return JSONResponse({**told, **(more or {})}, status, headers=headers, media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Turn every error of the API into a problem."""
    errors = log("http")

    async def told(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, Problem)
        detail = Texts(language(request))(f"messages.problem.{problem.text}", **problem.values)
        return problem_response(request, problem.status, detail, problem.more)

    async def wrong_filter(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, FilterError)
        return problem_response(request, 422, error.sentence(Texts(language(request))), {"parameter": error.name})

    async def wrong_list(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, OrderQueryError)
        return problem_response(request, 422, str(error), {"parameter": error.parameter})

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        found = [{"parameter": _field(one), "reason": str(one["msg"])} for one in error.errors()]
        detail = "; ".join(f"{one['parameter']}: {one['reason']}" for one in found)
        return problem_response(request, 422, detail, {"errors": found})

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem_response(request, error.status_code, str(error.detail))

    async def not_begun(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ActingError)
        texts, key = Texts(language(request)), f"acting.error.{error.text}"
        detail = texts(key, **error.values) if texts.has(key) else error.text
        told = {"code": error.text, **error.facts, **_parameter(error.values)}
        return problem_response(request, error.status, detail, told)

    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        kind = "unavailable" if isinstance(error, StoreUnavailable) else "store"
        errors.warning("store_failed", error=type(error).__name__)
        return problem_response(request, 503, Texts(language(request))(f"messages.problem.{kind}"))

    async def broken(request: Request, error: Exception) -> JSONResponse:
        errors.error("request_failed", route=request.url.path.split("/")[1:4], exc_info=error)
        return problem_response(request, 500, Texts(language(request))("messages.problem.internal"))

    for kind, handler in (
        (Problem, told),
        (FilterError, wrong_filter),
        (OrderQueryError, wrong_list),
        (RequestValidationError, invalid),
        (HTTPException, refused),
        (ActingError, not_begun),
        (StoreError, unavailable),
        (Exception, broken),
    ):
        app.add_exception_handler(kind, handler)


def _field(error: Mapping[str, Any]) -> str:
    """The field of an error by its way from the outermost one, ``orders.3``; the whole body by that name."""
    where, *way = error["loc"]
    return ".".join(map(str, way)) if way and error["type"] != "json_invalid" else str(where)


def _parameter(values: Mapping[str, object]) -> dict[str, object]:
    return {"parameter": values["field"]} if "field" in values else {}
