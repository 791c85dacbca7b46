"""``/login/oidc``: signing in at an OpenID provider, by authorization code with PKCE, state and nonce."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from callbacks import cookies
from callbacks.gate import standing_of
from callbacks.http.problems import Problem
from callbacks.http.signing_in import entered, place
from callbacks.login import Login
from callbacks.logs import log
from callbacks.oidc_people import OidcRefused, person_of_claims
from callbacks.oidc_provider import OidcError, OidcProvider, Step
from callbacks.services import Services
from callbacks.signing import Signer
from callbacks.where import Where

BACK = "/login/oidc/back"
LASTS = timedelta(minutes=10)


def router(services: Services, login: Login, signer: Signer) -> APIRouter:
    """The way to the provider, and back."""
    routes = APIRouter(include_in_schema=False)
    settings = services.settings.identity.oidc
    provider = OidcProvider(settings, services.clock) if settings else None

    @routes.get("/login/oidc")
    def leave(request: Request) -> Response:
        if provider is None:
            raise Problem(404, "no_path", path="/login/oidc")
        step = Step(secrets.token_urlsafe(), secrets.token_urlsafe(), secrets.token_urlsafe(48), _back(request))
        try:
            answer = RedirectResponse(provider.way(step), 303)
        except OidcError as error:
            return _failed(error, place(request.query_params.get("next", "")))
        kept = {"state": step.state, "nonce": step.nonce, "verifier": step.verifier}
        kept |= {"next": place(request.query_params.get("next", "")), "at": services.clock.now().isoformat()}
        cookies.hand_out(answer, cookies.OIDC, signer.sealed("oidc", kept), _where(request).secure, LASTS.seconds)
        return answer

    @routes.get(BACK)
    def back(request: Request) -> Response:
        where, header = _where(request), request.headers.get("cookie", "")
        kept = signer.opened("oidc", cookies.shown(header, cookies.OIDC, where.secure))
        if provider is None or kept is None:
            return _failed(OidcError("no_state"), "/")
        asked = request.query_params
        fresh = services.clock.now() - datetime.fromisoformat(kept["at"]) < LASTS
        if not fresh or not secrets.compare_digest(asked.get("state", "").encode(), kept["state"].encode()):
            return _failed(OidcError("state"), "/")
        if "code" not in asked:
            return _failed(OidcError("refused_there"), kept["next"])
        try:
            step = Step(kept["state"], kept["nonce"], kept["verifier"], _back(request))
            claims = provider.claims(step, asked["code"])
            person = person_of_claims(services, provider.settings, claims, where.address)
        except OidcError as error:
            return _failed(error, kept["next"])
        except OidcRefused:
            return _to_login("oidc_refused", kept["next"], where)
        before = cookies.shown(header, cookies.SESSION, where.secure)
        return entered(kept["next"], login.of(person, where.address, before, "oidc"), where.secure)

    return routes


def _where(request: Request) -> Where:
    return standing_of(request).where


def _back(request: Request) -> str:
    scheme = "https" if _where(request).secure else "http"
    return f"{scheme}://{request.headers['host']}{BACK}"


def _failed(error: OidcError, next_: str) -> Response:
    log("identity").warning("oidc_failed", reason=str(error))
    return RedirectResponse(f"/login?{urlencode({'wrong': 'oidc_failed', 'next': next_})}", 303)


def _to_login(wrong: str, next_: str, where: Where) -> Response:
    answer = RedirectResponse(f"/login?{urlencode({'wrong': wrong, 'next': next_})}", 303)
    cookies.take_back(answer, cookies.OIDC, where.secure)
    return answer
