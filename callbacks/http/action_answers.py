"""Previews and actions as plain values for JSON, their refusals in words."""

from typing import Any

from callbacks.http.action_models import (
    ActionAnswer,
    ChoiceAnswer,
    KindAnswer,
    OrderChange,
    OrderItem,
    OrderRefused,
    Outside,
    ParameterAnswer,
    PreviewAnswer,
    SubjectChange,
    SubjectItem,
    SubjectRefused,
)
from dashboard.acting import ActionKind, Parameter
from dashboard.actions import kind_of
from dashboard.audited import ORDER
from datasource.write_back import Action, Item, Preview
from layouts.acting_words import refusal_words
from layouts.context import Context
from layouts.texts import Texts


def preview_answer(preview: Preview, context: Context) -> PreviewAnswer:
    """What would happen."""
    of_orders = kind_of(preview.kind).subject == ORDER
    change, refused = (OrderChange, OrderRefused) if of_orders else (SubjectChange, SubjectRefused)
    name = "order_id" if of_orders else "subject"
    return PreviewAnswer(
        preview_id=preview.preview_id,
        kind=preview.kind,
        params=dict(preview.params),
        expires_at=preview.expires_at,
        changes=[
            change(**{name: one.subject}, before=dict(one.before), after=dict(one.after)) for one in preview.changes
        ],
        refused=[
            refused(**{name: one.subject}, reason=refusal_words(context, one.text, one.values))
            for one in preview.refused
        ],
        outside=[
            Outside(subject=one.subject, target=told.target, kind=told.kind, body=dict(told.body))
            for one in preview.changes
            for told in one.outside
        ],
    )


def action_answer(action: Action, context: Context) -> ActionAnswer:
    """How far it is, and what came of it for each subject."""
    return ActionAnswer(
        action_id=action.action_id,
        status=action.status.value,
        done=action.done,
        failed=action.failed,
        items=[_item(item, context, kind_of(action.kind)) for item in action.items],
        total=action.total,
        kind=action.kind,
        params=dict(action.params),
        actor=action.actor,
        origin=action.origin,
        reason=action.reason,
        made_at=action.made_at,
        finished_at=action.finished_at,
        undoes=action.undoes,
        undoable=action.undoable,
        undone_by=action.undone_by,
    )


def kind_answer(kind: ActionKind, texts: Texts, *, may: bool) -> KindAnswer:
    """One entry of the catalogue."""
    return KindAnswer(
        key=kind.key,
        label=word(texts, f"acting.kind.{kind.key}", kind.key),
        subject=kind.subject,
        may=may,
        undoable=kind.undoable,
        inverse=kind.inverse,
        nodes=list(kind.nodes),
        tells=list(kind.tells),
        params=[_parameter(one, texts) for one in kind.params],
    )


def word(texts: Texts, key: str, otherwise: str) -> str:
    """A text of the catalogue, or what it is called where there is none."""
    return texts(key) if texts.has(key) else otherwise


def _item(item: Item, context: Context, kind: ActionKind) -> OrderItem | SubjectItem:
    made: dict[str, Any] = {
        "outcome": item.outcome.value,
        "reason": None
        if item.reason is None
        else refusal_words(context, item.reason["text"], item.reason.get("values") or {}),
        "before": None if item.before is None else dict(item.before),
        "after": None if item.after is None else dict(item.after),
        "at": item.at,
    }
    name = item.subject.removeprefix(f"{kind.subject}:")
    return OrderItem(order_id=name, **made) if kind.subject == ORDER else SubjectItem(subject=name, **made)


def _parameter(parameter: Parameter, texts: Texts) -> ParameterAnswer:
    return ParameterAnswer(
        key=parameter.key,
        label=word(texts, f"acting.param.{parameter.key}", parameter.key),
        kind=parameter.kind,
        required=parameter.required,
        choices=[ChoiceAnswer(key=key, label=word(texts, f"acting.choice.{key}", key)) for key in parameter.choices],
        longest=parameter.longest,
    )
