"""How the server may be reached: its host names, the origins of sockets and callbacks, the headers of its answers."""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """``names``: the host names that a browser may have been sent to, beside IP addresses, which no one can rebind.

    ``https``: whether browsers reach the server by https only; then a page that came by http is none of ours.
    """

    names: frozenset[str]
    https: bool = False

    @classmethod
    def of(cls, hosts: Iterable[str], bound: str, *, https: bool = False) -> "Access":
        """The machine's own names, the address that the server is bound to, and ``hosts``."""
        own = {socket.gethostname().lower(), bound.lower()}
        return cls(frozenset({*LOCAL, *own, *hosts}), https)

    def knows_host(self, host: str) -> bool:
        """Whether a request with this ``Host`` header was meant for this server; another name is a rebound one."""
        name = host_name(host)
        return name in self.names or _is_address(name)

    def may_open_socket(self, headers: Headers | Mapping[str, str], *, secure: bool = False) -> bool:
        """Whether the page that opens a socket came from this very server (no cross-site hijacking).

        ``secure``: whether this request came by https, as a trusted proxy tells it.
        """
        host, origin = headers.get("host", ""), urlsplit(headers.get("origin", ""))
        schemes = {"https"} if self.https or secure else {"http", "https"}
        return self.knows_host(host) and origin.scheme in schemes and origin.netloc.lower() == host.lower()

    def may_call_back(self, headers: Headers | Mapping[str, str], *, secure: bool = False) -> bool:
        """Whether a page's callback comes from a page of this server: browsers name the page's origin.

        What names none is no browser, and carries nobody's standing with it.
        """
        if headers.get("origin"):
            return self.may_open_socket(headers, secure=secure)
        return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def security_headers(script_hashes: Iterable[str] = (), *, https: bool = False) -> dict[str, str]:
    """Headers of every answer: nothing is fetched from elsewhere, framed elsewhere or guessed."""
    scripts = " ".join(["'self'", *script_hashes])
    policy = (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if https else {})


def host_name(host: str) -> str:
    """The name or address of a ``Host`` header, without its port; empty for none."""
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
