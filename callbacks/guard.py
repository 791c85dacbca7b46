"""What every request passes: it must be meant for this server; its answer gets its headers, and is counted."""

from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callbacks.access import Access
from callbacks.http.problems import language, problem_response
from callbacks.logs import log
from callbacks.metrics import Metrics
from layouts.texts import Texts

SLOW_SECONDS = 1.0
CALLBACKS = "/_dash-update-component"


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, access: Access, headers: dict[str, str], metrics: Metrics) -> None:
        self._app, self._access, self._headers, self._metrics = app, access, headers, metrics
        self._log = log("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sockets are judged where they are opened; requests here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if _is_fresh(scope["path"]):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            if refusal := self._refusal(scope):
                status_code, text = refusal
                request = Request(scope)
                detail = Texts(language(request))(text)
                await problem_response(request, status_code, detail)(scope, receive, dressed)
            else:
                await self._app(scope, receive, dressed)
        finally:
            self._count(_route(scope), status, perf_counter() - began)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if not self._access.knows_host(headers.get("host", "")):
            return 421, "messages.problem.host"
        if scope["path"].startswith(CALLBACKS) and not self._access.may_call_back(headers):
            return 403, "messages.problem.origin"
        return None

    def _count(self, route: str, status: int, seconds: float) -> None:
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        if status >= 500 or seconds > SLOW_SECONDS:
            self._log.warning("request", route=route, status=status, ms=round(seconds * 1000))
        else:
            self._log.debug("request", route=route, status=status, ms=round(seconds * 1000))


def _route(scope: Scope) -> str:
    route = getattr(scope.get("route"), "path", "")
    if route:
        return str(route)
    path = str(scope["path"])
    return next((prefix for prefix in ("/assets", "/_dash") if path.startswith(prefix)), "page")


def _is_fresh(path: str) -> bool:
    return not path.startswith(("/assets/", "/_dash-component-suites/"))
