"""The whole server: API, live sockets and pages on one port, and the work that goes on behind them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from dash import Dash
from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response
from flask import Flask
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Match, WebSocketRoute
from starlette.types import ASGIApp, Scope

from callbacks.access import Access, security_headers
from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.callers import Callers
from callbacks.calls import Calls
from callbacks.compression import KeptCompressed
from callbacks.edition import ASSETS
from callbacks.gate import Gate, caller_here, caller_of
from callbacks.guard import Guard
from callbacks.http import (
    account,
    actions,
    audit,
    events,
    lifeline,
    oidc,
    orders,
    outbox,
    problems,
    signing_in,
    sources,
    trends,
)
from callbacks.http.docs_page import docs_page
from callbacks.hub import Hub, Key
from callbacks.leaving import Leaving
from callbacks.live import Live
from callbacks.login import Login
from callbacks.pages import acting as acting_dialog
from callbacks.pages import finding, incident_buttons, navigation, node_list, outbox_buttons, replay, search
from callbacks.pages.address import Address
from callbacks.pages.router import Pages
from callbacks.pages.site import Site, validation_layout
from callbacks.reads import Reads
from callbacks.rendering import Rendered, rendered
from callbacks.services import Services
from callbacks.signing import Signer
from datasource.errors import StoreError
from datasource.people import people
from layouts.texts import Texts

VERSION = "1"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def build(services: Services, acting: Acting) -> FastAPI:
    """The ASGI app. Its lifespan runs the hub; the keeper runs beside it. ``acting``: the process's one, for both."""
    flask = Flask("lifeline", static_folder=None)
    reads = Reads(services, cache_for(flask, services.settings.cache_url))
    pages = Pages(services, reads, acting, caller_here, _names(services))
    site = build_site(flask, pages)
    identity = services.settings.identity
    access = Access.of(services.settings.hosts, services.settings.host, https=identity.https)
    callers, signer = Callers(services), Signer(identity.secret_key or secrets.token_urlsafe(32))
    login = Login(services, signer)
    builder = Builder(pages)
    hub = Hub(builder, _generation(services, reads), services.clock, services.metrics, builder.is_past)
    live = Live(hub, access, callers)

    app = FastAPI(
        title="Order lifeline",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_running(hub.run, live.watch),
    )
    app.include_router(lifeline.router(services, reads))
    app.include_router(sources.router(services, reads))
    app.include_router(trends.router(services, reads))
    app.include_router(orders.router(services))
    app.include_router(audit.router(services, reads))
    app.include_router(outbox.router(services, reads, caller_of))
    app.include_router(actions.router(services, acting, caller_of))
    app.include_router(events.router(services))
    app.include_router(signing_in.router(services, callers, login, signer))
    app.include_router(account.router(services, login, signer))
    app.include_router(oidc.router(services, login, signer))
    _describe(app)
    _watch(app, services, reads)
    problems.register(app)
    _refuse_the_rest(app)
    app.router.routes.append(WebSocketRoute("/live", live.serve))
    app.mount("/", Leaving(cast("ASGIApp", WSGIMiddleware(site.server, workers=services.settings.workers))))
    app.add_middleware(KeptCompressed)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    calls = Calls(site.callback_map)
    app.add_middleware(Gate, callers=callers, access=access, services=services, signer=signer, calls=calls)
    headers = security_headers(site.csp_hashes(), https=identity.https)
    app.add_middleware(Guard, access=access, headers=headers, metrics=services.metrics)
    return app


def build_site(flask: Flask, pages: Pages) -> Dash:
    """The Dash app with every callback registered."""
    site = Site(flask, ASSETS)
    site.validation_layout = validation_layout()  # type: ignore[assignment] # declared as None only
    for part in (navigation, search, node_list, finding, incident_buttons, outbox_buttons, replay, acting_dialog):
        part.register(site, pages)
    return site


def _names(services: Services) -> Callable[[], list[str]]:
    """Who may be named: everybody who may still sign in."""

    def names() -> list[str]:
        with services.store.read() as connection:
            return [one.name for one in people(connection) if one.disabled_at is None]

    return names


class Builder:
    """Builds what the hub compares."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __call__(self, key: Key) -> Rendered:
        """The page of an address, as its live parts. Raises ``StoreError``."""
        return rendered(self._pages.build(_address(key)))

    @staticmethod
    def is_past(key: Key) -> bool:
        """Whether the page shows an instant of the past."""
        return bool(_address(key).parameters.get("at"))


def _address(key: Key) -> Address:
    url, lang, theme, rights = key
    return replace(navigation.read_address(url, {"lang": lang, "theme": theme}), rights=rights)


def _generation(services: Services, reads: Reads) -> Callable[[], int]:
    """What grows whenever a page may show something else. In a replay that is more than the rollups."""
    replaying = services.replay
    if replaying is None:
        return reads.generation
    replaying.forget = reads.forget
    return lambda: reads.generation() + replaying.revision


def _running(*works: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        del app
        running = [asyncio.create_task(work()) for work in works]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    return running


def _describe(app: FastAPI) -> None:
    @app.get("/api/openapi.json", include_in_schema=False)
    def schema() -> JSONResponse:
        return JSONResponse(_schema(app))

    @app.get("/api/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(docs_page(_schema(app), Texts(problems.language(request))))


def _refuse_the_rest(app: FastAPI) -> None:
    known = tuple(app.router.routes)

    @app.api_route("/api/{rest:path}", methods=METHODS, include_in_schema=False)
    def nothing(rest: str, request: Request) -> None:
        """A path of the API that there is not is no page either; one that takes other methods says which."""
        taken = [one for one in METHODS if _takes(known, {**request.scope, "method": one})]
        if taken:
            raise problems.Problem(405, "method", method=request.method, taken=", ".join(taken), more={"allow": taken})
        raise problems.Problem(404, "no_path", path=f"/api/{rest}")


def _takes(routes: Iterable[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


def _schema(app: FastAPI) -> dict[str, object]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        parts = made.setdefault("components", {})
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        models = parts.setdefault("schemas", {})
        for model in events.MODELS:
            described = model.model_json_schema(ref_template="#/components/schemas/{model}")
            models.update(described.pop("$defs", {}))
            models[model.__name__] = described
        app.openapi_schema = made
    return app.openapi_schema


def _watch(app: FastAPI, services: Services, reads: Reads) -> None:
    @app.get("/healthz", tags=["health"], summary="Whether the server and its store work")
    def healthz() -> JSONResponse:
        """200 while the database answers, 503 while it does not."""
        now = services.clock.now()
        try:
            told = {"status": "ok", "generation": reads.generation(), "silence_seconds": reads.silence_seconds(now)}
        except StoreError:
            return JSONResponse({"status": "unavailable"}, 503)
        return JSONResponse({**told, "backfill": services.backfill})

    @app.get("/metrics", tags=["health"], summary="Metrics in the Prometheus format")
    def metrics() -> Response:
        """Counts, durations and gauges of this process."""
        with suppress(StoreError):
            services.metrics.silence.set(reads.silence_seconds(services.clock.now()) or 0)
        body, kind = services.metrics.exposition()
        return Response(body, media_type=kind)
