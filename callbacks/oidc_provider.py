"""An OpenID provider: where it is, the way to it, and what its signed answer says of somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from requests.exceptions import RequestException

from dashboard.clock import Clock
from dashboard.identity_settings import Oidc

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures with a key of the provider's only: none with a shared secret, none without a signature."""

SECONDS = 10.0
LEEWAY = 60


class OidcError(Exception):
    """It did not work; the message says in a word at what."""


@dataclass(frozen=True, slots=True)
class Step:
    """One signing in: what only this browser and the provider know of it. ``back``: where the provider sends to."""

    state: str
    nonce: str
    verifier: str
    back: str


class OidcProvider:
    """Talks to it. Threads may share it."""

    def __init__(self, settings: Oidc, clock: Clock) -> None:
        self.settings, self._clock = settings, clock
        self._known: Mapping[str, Any] | None = None
        self._lock = Lock()

    def way(self, step: Step) -> str:
        """The address at the provider that signs in. Raises ``OidcError``."""
        endpoint = self._discovered()["authorization_endpoint"]
        with self._client(step) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=step.state, nonce=step.nonce, code_verifier=step.verifier
            )
        return str(url)

    def claims(self, step: Step, code: str) -> Mapping[str, Any]:
        """What the provider says of whoever came back with the code, its signature checked. Raises ``OidcError``."""
        known = self._discovered()
        try:
            with self._client(step) as client:
                told = client.fetch_token(
                    known["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=step.verifier,
                )
            keys = KeySet.import_key_set(_fetched(known["jwks_uri"]))
            token = jwt.decode(str(told["id_token"]), keys, algorithms=ALGORITHMS)
            self._check(token.claims, step)
        except (
            AuthlibBaseError,
            JoseError,
            httpx.HTTPError,
            RequestException,
            KeyError,
            ValueError,
            TypeError,
        ) as error:
            raise OidcError(type(error).__name__) from error
        return token.claims

    def _check(self, claims: Mapping[str, Any], step: Step) -> None:
        now = int(self._clock.now().timestamp())
        registry = JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": step.nonce},
        )
        registry.validate(dict(claims))
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise ValueError("meant for another client")

    def _client(self, step: Step) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid profile email",
            redirect_uri=step.back,
            code_challenge_method="S256",
            default_timeout=SECONDS,
        )

    def _discovered(self) -> Mapping[str, Any]:
        with self._lock:
            if self._known is None:
                try:
                    known = _fetched(f"{self.settings.issuer}/.well-known/openid-configuration")
                except (httpx.HTTPError, ValueError) as error:
                    raise OidcError(f"discovery {type(error).__name__}") from error
                if str(known.get("issuer", "")).rstrip("/") != self.settings.issuer:
                    raise OidcError("another issuer")
                if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= known.keys():
                    raise OidcError("discovery")
                self._known = known
            return self._known


def _fetched(url: str) -> Any:  # noqa: ANN401 - JSON
    return httpx.get(url, timeout=SECONDS, follow_redirects=False).raise_for_status().json()
