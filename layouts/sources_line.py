"""How the sources are, in one line: at the foot of every page's side bar, and above its content when one is silent."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.snapshot import Status
from dashboard.sources import Source, Voice
from layouts import ids
from layouts.context import Context
from layouts.icons import disc_class, icon
from layouts.parts import shown

STATUS = {
    Voice.HEARD: Status.GREEN,
    Voice.QUIET: Status.AMBER,
    Voice.SILENT: Status.RED,
    Voice.NEVER: Status.GREY,
}
"""The disc that each state of a source bears."""


def sources_line(context: Context) -> html.Div:
    """``WMS silent for 14 min``, with its disc; it leads to the page of the sources."""
    mark = shown(None, disc_class(STATUS[worst_voice(context.sources)], "tiny"), id=ids.live("sources-disc"))
    words = html.Span(sources_words(context), id=ids.live("sources-words"))
    link = dcc.Link([mark, words], href=context.link("/sources", slice="all", window=""), className="sources-link")
    return html.Div(link, className="sources-line")


def silent_banner(context: Context) -> Component | None:
    """What is said above the content while a source that feeds a node is silent; nothing of the past."""
    silent = [one for one in troubled(context.sources) if one.voice is Voice.SILENT]
    if not silent or context.at is not None or context.backfill is not None:
        return None
    texts, longest = context.texts, silent[0]
    names = texts("common.sources.comma").join(context.source_name(one.key) for one in silent)
    since = context.formats.since(longest.heard_at, longest.as_of)
    words = texts("common.sources.banner", source=names, time=since)
    link = dcc.Link(
        texts("common.sources.look"), href=context.link("/sources", slice="all", window=""), className="banner-link"
    )
    return html.Div([icon("exclamation"), html.Span(words), link], className="banner banner-stale")


def troubled(sources: Sequence[Source]) -> list[Source]:
    """The quiet and the silent ones that feed a node, the longest silence first; others may be gone for good."""
    found = [one for one in sources if one.nodes and one.voice in (Voice.QUIET, Voice.SILENT)]
    return sorted(found, key=lambda one: -(one.silence_seconds or 0.0))


def worst_voice(sources: Sequence[Source]) -> Voice:
    """The state of the worst source that feeds a node."""
    bad = [one.voice for one in troubled(sources)]
    if bad:
        return max(bad, key=[Voice.QUIET, Voice.SILENT].index)
    return Voice.HEARD if any(one.voice is Voice.HEARD for one in sources) else Voice.NEVER


def sources_words(context: Context) -> str:
    """``All sources heard``, ``WMS silent for 14 min``, ``3 sources quiet or silent``."""
    texts, bad = context.texts, troubled(context.sources)
    if not bad:
        voices = {one.voice for one in context.sources}
        if Voice.HEARD in voices:
            return texts("common.sources.all_heard")
        return texts("common.sources.all_silent" if voices - {Voice.NEVER} else "common.sources.none")
    if len(bad) > 1:
        return texts("common.sources.several", count=len(bad))
    name, span = context.source_name(bad[0].key), context.formats.elapsed(bad[0].silence_seconds)
    return texts(f"common.sources.{bad[0].voice.value}", source=name, span=span)
