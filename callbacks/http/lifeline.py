"""The lifeline's numbers for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from callbacks.answers import lifeline_answer
from callbacks.caching import Reads
from callbacks.filters import read_filters
from callbacks.http.problems import DESCRIPTION, language
from callbacks.services import Services

AT = Annotated[str, Query(description="An instant of the past, ISO 8601; live if left out.")]
WINDOW = Annotated[str, Query(description="Width of the window: 1h, 7d, 30m. Widened as needed if left out.")]
SLICE = Annotated[str, Query(description="channel=douyin, or several joined by a comma; all if left out.")]
LANG = Annotated[str, Query(description="en or zh; by Accept-Language if left out.")]


def router(services: Services, reads: Reads) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["lifeline"], responses={422: DESCRIPTION, 503: DESCRIPTION})

    @routes.get("/lifeline", summary="Every number of every node")
    def lifeline(
        request: Request, at: AT = "", window: WINDOW = "", slice: SLICE = "", lang: LANG = ""
    ) -> dict[str, Any]:
        """The same as `lifeline status --json`. A number that cannot be known is null, never 0."""
        del lang
        known = services.store.lifeline()
        asked = read_filters({"at": at, "window": window, "slice": slice}, known, services.clock.now())
        return lifeline_answer(reads.snapshot(asked.slice, asked.window, asked.at), known, language(request))

    return routes
