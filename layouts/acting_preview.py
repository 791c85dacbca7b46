"""What an action would do, before it is done: how many, what from what to what, who is left out, what goes outside."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.acting import Values
from layouts.acting_shapes import Changed, Foreseen, Refusing
from layouts.acting_words import (
    WHO,
    counted,
    differences,
    field_name,
    is_undoable,
    kind_name,
    meaning,
    refusal_words,
    value_words,
)
from layouts.context import Context
from layouts.icons import icon
from layouts.parts import hidden, shown

MOST_LISTED = 5
NUMBERED = frozenset({"note", "ticket", "pick_list"})


def order_of(subject: str) -> str:
    """The id alone: ``order:DB-1`` is ``DB-1``."""
    kind, _, key = subject.partition(":")
    return key if kind in {"order", "sku", "outlet"} and key else subject


def preview_words(context: Context, preview: Foreseen) -> list[Component]:
    """The whole preview."""
    texts, count = context.texts, len(preview.changes)
    key, shown_count = "acting_ui.preview.count" if count else "acting_ui.preview.none", context.formats.count(count)
    sentence = counted(context, preview.kind, key, count=count, shown=shown_count)
    parts: list[Component] = [html.P(sentence, className="acting-count-line")]
    if count and (means := meaning(context, preview.kind)):
        parts.append(html.P(means, className="acting-means"))
    if count and not is_undoable(preview.kind):
        parts.append(html.P([icon("exclamation"), texts("acting_ui.preview.final")], className="acting-warning"))
    parts += _changes(context, preview.changes)
    parts += _outside(context, preview.changes)
    parts += _refusals(context, preview.refused)
    return parts


def refusals(context: Context, refused: Sequence[tuple[str, str]]) -> list[Component]:
    """Subjects and words, grouped by the words, the most frequent first."""
    groups: dict[str, list[str]] = {}
    for subject, words in refused:
        groups.setdefault(words, []).append(order_of(subject))
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [
        html.Li(
            [
                html.Span(context.formats.count(len(orders)), className="acting-group-count"),
                html.Span([words, html.Span(listed(context, orders), className="acting-orders")]),
            ]
        )
        for words, orders in ranked
    ]


def listed(context: Context, orders: Sequence[str]) -> str:
    """The first few by name, and how many more."""
    comma = context.texts("common.no_match.comma")
    names = comma.join(orders[:MOST_LISTED])
    more = len(orders) - MOST_LISTED
    return names if more <= 0 else context.texts("acting_ui.and_more", names=names, count=context.formats.count(more))


def difference_rows(context: Context, before: Values, after: Values) -> list[Component]:
    """One row for each thing that differs: its name, what it was, what it becomes."""
    return [
        html.Div([html.Dt(field_name(context, key)), html.Dd(_step(context, key, was, becomes))], className="change")
        for key, was, becomes in differences(before, after)
    ]


def _step(context: Context, key: str, was: object, becomes: object) -> list[Component]:
    return [
        html.Span(value_words(context, key, was), className="change-was"),
        shown("→", "change-arrow"),
        hidden(context.texts("acting_ui.becomes")),
        html.Span(value_words(context, key, becomes), className="change-becomes"),
    ]


def _changes(context: Context, changes: Sequence[Changed]) -> list[Component]:
    """What is the same for all is told once; what differs is told of the first few."""
    if not changes:
        return []
    each = [_steps(one) for one in changes]
    alike = [key for key in each[0] if all(_as_told(one.get(key)) == _as_told(each[0][key]) for one in each)]
    same = [
        html.Div([html.Dt(field_name(context, key)), html.Dd(_step(context, key, *each[0][key]))], className="change")
        for key in alike
    ]
    parts: list[Component] = [html.Dl(same, className="changes")] if same else []
    differing = [
        (order_of(one.subject), {key: step for key, step in steps.items() if key not in alike})
        for one, steps in zip(changes, each, strict=True)
    ]
    if any(steps for _, steps in differing):
        parts.append(_table(context, differing))
    else:
        parts.append(html.P(listed(context, [order for order, _ in differing]), className="acting-orders"))
    return parts


def _as_told(step: tuple[object, object] | None) -> list[object] | None:
    """Without who set it and when, which no row says."""
    return step and [
        {name: part for name, part in value.items() if name not in WHO} if isinstance(value, Mapping) else value
        for value in step
    ]


def _steps(change: Changed) -> dict[str, tuple[object, object]]:
    """What differs, by name. What is made anew for each order gets its number when it is done: it has none yet."""
    found: dict[str, tuple[object, object]] = {}
    for name, was, becomes in differences(change.before, change.after):
        kind = name.partition(":")[0]
        if kind in NUMBERED and was is None and isinstance(becomes, Mapping):
            found[kind] = (was, {key: value for key, value in becomes.items() if key != "number"})
        else:
            found[name] = (was, becomes)
    return found


def _table(context: Context, differing: Sequence[tuple[str, dict[str, tuple[object, object]]]]) -> Component:
    rows = [
        html.Div(
            [
                html.Dt(order),
                html.Dd(
                    [
                        html.Span(
                            [
                                html.Span(field_name(context, key) + " ", className="is-quiet"),
                                *_step(context, key, *step),
                            ]
                        )
                        for key, step in steps.items()
                    ]
                ),
            ],
            className="change",
        )
        for order, steps in differing[:MOST_LISTED]
    ]
    more = len(differing) - MOST_LISTED
    rest = context.texts("acting_ui.more_orders", count=more, shown=context.formats.count(more)) if more > 0 else ""
    return html.Div([html.Dl(rows, className="changes"), *([html.P(rest, className="acting-orders")] if rest else [])])


def _outside(context: Context, changes: Sequence[Changed]) -> list[Component]:
    told = Counter((message.target, message.kind) for change in changes for message in change.outside)
    if not told:
        return []
    texts = context.texts
    rows = [
        html.Li(
            texts(
                "acting_ui.outside.row",
                count=count,
                shown=context.formats.count(count),
                target=message_target(context, target),
                what=message_kind(context, kind),
            )
        )
        for (target, kind), count in told.most_common()
    ]
    return [_section(texts("acting_ui.outside.title"), html.Ul(rows, className="acting-list"))]


def message_target(context: Context, target: str) -> str:
    """The outside system, as people call it."""
    text = f"acting_ui.target.{target}"
    return context.texts(text) if context.texts.has(text) else target


def message_kind(context: Context, kind: str) -> str:
    """What the outside system is told, in words."""
    name = kind.replace(".", "_")
    text = f"acting_ui.message.{name}"
    return context.texts(text) if context.texts.has(text) else kind


def _refusals(context: Context, refused: Sequence[Refusing]) -> list[Component]:
    if not refused:
        return []
    words = [(one.subject, refusal_words(context, one.text, one.values)) for one in refused]
    title = context.texts("acting_ui.preview.refused", count=len(refused), shown=context.formats.count(len(refused)))
    return [_section(title, html.Ul(refusals(context, words), className="acting-groups"))]


def _section(title: str, content: Component) -> Component:
    return html.Section([html.H3(title, className="acting-section"), content])


def apply_words(context: Context, preview: Foreseen) -> str:
    """What the button says: the action, and for how many."""
    count = len(preview.changes)
    return counted(
        context,
        preview.kind,
        "acting_ui.button.apply",
        action=kind_name(context, preview.kind),
        count=count,
        shown=context.formats.count(count),
    )
