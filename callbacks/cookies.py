"""The cookies that carry somebody's standing: HttpOnly, Lax, bound to the host and to https where there is https."""

from starlette.requests import cookie_parser
from starlette.responses import Response

SESSION = "lifeline_session"
KIOSK = "lifeline_kiosk"
FORM = "lifeline_form"
OIDC = "lifeline_oidc"

FOR_YEARS = 400 * 24 * 3600


def named(name: str, secure: bool) -> str:
    """The cookie's name; browsers hold one that begins with ``__Host-`` to this host, all paths and https."""
    return f"__Host-{name}" if secure else name


def shown(header: str, name: str, secure: bool) -> str:
    """What a request shows under a cookie's name; empty for nothing."""
    return cookie_parser(header).get(named(name, secure), "")


def hand_out(answer: Response, name: str, value: str, secure: bool, seconds: int | None = None) -> None:
    """Set a cookie, for as long as the browser is open where no time is given."""
    answer.set_cookie(
        named(name, secure), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def take_back(answer: Response, name: str, secure: bool) -> None:
    """Let the browser forget a cookie."""
    answer.delete_cookie(named(name, secure), path="/", secure=secure, httponly=True, samesite="lax")
