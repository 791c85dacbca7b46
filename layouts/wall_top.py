"""The top of a wall: the finding of each scene, how the sources are, as of when the data is, and the clock."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.snapshot import Snapshot
from layouts import ids
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.headline import headline, tone
from layouts.icons import disc_class
from layouts.parts import shown
from layouts.sources_line import STATUS, sources_words, worst_voice


def wall_top(context: Context, freshness: Freshness, findings: Sequence[Component]) -> html.Header:
    """``findings``: one for each scene, of which the browser shows that of the present one."""
    return html.Header(
        [
            html.P(_brand(context), className="wall-brand"),
            html.Div(list(findings), className="wall-findings"),
            html.Div(_heard(context, freshness), className="wall-heard"),
            _clock(context, freshness),
        ],
        className="wall-top",
    )


def finding(context: Context, snapshot: Snapshot, part_id: str) -> html.P:
    """What is going on, in one line; that the data is old outranks it. A slice goes before."""
    freshness = Freshness(snapshot.as_of, snapshot.silence_seconds)
    of = [html.Span(context.slice_name(), className="wall-slice")] if context.slice.pairs else []
    if freshness.level(context) == "stale":
        heard = context.formats.since(freshness.heard_at, freshness.as_of)
        span = context.formats.elapsed(freshness.silence_seconds)
        words, colour = context.texts("wall.stale", time=heard, span=span), "stale"
    else:
        words, colour = headline(context, snapshot), tone(snapshot) or "plain"
    return html.P([*of, words], className=f"wall-finding finding-{colour}", id=part_id)


def _brand(context: Context) -> list[Component]:
    keys = [*(["common.demo"] if context.demo else []), *(["replay.mark"] if context.replay else [])]
    marks = [html.Span(context.texts(key), className="demo-mark") for key in keys]
    return [html.Span(context.texts("common.brand"), className="brand"), *marks]


def _heard(context: Context, freshness: Freshness) -> list[Component]:
    level = freshness.level(context)
    mark = "disc disc-small disc-amber" if level == "behind" else disc_class(STATUS[worst_voice(context.sources)])
    return [
        html.Span(
            [shown(None, mark), html.Span(_voice(context, freshness, level))],
            className=f"wall-voice is-{level}",
            id=ids.live("wall-voice"),
        ),
        html.Span(_as_of(context, freshness, level), className="wall-as-of", id=ids.live("as-of")),
    ]


def _voice(context: Context, freshness: Freshness, level: str) -> str:
    texts = context.texts
    if context.backfill is not None:
        return texts("common.banner.backfill", percent=context.formats.whole_percent(context.backfill))
    if level in {"behind", "stale"}:
        return texts("wall.no_source", span=context.formats.elapsed(freshness.silence_seconds))
    return sources_words(context)


def _as_of(context: Context, freshness: Freshness, level: str) -> str:
    formats, at = context.formats, freshness.as_of
    if level == "past" or context.replay is not None:
        return context.texts("common.state.past", time=formats.moment(at))
    if level in {"behind", "stale"}:
        return freshness.state_text(context)
    return context.texts("common.state.past", time=formats.clock(at, seconds=True))


def _clock(context: Context, freshness: Freshness) -> html.Time:
    """The time of day at the data's instant; while nothing is heard the browser lets it go on."""
    instant = context.formats.local(freshness.as_of).isoformat(timespec="minutes")
    words = context.formats.clock(freshness.as_of)
    return html.Time(words, dateTime=instant, className="wall-clock", id=ids.live("wall-clock"))
