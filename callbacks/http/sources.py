"""The source systems for programs."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from callbacks.http.problems import DESCRIPTION, language
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.sources import Source
from layouts.texts import Texts


class SourceAnswer(BaseModel):
    """One source system. ``state``: ``heard``, ``quiet``, ``silent`` or ``never``; ``nodes``: those that it feeds."""

    key: str
    label: str
    state: str
    heard_at: datetime | None
    silence_seconds: float | None
    usual_pause_seconds: float | None
    quiet_after_seconds: float
    silent_after_seconds: float
    events_last_hour: int
    usual_events_per_hour: float | None
    nodes: list[str]


class SourcesAnswer(BaseModel):
    """Every source system at ``as_of``."""

    as_of: datetime
    sources: list[SourceAnswer]


def router(services: Services, reads: Reads) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["lifeline"], responses={503: DESCRIPTION})

    @routes.get("/sources", summary="Whether each source system still speaks")
    def sources(request: Request) -> SourcesAnswer:
        """When each was last heard, how long its pauses usually are, and which nodes it feeds; live."""
        now, texts, labels = services.clock.now(), Texts(language(request)), services.store.lifeline().systems
        told = [_answer(one, texts.label(labels.get(one.key), one.key)) for one in reads.sources(now)]
        return SourcesAnswer(as_of=now, sources=told)

    return routes


def _answer(source: Source, label: str) -> SourceAnswer:
    usual: dict[str, Any] = {"usual_pause_seconds": None, "usual_events_per_hour": None}
    if source.usual:
        usual = {
            "usual_pause_seconds": source.usual.pause_seconds,
            "usual_events_per_hour": source.usual.events_per_hour,
        }
    return SourceAnswer(
        key=source.key,
        label=label,
        state=source.voice.value,
        heard_at=source.heard_at,
        silence_seconds=source.silence_seconds,
        quiet_after_seconds=source.quiet_after_seconds,
        silent_after_seconds=source.silent_after_seconds,
        events_last_hour=source.events_last_hour,
        nodes=list(source.nodes),
        **usual,
    )
