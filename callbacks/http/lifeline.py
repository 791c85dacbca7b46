"""The lifeline's numbers for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from callbacks.answers import lifeline_answer
from callbacks.caching import Reads
from callbacks.filters import read_filters
from callbacks.http.problems import DESCRIPTION, language
from callbacks.services import Services

AT_WORDS = "An instant of the past, ISO 8601; live if left out."
WINDOW_WORDS = "Width of the window: 1h, 7d, 30m. Widened as needed if left out."
SLICE_WORDS = "channel=douyin, operator=li, exception=no_scan, or several joined by a comma; all if left out."
LANG_WORDS = "en or zh; by Accept-Language if left out."


class LifelineQuery(BaseModel):
    """What the numbers are wanted for."""

    at: str = Field("", description=AT_WORDS)
    window: str = Field("", description=WINDOW_WORDS)
    slice: str = Field("", description=SLICE_WORDS)
    lang: str = Field("", description=LANG_WORDS)


def router(services: Services, reads: Reads) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["lifeline"], responses={422: DESCRIPTION, 503: DESCRIPTION})

    @routes.get("/lifeline", summary="Every number of every node")
    def lifeline(request: Request, query: Annotated[LifelineQuery, Query()]) -> dict[str, Any]:
        """The same as `lifeline status --json`. A number that cannot be known is null, never 0."""
        known = services.store.lifeline()
        asked = read_filters(query.model_dump(), known, services.clock.now())
        return lifeline_answer(reads.snapshot(asked.slice, asked.window, asked.at), known, language(request))

    return routes
