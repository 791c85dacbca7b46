"""Every way into the server and what it asks of whoever comes: the one table that the gate goes by.

A way is a verb and a path: of HTTP (``GET /api/v1/lifeline``), of a page's callback (``CALL search-results.children``)
or of the live socket (``SOCKET /live``). In a pattern ``*`` stands for one part of a path and ``**`` for any rest.
What the table does not know is refused.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from dashboard.permissions import Caller, CallerKind, Permission, may

CALL = "CALL"
SOCKET = "SOCKET"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Door:
    """``needs``: the permission, ``None`` where anybody may come in. ``page``: whether it is a page of the site.

    ``kiosk``: whether a display on a wall may pass, which sees its own page only. ``instead``: another permission that
    is enough.
    """

    verb: str
    pattern: str
    needs: Permission | None
    page: bool = False
    kiosk: bool = False
    instead: Permission | None = None


def _for(
    needs: Permission | None, *ways: str, page: bool = False, kiosk: bool = False, instead: Permission | None = None
) -> list[Door]:
    told = (way.partition(" ") for way in ways)
    return [Door(verb, pattern, needs, page, kiosk, instead) for verb, _, pattern in told]


def _open(*ways: str) -> list[Door]:
    return _for(None, *ways)


def _pages(needs: Permission, *paths: str) -> list[Door]:
    return _for(needs, *(f"GET {path}" for path in paths), page=True, kiosk=True)


def _shared(*ways: str) -> list[Door]:
    """What every page is made of, on a wall too."""
    return _for(Permission.READ, *ways, kiosk=True)


ELSEWHERE = Door("GET", "/**", Permission.READ, page=True, kiosk=True)
"""An address at which there is nothing: a page that says so, for those who may see pages."""

OWN = ("/api", "/assets", "/live", "/login", "/logout", "/password", "/kiosk", "/metrics", "/healthz", "/_")
"""Where paths begin that are no pages."""

DOORS: tuple[Door, ...] = (
    *_open("GET /healthz", "GET /login", "POST /login", "GET /login/oidc", "GET /login/oidc/back", "POST /logout"),
    *_open("GET /kiosk/*", "GET /assets/theme.css", "GET /assets/base.css", "GET /assets/login.css"),
    *_open("GET /assets/fonts/*"),
    *_pages(Permission.READ, "/", "/trends", "/wall", "/sources", "/incidents", "/node/**", "/order/**"),
    *_pages(Permission.AUDIT, "/audit"),
    *_shared("GET /assets/**", "GET /_dash-component-suites/**", "GET /_dash-layout", "GET /_dash-dependencies"),
    *_shared("GET /_favicon.ico", "GET /_reload-hash", "POST /_dash-update-component", "SOCKET /live"),
    *_shared("CALL ..page.children...shown.data..", "CALL orders-grid.getRowsResponse", "CALL orders-export.href"),
    *_for(Permission.READ, "CALL search-results.children", "CALL location.href"),
    *_for(Permission.OUTBOX, "CALL outbox-said.children"),
    *_for(Permission.INCIDENTS, "CALL incident-said.children"),
    *_for(Permission.ACT, "CALL ..acting-state.data*"),
    *_for(Permission.ACT, "CALL find-sku-found.children", "CALL find-outlet-found.children"),
    *_for(Permission.REPLAY, "CALL replay-answer.children"),
    *_for(Permission.READ, "GET /password", "POST /password", "POST /password/others"),
    *_for(Permission.READ, "GET /metrics", "GET /api/docs", "GET /api/openapi.json"),
    *_for(Permission.READ, "GET /api/v1/lifeline", "GET /api/v1/nodes/**", "GET /api/v1/sources", "GET /api/v1/trends"),
    *_for(Permission.READ, "GET /api/v1/trends.csv", "GET /api/v1/orders", "GET /api/v1/orders/**"),
    *_for(Permission.TELL, "POST /api/v1/events", "POST /api/v1/heartbeat"),
    *_for(Permission.READ, "GET /api/v1/actions", instead=Permission.ACT),
    *_for(Permission.ACT, "POST /api/v1/actions", "POST /api/v1/actions/*/preview", "GET /api/v1/actions/*"),
    *_for(Permission.ACT, "POST /api/v1/actions/*/undo", "POST /api/v1/actions/*/cancel"),
    *_for(Permission.AUDIT, "GET /api/v1/audit", "GET /api/v1/audit.csv"),
    *_for(Permission.OUTBOX, "GET /api/v1/outbox", "POST /api/v1/outbox/*/send"),
)


@lru_cache(maxsize=4096)
def door_of(verb: str, path: str) -> Door | None:
    """The door of a way in; ``None`` for one that the table does not know. ``HEAD`` goes in by the door of ``GET``."""
    verb = "GET" if verb == "HEAD" else verb
    found = next((door for door in DOORS if door.verb == verb and _pattern(door.pattern).fullmatch(path)), None)
    if found is None and verb == "GET" and path.startswith("/") and not path.startswith(OWN):
        return ELSEWHERE
    return found


def taken_at(path: str) -> tuple[str, ...]:
    """The methods of HTTP that a path of the API takes; none for a path that the table does not know."""
    return tuple(verb for verb in VERBS if path.startswith("/api/") and door_of(verb, path))


def may_pass(caller: Caller | None, door: Door | None) -> bool:
    """Whether the caller may go through the door. Which page a display may see, ``may_see`` says."""
    if door is None:
        return False
    if door.needs is None:
        return True
    if caller is not None and caller.kind is CallerKind.KIOSK and not door.kiosk:
        return False
    return may(caller, door.needs) or (door.instead is not None and may(caller, door.instead))


def may_see(caller: Caller | None, url: str) -> bool:
    """Whether the caller may see the page at a path with its query."""
    path, query = _read(url)
    door = door_of("GET", path)
    if door is None or not door.page or not may_pass(caller, door):
        return False
    if caller is None or caller.kind is not CallerKind.KIOSK:
        return True
    return (path, query) == _read(caller.page or "")


def may_see_all(caller: Caller | None, urls: Iterable[str]) -> bool:
    """Whether the caller may see every one of these pages."""
    return all(may_see(caller, url) for url in urls)


_LOOKS = frozenset({"lang", "theme", "tz"})
"""Parameters that change how a page looks, not what it tells."""


def _read(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, max_num_fields=40)
    except ValueError:
        return "", frozenset()
    path = "/" + unquote(parts.path).strip("/")  # as the router of pages reads it
    return path, frozenset(pair for pair in query if pair[0] not in _LOOKS)


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", text)
    return re.compile("".join({"**": ".+", "*": "[^/]+"}.get(part, re.escape(part)) for part in parts), re.DOTALL)
