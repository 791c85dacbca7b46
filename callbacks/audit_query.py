"""Which entries of the audit are asked for: read once for the page, the API and the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.filters import FilterError, read_instant
from dashboard.audited import AuditAsked, subject_of
from dashboard.lifeline import Lifeline
from layouts.context import parse_window

LONGEST_SPAN = timedelta(days=3660)
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What a query asks for. ``span``: as written, ``None`` where none is."""

    asked: AuditAsked
    span: timedelta | None = None


def read_audit_query(query: Mapping[str, str], lifeline: Lifeline, now: datetime) -> AuditQuery:
    """The entries that a query asks for; an empty parameter counts as absent. ``span`` goes back from ``until``.

    Raises:
        FilterError: the first parameter that cannot be used.
    """
    span, zone = _span(query.get("span", "")), ZoneInfo(lifeline.time_zone)
    since, until = (_instant(name, query.get(name, ""), zone) for name in ("since", "until"))
    if span is not None:
        since = (until or now) - span
    asked = AuditAsked(
        actor=_text(query, "actor"),
        kind=_text(query, "kind"),
        subject=None if (subject := _text(query, "subject")) is None else subject_of(subject),
        action_id=_text(query, "action_id"),
        since=since,
        until=until,
        before_seq=_seq(query.get("before", "")),
    )
    return AuditQuery(asked, span)


def _text(query: Mapping[str, str], name: str) -> str | None:
    text = query.get(name, "").strip()
    if len(text) > LONGEST_TEXT or "\0" in text:
        raise FilterError(name, text.replace("\0", ""), "text")
    return text or None


def _span(text: str) -> timedelta | None:
    if not text:
        return None
    try:
        span = parse_window(text)
    except (ValueError, OverflowError):
        raise FilterError("span", text, "audit_span") from None
    if span > LONGEST_SPAN:
        raise FilterError("span", text, "audit_span")
    return span


def _instant(name: str, text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        return read_instant(text, zone)
    except ValueError:
        raise FilterError(name, text, "at") from None


def _seq(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise FilterError("before", text, "entry")
    return int(text)
