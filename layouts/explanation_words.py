"""An explanation in words: ``Label printer offline at Hangzhou 1 explains 71 %``."""

from dashboard.explanation import Explanation
from dashboard.slices import EXCEPTION, OPERATOR, Slice
from layouts.context import Context

FAR = 100.0
"""Lifts from here on say no more than that hardly any other order is late."""


def explanation_sentence(context: Context, explanation: Explanation) -> str:
    """The explanation with its share, as one sentence without a full stop."""
    share = context.formats.whole_percent(explanation.share)
    return context.texts("diagnosis.explains", name=explanation_name(context, explanation), share=share)


def explanation_name(context: Context, explanation: Explanation) -> str:
    """What explains: an exception and its place read as such, anything else as dimension and value."""
    first, *more = explanation.pairs
    if first[0] != EXCEPTION:
        return context.slice_name(Slice(explanation.pairs))
    exception = context.exception_name(first[1])
    if not more:
        return exception
    (dimension, value), *_ = more
    key = "diagnosis.by" if dimension == OPERATOR else "diagnosis.at"
    return context.texts(key, exception=exception, value=context.value_name(dimension, value))


def lift_words(context: Context, explanation: Explanation) -> str:
    """How many times the rate of the others: ``×5.2``; from a hundred times on ``over ×100``."""
    if explanation.lift >= FAR:
        return context.texts("diagnosis.lift_far", lift=context.formats.index(FAR).removesuffix(".0"))
    return context.formats.index(explanation.lift)
