"""Events in: batches of them, each judged by itself, and heartbeats of sources that have nothing to tell."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from callbacks.http.models import (
    MOST_EVENTS,
    EventBatch,
    EventIn,
    EventsAnswer,
    HeartbeatIn,
    Rejected,
    earliest,
    id_of,
)
from callbacks.http.problems import DESCRIPTION, Problem
from callbacks.services import Services
from dashboard.events import Event
from dashboard.lifeline import Lifeline
from datasource.recording import record
from datasource.watermarks import hear

MOST_BYTES = 16 * 1024 * 1024
MOST_BATCHES_AT_ONCE = 4
CLOCK_SKEW = timedelta(minutes=10)

RESPONSES: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 401, 403, 413, 422, 429, 503), DESCRIPTION)


def router(services: Services) -> APIRouter:
    """The routes that write."""
    routes = APIRouter(prefix="/api/v1", tags=["events"], responses=RESPONSES)
    busy = BoundedSemaphore(MOST_BATCHES_AT_ONCE)

    @routes.post(
        "/events",
        response_model=EventsAnswer,
        openapi_extra=_body("EventBatch"),
        summary="Tell what happened to orders",
    )
    async def events(request: Request) -> EventsAnswer:
        """Up to 10,000 events and 16 MB in one batch, in any order; each is stored or rejected by itself.

        Answers 200 where at least one event was stored or known, 422 where every one was rejected.
        """
        told = _events_of(_json(await _read(request)))
        if not busy.acquire(blocking=False):
            raise Problem(429, "busy")
        try:
            answer = await run_in_threadpool(take_in, services, told)
        finally:
            busy.release()
        if answer.rejected and len(answer.rejected) == answer.received:
            rejected = [one.model_dump() for one in answer.rejected]
            raise Problem(422, "all_rejected", more={"parameter": "events", "rejected": rejected})
        return answer

    @routes.post(
        "/heartbeat", status_code=204, openapi_extra=_body("HeartbeatIn"), summary="Tell that a source is there"
    )
    async def heartbeat(request: Request) -> None:
        """A source without news says so, and the pages stay fresh."""
        try:
            told = HeartbeatIn.model_validate(_json(await _read(request)))
        except ValidationError as error:
            field, reason = _reasons(error)[0]
            raise Problem(422, "event", more={"parameter": field or "body"}, reason=reason) from None
        await run_in_threadpool(_hear, services, told)

    return routes


def take_in(services: Services, told: Sequence[Any]) -> EventsAnswer:
    """Store the events that can be understood; report the others with place, field and reason."""
    lifeline, now = services.store.lifeline(), services.clock.now()
    good: list[Event] = []
    rejected: list[Rejected] = []
    for index, one in enumerate(told):
        event, wrong = _understood(one, lifeline, now)
        if event is not None:
            good.append(event)
            continue
        names = {"order_id": id_of(one, "order_id"), "event_id": id_of(one, "event_id")}
        rejected += [Rejected(index=index, field=field, reason=reason, **names) for field, reason in wrong[:1]]
    stored = known = orders = 0
    if good:
        with services.store.begin() as connection:
            recorded = record(connection, good, lifeline, now)
        stored, known, orders = recorded.events, recorded.known, recorded.orders
    services.metrics.events.labels("stored").inc(stored)
    services.metrics.events.labels("known").inc(known)
    services.metrics.events.labels("rejected").inc(len(rejected))
    return EventsAnswer(received=len(told), stored=stored, known=known, orders=orders, rejected=rejected)


def _understood(told: object, lifeline: Lifeline, now: datetime) -> tuple[Event | None, list[tuple[str | None, str]]]:
    try:
        event = EventIn.model_validate(told).event()
    except ValidationError as error:
        return None, _reasons(error)
    wrong = _does_not_fit(event, lifeline, now)
    return (None, wrong) if wrong else (event, [])


def _does_not_fit(event: Event, lifeline: Lifeline, now: datetime) -> list[tuple[str | None, str]]:
    if event.node is not None and event.node not in lifeline:
        return [("node", f"the lifeline has no node {event.node!r}")]
    created_at = event.facts.created_at if event.facts else None
    for field, instant in (("at", event.at), ("facts.created_at", created_at or event.at)):
        if instant > now + CLOCK_SKEW:
            return [(field, "lies in the future; check the clock and the time zone of the source")]
        if instant < earliest():
            return [(field, "lies before 1990")]
    known = {dimension.key for dimension in lifeline.dimensions}
    unknown = [name for name in (event.facts.dimensions if event.facts else ()) if name not in known]
    return [("facts.dimensions", f"the lifeline has no dimension {unknown[0]!r}")] if unknown else []


def _reasons(error: ValidationError) -> list[tuple[str | None, str]]:
    return [
        (".".join(map(str, one["loc"])) or None, one["msg"].removeprefix("Value error, "))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _hear(services: Services, told: HeartbeatIn) -> None:
    with services.store.begin() as connection:
        hear(connection, told.source, told.at, services.clock.now())


async def _read(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise Problem(413, "bytes", most=MOST_BYTES // 1024 // 1024)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Problem(413, "bytes", most=MOST_BYTES // 1024 // 1024)
    return bytes(body)


def _json(body: bytes) -> object:
    try:
        return json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        raise Problem(400, "json") from None


def _events_of(told: object) -> list[Any]:
    events = told.get("events") if isinstance(told, dict) else told
    if not isinstance(events, list) or not events:
        raise Problem(422, "events", more={"parameter": "events"})
    if len(events) > MOST_EVENTS:
        raise Problem(413, "count", most=MOST_EVENTS)
    return events


def _body(model: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "security": [{"bearer": []}],
    }


MODELS = (EventBatch, HeartbeatIn)
"""Models that the routes read themselves, for the description of the API."""
