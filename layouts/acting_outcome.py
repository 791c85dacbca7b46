"""What comes of an action: how far it is while it runs, what was done to whom, and the way back."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.acting import ActionStatus, Outcome
from dashboard.snapshot import Status
from layouts.acting_preview import difference_rows, listed, order_of, refusals
from layouts.acting_shapes import Done, Part
from layouts.acting_words import counted, inverse_of, is_undoable, kind_name, meaning, refusal_words
from layouts.attributes import data
from layouts.context import Context
from layouts.icons import disc

MARKS = {
    ActionStatus.DONE: Status.GREEN,
    ActionStatus.PARTIAL: Status.AMBER,
    ActionStatus.FAILED: Status.RED,
    ActionStatus.CANCELLED: Status.AMBER,
    ActionStatus.RUNNING: Status.GREY,
}


def action_name(context: Context, done: Done) -> str:
    """The action, or that it takes one back."""
    name = kind_name(context, done.kind)
    return context.texts("acting_ui.undo_of", action=name) if done.undoes else name


def outcome_words(context: Context, done: Done) -> list[Component]:
    """How far it is, or what came of it."""
    return _running(context, done) if done.status is ActionStatus.RUNNING else _finished(context, done)


def progress_sentence(context: Context, done: Done) -> str:
    """``230 of 1,000 done``, with those that were left out."""
    formats = context.formats
    key = "acting_ui.outcome.stopping" if done.stopping else f"acting_ui.outcome.{done.status}"
    counts = {"done": done.done, "total": done.total, "failed": done.failed, "left": _left(done)}
    return counted(context, done.kind, key, **{name: formats.count(count) for name, count in counts.items()})


def outcome_buttons(context: Context, done: Done) -> list[Component]:
    """Stop, while it runs and was not stopped; undo, where that can be."""
    texts = context.texts
    if done.stopping:
        return []
    if done.status is ActionStatus.RUNNING:
        stop = html.Button(texts("acting_ui.button.stop"), type="button", className="button", **data(acting="stop"))
        return [stop]
    if done.undoable and done.kind in context.acting:
        return [html.Button(_undo_words(context, done), type="button", className="button", **data(undo=done.action_id))]
    return []


def _undo_words(context: Context, done: Done) -> str:
    """Of what was stopped on its way it is said how much that would take back."""
    if done.status is not ActionStatus.CANCELLED:
        return context.texts("acting_ui.button.undo")
    return context.texts("acting_ui.button.undo_done", count=done.done, shown=context.formats.count(done.done))


def _left(done: Done) -> int:
    return sum(part.outcome is Outcome.CANCELLED for part in done.items)


def undo_words(context: Context, done: Done) -> list[Component]:
    """What taking it back would do, from what is to what was."""
    parts = [part for part in done.items if part.outcome is Outcome.DONE]
    count = len(parts)
    goes_back = counted(context, done.kind, "acting_ui.undo_count", count=count, shown=context.formats.count(count))
    means = meaning(context, inverse_of(done.kind))
    words: list[Component] = [
        html.P(goes_back, className="acting-count-line"),
        *([html.P(means, className="acting-means")] if means else []),
        html.P(counted(context, done.kind, "acting_ui.undo_note"), className="acting-hint"),
    ]
    rows = [rows for rows in (difference_rows(context, part.after or {}, part.before or {}) for part in parts) if rows]
    if rows:
        words.append(html.Dl(rows[0], className="changes"))
    words.append(html.P(listed(context, [order_of(part.subject) for part in parts]), className="acting-orders"))
    return words


def part_words(context: Context, part: Part) -> str:
    """Why a subject was left out, or that it was."""
    if part.reason and part.reason.get("text"):
        return refusal_words(context, str(part.reason["text"]), part.reason.get("values") or {})
    return context.texts(f"acting_ui.item.{part.outcome}")


def _running(context: Context, done: Done) -> list[Component]:
    gone = done.done + done.failed
    share = 100 * gone / done.total if done.total else 100
    bar = html.Progress(
        value=str(gone), max=str(max(done.total, 1)), className="acting-progress", title=f"{share:.0f} %"
    )
    note = "acting_ui.stopping_note" if done.stopping else "acting_ui.running_note"
    hint = html.P(context.texts(note), className="acting-hint")
    return [html.P(progress_sentence(context, done), className="acting-count-line"), bar, hint]


def _finished(context: Context, done: Done) -> list[Component]:
    sentence = html.P(
        [disc(MARKS[done.status]), html.Span(progress_sentence(context, done))], className="acting-count-line"
    )
    parts: list[Component] = [sentence]
    finished = [order_of(part.subject) for part in done.items if part.outcome is Outcome.DONE]
    if finished:
        parts.append(html.P(listed(context, finished), className="acting-orders"))
    left_out = [(part.subject, part_words(context, part)) for part in done.items if part.outcome is not Outcome.DONE]
    if left_out:
        parts.append(html.Ul(refusals(context, left_out), className="acting-groups"))
    parts += _way_back(context, done)
    return parts


def _way_back(context: Context, done: Done) -> Sequence[Component]:
    if done.undoable or done.undoes or not done.done:
        return []
    return [html.P(no_way_back(context, done), className="acting-hint")]


def no_way_back(context: Context, done: Done) -> str:
    """Why an action that was done cannot be taken back now."""
    if not is_undoable(done.kind):
        why = "never"
    elif done.undone_by:
        why = "undone"
    else:
        why = "going_on" if done.being_undone_by else "not_any_more"
    return counted(context, done.kind, f"acting_ui.no_undo.{why}")
