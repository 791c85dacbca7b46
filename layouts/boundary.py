"""The boundary around each panel: what fails in one, in its reading or its drawing, is its own failure."""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from layouts.context import Context


def guarded(context: Context, name: str, build: Callable[[], Component]) -> Component:
    """The panel that ``build`` makes, reading included; where that fails, one that says so and what happens next.

    ``name`` is what the failure is reported by. Where nobody takes reports, the error goes through: a test sees it.
    """
    try:
        return build()
    except Exception as error:
        if context.report is None:
            raise
        return failed_panel(context, context.report(name, error))


def failed_panel(context: Context, kind: str) -> Component:
    """What stands in the place of a panel. ``kind``: ``store`` (it did not answer) or ``broken`` (a fault of ours)."""
    texts = context.texts
    words = [
        html.H2(texts("common.panel_failed.title"), className="state-title"),
        html.P(texts(f"common.panel_failed.{kind}"), className="state-text"),
    ]
    return html.Section(words, className="panel state state-failed panel-failed", role="alert")
