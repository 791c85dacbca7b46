"""Who may reach the server and what they may do: host names, origins of sockets, the bearer token, headers."""

import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """``names``: the host names that a browser may have been sent to, beside IP addresses, which no one can rebind."""

    names: frozenset[str]
    token: str | None = None

    @classmethod
    def of(cls, hosts: Iterable[str], bound: str, token: str | None) -> "Access":
        """The machine's own names, the address that the server is bound to, and ``hosts``."""
        own = {socket.gethostname().lower(), bound.lower()}
        return cls(frozenset({*LOCAL, *own, *hosts}), token)

    def knows_host(self, host: str) -> bool:
        """Whether a request with this ``Host`` header was meant for this server; another name is a rebound one."""
        name = _name(host)
        return name in self.names or _is_address(name)

    def may_open_socket(self, headers: Headers | Mapping[str, str]) -> bool:
        """Whether the page that opens a socket came from this very server (no cross-site hijacking)."""
        host, origin = headers.get("host", ""), urlsplit(headers.get("origin", ""))
        return self.knows_host(host) and origin.scheme in {"http", "https"} and origin.netloc.lower() == host.lower()

    def may_call_back(self, headers: Headers | Mapping[str, str]) -> bool:
        """Whether a page's callback comes from a page of this server: browsers name the page's origin.

        What names none is no browser, and carries nobody's standing with it.
        """
        if headers.get("origin"):
            return self.may_open_socket(headers)
        return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}

    def may_write(self, authorization: str) -> bool:
        """Whether an ``Authorization`` header shows the token. Takes the same time whatever it shows."""
        scheme, _, shown = authorization.partition(" ")
        expected = (self.token or "").encode()
        same = secrets.compare_digest(shown.strip().encode(), expected)
        return same and bool(expected) and scheme.lower() == "bearer"


def security_headers(script_hashes: Iterable[str] = ()) -> dict[str, str]:
    """Headers of every answer: nothing is fetched from elsewhere, framed elsewhere or guessed."""
    scripts = " ".join(["'self'", *script_hashes])
    policy = (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
