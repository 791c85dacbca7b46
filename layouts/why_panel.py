"""The panel that says why a node is late: the values that explain it, each a link that filters the page to it."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.explanation import LEAST_SHARE, Explanation
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot, Status
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context, Parameters
from layouts.explanation_words import FAR, explanation_name, explanation_sentence, lift_words
from layouts.formats import UNKNOWN
from layouts.parts import hidden, panel, shown

CALM = (Status.GREEN,)


def why_panel(
    context: Context, numbers: NodeSnapshot, explanations: Sequence[Explanation], more: Parameters | None = None
) -> Component:
    """The panel. ``more``: the page's own parameters, which the links keep.

    Slow orders are not told of a node that is as usual: there some values are always slower than others.
    """
    texts = context.texts
    told = [one for one in explanations if not (one.slow and numbers.status in CALM)]
    note = html.Span(_note(context, told, numbers), id=ids.live("why-note"))
    content = [_table(context, told, more)] if told else [_silence(context, numbers)]
    return panel(
        html.Div(content, id=ids.live("why")), title=texts("diagnosis.why.title"), note=note, classes="why-panel"
    )


def narrowed(context: Context, pairs: tuple[tuple[str, str], ...], more: Parameters | None = None) -> str | None:
    """The address of this page within these values too; ``None`` where an address cannot say them."""
    wanted = context.slice.within(pairs)
    try:
        readable = Slice.parse(str(wanted)) == wanted
    except ValueError:
        readable = False
    return context.link(slice=wanted, more=more) if readable else None


def value_link(context: Context, words: str, pairs: tuple[tuple[str, str], ...], more: Parameters | None) -> Component:
    """The words as a link to the page within these values; plain where no address can say them."""
    address = narrowed(context, pairs, more)
    return dcc.Link(words, href=address, className="value-link") if address else html.Span(words)


def _note(context: Context, told: Sequence[Explanation], numbers: NodeSnapshot) -> str:
    span = context.formats.span(numbers.window_used_seconds)
    return context.texts("diagnosis.why.note_slow" if told and told[0].slow else "diagnosis.why.note", window=span)


def _table(context: Context, told: Sequence[Explanation], more: Parameters | None) -> Component:
    texts, kind = context.texts, "slow" if told[0].slow else "late"
    columns = ("value", "share", kind, "lift", "amount")
    head = [
        html.Th(
            html.Span(texts(f"diagnosis.why.column.{name}"), title=texts(f"diagnosis.why.column.{name}_tip")),
            scope="col",
            className=f"why-{'late' if name == kind else name}",
        )
        for name in columns
    ]
    rows = [_row(context, one, more, leads=place == 0) for place, one in enumerate(told)]
    caption = html.Caption(explanation_sentence(context, told[0]), className="visually-hidden")
    table = html.Table([caption, html.Thead(html.Tr(head)), html.Tbody(rows)], className="why-table")
    scroll = html.Div(
        table, className="why-scroll", tabIndex=0, role="region", **aria(label=texts("diagnosis.why.title"))
    )
    lines = [html.Span(texts("diagnosis.why.apart")), *_rest(context, told)]
    return html.Div([scroll, html.P(lines, className="why-apart")])


def _rest(context: Context, told: Sequence[Explanation]) -> list[Component]:
    """How much stays unexplained, where it is worth a word."""
    rest = 1.0 - sum(one.share for one in told)
    words = context.texts("diagnosis.why.rest", share=context.formats.whole_percent(rest))
    return [html.Span(words)] if rest >= LEAST_SHARE else []


def _row(context: Context, one: Explanation, more: Parameters | None, *, leads: bool) -> html.Tr:
    formats, texts = context.formats, context.texts
    bar = shown(html.Span(className="why-fill", style={"width": f"{one.share:.1%}"}), "why-bar")
    share = html.Span(formats.whole_percent(one.share), className="why-percent")
    late = texts("diagnosis.why.of", late=formats.count(one.late), visits=formats.count(one.visits))
    name = value_link(context, explanation_name(context, one), one.pairs, more)
    cells = [
        html.Th(name, scope="row", className="why-value"),
        html.Td(html.Div([bar, share], className="why-measure"), className="why-share"),
        html.Td(late, className="why-late"),
        html.Td([lift_words(context, one), *_interval(context, one)], className="why-lift"),
        html.Td(formats.money(one.amount, cents=False) if one.amount else UNKNOWN, className="why-amount"),
    ]
    return html.Tr(cells, className="why-row is-lead" if leads else "why-row")


def _interval(context: Context, one: Explanation) -> list[Component]:
    if one.lift_low is None:
        return []
    low = context.formats.number(one.lift_low)
    if one.lift_high is None or one.lift_high >= FAR:
        words = context.texts("diagnosis.why.at_least", low=low)
        return [html.Span(words, className="interval")]
    high = context.formats.number(one.lift_high)
    return [
        shown(f"{low}–{high}", "interval"),
        hidden(context.texts("diagnosis.why.interval", low=low, high=high)),
    ]


def _silence(context: Context, numbers: NodeSnapshot) -> Component:
    """Why nothing is told: too few orders, nothing late, as usual, or late everywhere alike."""
    texts = context.texts
    if numbers.status is Status.GREY and numbers.reason.rule in {"few", "short"}:
        key = "few"
    elif not numbers.overdue and not numbers.timeout_rate_settled and numbers.status is Status.GREEN:
        key = "none"
    else:
        key = "usual" if numbers.status is Status.GREEN else "everywhere"
    words = [html.Strong(texts(f"diagnosis.why.{key}")), html.Span(texts(f"diagnosis.why.{key}_text"))]
    return html.P(words, className="why-silence")
