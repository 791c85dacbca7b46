"""Who asks: the gate found it out before the route was reached."""

from collections.abc import Callable

from fastapi import Request
from starlette.requests import HTTPConnection

from callbacks.http.problems import Problem
from dashboard.permissions import Caller

CallerOf = Callable[[HTTPConnection], Caller | None]


def known(caller_of: CallerOf, request: Request) -> Caller:
    """The caller of a request to a door that nobody may pass unknown."""
    caller = caller_of(request)
    if caller is None:
        raise Problem(401, "token")
    return caller
