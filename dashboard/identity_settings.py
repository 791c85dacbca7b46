"""The settings of identity: the server's secret, https, trusted proxies, an OpenID provider."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from urllib.parse import urlsplit

from dashboard.permissions import Role

SHORTEST_SECRET = 32
KNOWN = ("changeme", "change-me", "change_me", "secret", "default", "example", "password", "lifeline", "your-", "xxxx")
"""What a value that was copied from some guide holds."""

LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID provider. ``claim``: the claim that ``roles`` read, as (value, role, team)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "groups"
    roles: tuple[tuple[str, Role, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """``secret_key``: what the server signs with. ``https``: whether browsers reach it by https only.

    ``metrics_open``: whether ``/metrics`` answers without credentials. ``proxies``: whose ``X-Forwarded-For`` and
    ``X-Forwarded-Proto`` are believed.
    """

    secret_key: str | None = field(default=None, repr=False)
    https: bool = False
    metrics_open: bool = False
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    oidc: Oidc | None = None


def secret_key(text: str) -> str:
    """Raises ``ValueError`` for a secret that is short, well known or no secret: of few signs, or of a pattern."""
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"takes at least {SHORTEST_SECRET} characters; make one with: openssl rand -base64 48")
    if any(word in text.lower() for word in KNOWN) or len(set(text)) < SHORTEST_SECRET // 4 or _has_a_pattern(text):
        raise ValueError("takes a secret of your own, not one from a guide; make one with: openssl rand -base64 48")
    return text


def _has_a_pattern(text: str) -> bool:
    """Whether it is something written again and again, or mostly runs such as ``abcdef``, ``4321`` or ``aaaa``."""
    repeats = any(text[place:] == text[:-place] for place in range(1, len(text) // 2 + 1))
    runs = sum(abs(ord(one) - ord(next_)) <= 1 for one, next_ in pairwise(text))
    return repeats or runs > len(text) // 2


def yes(text: str) -> bool:
    """Whether it says yes. Raises ``ValueError`` for what is neither."""
    if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ValueError("takes 1 or 0")
    return text.lower() in {"1", "true", "yes", "on"}


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, separated by commas. Raises ``ValueError``."""
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError:
        raise ValueError("takes addresses or networks such as 10.0.0.5 or 10.0.0.0/24, separated by commas") from None


def oidc_issuer(text: str) -> str:
    """The provider's address, as its tokens name it. Raises ``ValueError`` for one that is neither https nor local."""
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise ValueError("takes the https address of an OpenID provider")
    return text.rstrip("/")


def roles_of_claims(text: str) -> tuple[tuple[str, Role, str | None], ...]:
    """``lifeline-admins=admin, warehouse=operator:warehouse``. Raises ``ValueError``."""
    return tuple(_role_of_claim(part.strip()) for part in text.split(",") if part.strip())


def _role_of_claim(text: str) -> tuple[str, Role, str | None]:
    value, found, told = text.rpartition("=")
    role, _, team = told.partition(":")
    if not found or role not in {one.value for one in Role} or (team and role != Role.OPERATOR):
        raise ValueError("takes pairs such as lifeline-admins=admin, warehouse-hz1=operator:warehouse")
    return value, Role(role), team or None
