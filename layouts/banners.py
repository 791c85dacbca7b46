"""The lines above a page's content that say when it is not the live and whole truth."""

from datetime import timedelta

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.icons import icon
from layouts.parts import shown
from layouts.sources_line import silent_banner


def banners(context: Context, freshness: Freshness) -> list[Component]:
    """Those that apply, the gravest first."""
    shown_ones = [_stale(context, freshness) or silent_banner(context), _backfill(context), _past(context)]
    return [banner for banner in shown_ones if banner is not None]


def connection_lost(context: Context) -> html.Div:
    """Hidden until the live client loses its socket; the client writes the time and shows it."""
    texts = context.texts
    words = [
        html.Strong(texts("common.banner.connection_lost")),
        html.Span(id=ids.CONNECTION_LOST_TIME),
        html.Span(texts("common.banner.connection_retry")),
    ]
    return html.Div(
        [icon("arrow"), *words],
        className="banner banner-behind connection",
        id=ids.CONNECTION_LOST,
        hidden=True,
        role="alert",
    )


def _stale(context: Context, freshness: Freshness) -> Component | None:
    texts, formats = context.texts, context.formats
    heard = formats.since(freshness.heard_at, freshness.as_of)
    match freshness.level(context):
        case "behind":
            return html.Div([icon("arrow"), texts("common.banner.stale", time=heard)], className="banner banner-behind")
        case "stale":
            span = formats.elapsed(freshness.silence_seconds)
            words = texts("common.banner.very_stale", span=span, time=heard)
            # The whole second after it, so that the last word is in what is shown.
            then = (freshness.heard_at + timedelta(seconds=1.5)).replace(microsecond=0)
            seen = dcc.Link(texts("common.banner.show_then"), href=context.link(at=then), className="banner-link")
            return html.Div([icon("exclamation"), words, seen], className="banner banner-stale")
    return None


def _backfill(context: Context) -> Component | None:
    if context.backfill is None:
        return None
    words = context.texts("common.banner.backfill", percent=context.formats.whole_percent(context.backfill))
    bar = html.Div(style={"width": f"{min(1.0, context.backfill):.1%}"}, className="progress-done")
    return html.Div([words, shown(bar, "progress")], className="banner banner-note")


def _past(context: Context) -> Component | None:
    if context.at is None:
        return None
    texts = context.texts
    words = texts("common.banner.past", time=context.formats.moment(context.at))
    now = "live" if context.replay is None else "replay"
    back = dcc.Link(texts(f"common.banner.back_to_{now}"), href=context.link(at=""), className="banner-link")
    return html.Div([words, back], className="banner banner-note")
