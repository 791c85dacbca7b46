"""Messages to outside systems for programs: how each target does, each message, and sending a dead one again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from callbacks.http.asking import CallerOf, known
from callbacks.http.lifeline import LANG_WORDS
from callbacks.http.problems import DESCRIPTION, Problem
from callbacks.reads import Reads
from callbacks.sending import Gone, NotDead, send_again
from callbacks.services import Services
from dashboard.audited import subject_of
from dashboard.outgoing import Target
from datasource.outbox import OutboxMessage, messages

MOST_ROWS = 500


class OutboxQuery(BaseModel):
    """Which messages. What is given must all hold."""

    state: Literal["", "waiting", "delivered", "dead"] = Field("", description="`waiting`, `delivered` or `dead`.")
    target: str = Field("", max_length=64, description="`wms`, `carrier` or `chat`.")
    subject: str = Field("", max_length=200, description="An order's id, or `sku:` or `outlet:` and a key.")
    action_id: str = Field("", max_length=120, description="Only what one action sends.")
    limit: int = Field(100, ge=1, le=MOST_ROWS, description="Messages of one page.")
    cursor: str = Field("", pattern=r"^\d{0,18}$", description="`cursor` of the page before.")
    lang: str = Field("", description=LANG_WORDS)


class TargetAnswer(BaseModel):
    """One outside system. ``set_up``: whether it has an address; ``retrying``: of those that wait, failed before."""

    target: str
    set_up: bool
    waiting: int
    retrying: int
    dead: int
    delivered_last_hour: int
    oldest_waiting_at: datetime | None


class MessageAnswer(BaseModel):
    """One message. ``state``: ``waiting``, ``delivered`` or ``dead``; ``last_error``: why the last attempt failed."""

    message_id: str
    target: str
    kind: str
    subject: str
    body: dict[str, Any]
    action_id: str | None
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None


class OutboxAnswer(BaseModel):
    """Every target, and one page of messages, the newest first. ``cursor``: for the next, null on the last."""

    as_of: datetime
    targets: list[TargetAnswer]
    messages: list[MessageAnswer]
    cursor: str | None


def router(services: Services, reads: Reads, caller_of: CallerOf) -> APIRouter:
    """The routes. ``caller_of``: who asks, of a request that passed the gate."""
    routes = APIRouter(prefix="/api/v1/outbox", tags=["outbox"], responses=dict.fromkeys((401, 403, 503), DESCRIPTION))

    @routes.get("", summary="Messages to outside systems", responses={422: DESCRIPTION})
    def page(query: Annotated[OutboxQuery, Query()]) -> OutboxAnswer:
        """How each target does, and the newest messages first."""
        found, more = _page(services, query)
        outgoing = reads.outbox.outgoing()
        return OutboxAnswer(
            as_of=outgoing.as_of,
            targets=[_target(one) for one in outgoing.targets],
            messages=[_message(one) for one in found],
            cursor=str(found[-1].seq) if more else None,
        )

    @routes.post(
        "/{message_id}/send", summary="Send a dead message again", responses={404: DESCRIPTION, 409: DESCRIPTION}
    )
    def send(message_id: str, request: Request) -> MessageAnswer:
        """It waits again, due at once; later messages on the same subject may have passed it."""
        try:
            return _message(send_again(services, reads, message_id, known(caller_of, request)))
        except Gone:
            raise Problem(404, "no_message") from None
        except NotDead as error:
            raise Problem(409, "not_dead", state=error.state) from None

    return routes


def _page(services: Services, query: OutboxQuery) -> tuple[list[OutboxMessage], bool]:
    wanted: Mapping[str, Any] = {
        "state": query.state or None,
        "target": query.target or None,
        "subject": subject_of(query.subject) if query.subject.strip() else None,
        "action_id": query.action_id or None,
        "before_seq": int(query.cursor) if query.cursor else None,
    }
    with services.store.read() as connection:
        found = messages(connection, **wanted, limit=query.limit + 1)
    return found[: query.limit], len(found) > query.limit


def _target(target: Target) -> TargetAnswer:
    return TargetAnswer(
        target=target.key,
        set_up=target.set_up,
        waiting=target.waiting,
        retrying=target.retrying,
        dead=target.dead,
        delivered_last_hour=target.delivered_last_hour,
        oldest_waiting_at=target.oldest_waiting_at,
    )


def _message(message: OutboxMessage) -> MessageAnswer:
    return MessageAnswer(
        message_id=message.message_id,
        target=message.target,
        kind=message.kind,
        subject=message.subject,
        body=dict(message.body),
        action_id=message.action_id,
        state=message.state,
        attempts=message.attempts,
        made_at=message.made_at,
        next_at=message.next_at if message.state == "waiting" else None,
        delivered_at=message.delivered_at,
        last_at=message.last_at,
        last_status=message.last_status,
        last_error=message.last_error,
    )
