"""Where a request comes from: the client's address and scheme, through the proxies that the settings trust."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from callbacks.access import LOCAL, host_name
from dashboard.identity_settings import IdentitySettings

FORWARDED = (
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-host",
    "x-original-forwarded-for",
    "x-proxyuser-ip",
    "proxy-client-ip",
    "wl-proxy-client-ip",
    "true-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ray",
    "x-azure-clientip",
    "x-amzn-trace-id",
    "x-envoy-external-address",
    "x-scheme",
)
"""A request with one of these, or any of ``X-Forwarded-…``, came by way of a proxy, whoever set it."""


@dataclass(frozen=True, slots=True)
class Where:
    """``address``: of the client. ``secure``: whether it came by https. ``local``: whether on this very machine."""

    address: str
    secure: bool
    local: bool


def where_from(scope: Scope, settings: IdentitySettings) -> Where:
    """Read the connection, and the headers of a trusted proxy."""
    headers = Headers(scope=scope)
    peer = (scope.get("client") or ("", 0))[0]
    forwarded = any(name in FORWARDED or name.startswith("x-forwarded-") for name in headers)
    local = is_loopback(peer) and not forwarded and is_loopback(host_name(headers.get("host", "")))
    trusted = _is_within(peer, settings.proxies)
    proto = headers.get("x-forwarded-proto", "").split(",")[-1].strip() if trusted else ""
    secure = settings.https or scope["scheme"] in {"https", "wss"} or proto == "https"
    address = _forwarded_for(headers, settings) if trusted else ""
    return Where(address or peer, secure, local)


def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own."""
    if name in LOCAL:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _forwarded_for(headers: Headers, settings: IdentitySettings) -> str:
    """The nearest address that is no trusted proxy: what stands before it could be made up."""
    hops = [hop.strip() for hop in ",".join(headers.getlist("x-forwarded-for")).split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if not _is_within(hop, settings.proxies)), "")[:64]


def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
