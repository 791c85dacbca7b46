"""The audit for programs: pages of entries as JSON, or all that match as a file that a spreadsheet cannot execute."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from callbacks.audit_query import read_audit_query
from callbacks.http.csv_export import csv_chunks
from callbacks.http.lifeline import LANG_WORDS
from callbacks.http.problems import DESCRIPTION, language
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.audited import AuditAsked, Audited, ChainState
from layouts.audit_words import kind_words
from layouts.texts import Texts

MOST_ROWS = 1000
WHAT = "what"
HEADER = ("seq", "at", "actor", "origin", "kind", WHAT, "subject", "action_id", "reason", "before", "after", "hash")
"""Of the file; ``what`` is the kind in words, for whoever reads it there."""
FIELDS = tuple(name for name in HEADER if name != WHAT)
KIND_WORDS = "What was done: the key of an action, such as `hold`; undoing and stopping it too. `undo:hold`: only that."
CSV = "text/csv; charset=utf-8"


class AuditFilters(BaseModel):
    """Which entries. What is given must all hold."""

    actor: str = Field("", description="Who wrote: the name of a person, `token:` and a token's.")
    kind: str = Field("", description=KIND_WORDS)
    subject: str = Field("", description="On what: an order's id, or `sku:` or `outlet:` and a key.")
    action_id: str = Field("", description="Only what one action wrote.")
    since: str = Field("", description="From this instant on, ISO 8601.")
    until: str = Field("", description="Up to this instant, ISO 8601.")
    span: str = Field("", description="So far back from `until`, or from now: 24h, 7d.")
    lang: str = Field("", description=LANG_WORDS)


class AuditPageQuery(AuditFilters):
    """One page of them, the newest first."""

    limit: int = Field(100, ge=1, le=MOST_ROWS, description="Entries of one page.")
    cursor: str = Field("", max_length=20, description="`cursor` of the page before.")
    format: Literal["json", "csv"] = Field("json", description="`csv`: all that match, as `/api/v1/audit.csv`.")


class AuditEntry(BaseModel):
    """One write. ``seq``: its place in the chain; ``hash``: of its content and of the entry before, in hex."""

    seq: int
    at: datetime
    actor: str
    origin: str
    kind: str
    subject: str
    order_id: str | None
    action_id: str | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class ChainAnswer(BaseModel):
    """How far the chain of hashes was last followed: so many entries fit; ``broken``: the first that does not."""

    checked_at: datetime
    entries: int
    broken: int | None


class AuditAnswer(BaseModel):
    """One page. ``cursor``: for the next, null on the last; ``chain``: null until it was followed once."""

    as_of: datetime
    chain: ChainAnswer | None
    entries: list[AuditEntry]
    cursor: str | None


def router(services: Services, reads: Reads) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["audit"], responses=dict.fromkeys((401, 403, 422, 503), DESCRIPTION))

    @routes.get("/audit", summary="What was written, by whom, and why", response_model=AuditAnswer)
    def page(query: Annotated[AuditPageQuery, Query()], request: Request) -> AuditAnswer | StreamingResponse:
        """The newest entries first; `cursor` asks for older ones."""
        asked = _asked(services, query, query.cursor)
        if query.format == "csv":
            return _file(services, reads, asked, Texts(language(request)))
        entries, older = reads.audit.page(asked, query.limit)
        return AuditAnswer(
            as_of=services.clock.now(),
            chain=_chain(reads.audit.chain()),
            entries=[_answer(entry) for entry in entries],
            cursor=str(entries[-1].seq) if older else None,
        )

    @routes.get("/audit.csv", response_class=StreamingResponse, summary="The same, whole, for a spreadsheet")
    def exported(query: Annotated[AuditFilters, Query()], request: Request) -> StreamingResponse:
        """Streamed, in UTF-8 with a byte order mark, times local to the lifeline; `before` and `after` as JSON.

        `what` is the kind in words of the language asked for. A text that a spreadsheet would execute begins with an
        apostrophe.
        """
        return _file(services, reads, _asked(services, query), Texts(language(request)))

    return routes


def _chain(state: ChainState | None) -> ChainAnswer | None:
    return None if state is None else ChainAnswer(checked_at=state.at, entries=state.rows, broken=state.broken)


def _asked(services: Services, query: AuditFilters, cursor: str = "") -> AuditAsked:
    told = {**query.model_dump(), "before": cursor}
    return read_audit_query(told, services.store.lifeline(), services.clock.now()).asked


def _file(services: Services, reads: Reads, asked: AuditAsked, texts: Texts) -> StreamingResponse:
    zone = ZoneInfo(services.store.lifeline().time_zone)
    chunks = csv_chunks(_rows(reads, asked, texts), HEADER, zone)
    begun = next(chunks)  # what is wrong with the store shows before the answer begins
    name = f"audit-{services.clock.now():%Y%m%dT%H%MZ}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chain([begun], chunks), media_type=CSV, headers=headers)


def _rows(reads: Reads, asked: AuditAsked, texts: Texts) -> Iterator[dict[str, Any]]:
    for entry in reads.audit.every(asked):
        yield {WHAT: kind_words(texts, entry.kind), **{name: _cell(getattr(entry, name)) for name in FIELDS}}


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value


def _answer(entry: Audited) -> AuditEntry:
    return AuditEntry(order_id=entry.order_id, **{name: getattr(entry, name) for name in FIELDS})
