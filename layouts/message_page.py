"""Pages that show no data: no such address, a filter that cannot be used, a store that does not answer."""

from collections.abc import Sequence

from dash.development.base_component import Component

from layouts.context import Context
from layouts.parts import failed_state, link_button, state_panel
from layouts.shell import Freshness, Heading, shell
from layouts.wall_frame import is_wall, wall_frame


def not_found_page(context: Context, freshness: Freshness) -> Component:
    """There is no page at this address."""
    texts = context.texts
    back = link_button(texts("messages.page.to_lifeline"), context.link("/"), primary=True)
    missing = state_panel("no-match", texts("messages.page.not_found"), context.path[:120], back)
    return _framed(context, Heading(texts("messages.page.not_found_title")), [missing], freshness)


def wrong_filter_page(context: Context, sentence: str, freshness: Freshness) -> Component:
    """A value in the address cannot be used; ``sentence`` says which and what it takes."""
    texts = context.texts
    clear = link_button(texts("messages.page.clear"), context.link(slice="all", window="", at="", tz=""), primary=True)
    wrong = state_panel("no-match", texts("messages.page.wrong_filter"), sentence, clear)
    return _framed(context, Heading(texts("messages.page.wrong_filter_title")), [wrong], freshness)


def broken_page(context: Context, freshness: Freshness) -> Component:
    """A fault of ours took the page; the others hold."""
    texts = context.texts
    back = link_button(texts("messages.page.to_lifeline"), context.link("/"), primary=True)
    broken = state_panel("failed", texts("messages.page.broken"), texts("common.panel_failed.broken"), back)
    return _framed(context, Heading(texts("messages.page.broken_title")), [broken], freshness)


def failed_page(context: Context, freshness: Freshness) -> Component:
    """The store did not answer."""
    heading = Heading(context.texts("common.failed.title"))
    return _framed(context, heading, [failed_state(context)], freshness)


def _framed(context: Context, heading: Heading, children: Sequence[Component], freshness: Freshness) -> Component:
    """In the frame of the page that was asked for: what it becomes when all is well again must fit into it."""
    if is_wall(context):
        return wall_frame(context, children, freshness)
    return shell(context, heading, children, freshness)
