"""The dialog of acting: its frame, which no tick touches, and the parts that the server puts into it.

A view of it is five parts: the head, the form, what is said, what is asked before it is done, and the foot.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.acting import ActionKind, Parameter
from layouts import ids
from layouts.acting_words import kind_name, value_words
from layouts.attributes import aria, data
from layouts.context import Context
from layouts.parts import hidden, shown
from layouts.texts import LANGUAGES, Texts

PARTS = (ids.ACTING_HEAD, ids.ACTING_FORM, ids.ACTING_SAID, ids.ACTING_ASKS, ids.ACTING_FOOT, ids.ACTING_ASIDE)
"""What the server fills, in the order of ``DialogView``'s answer."""

_ANSWER = "...".join([f"{ids.ACTING_STATE}.data", *(f"{part}.children" for part in PARTS)])
"""How Dash names the callback: by all that it fills."""


@dataclass(frozen=True, slots=True)
class DialogView:
    """What the dialog shows; ``None`` leaves a part as it is, so that what is typed in it stays.

    ``state``: what the browser gives back with the next command; ``aside``: a line for while the dialog is closed.
    """

    state: Mapping[str, Any]
    said: Sequence[Component]
    foot: Sequence[Component]
    head: Sequence[Component] | None = None
    form: Sequence[Component] | None = None
    asks: Sequence[Component] | None = None
    aside: Sequence[Component] = ()


def acting_frame() -> list[Component]:
    """The dialog and its stores; they stand beside the page and outlive it."""
    parts: list[Component] = [
        html.Header(id=ids.ACTING_HEAD, className="acting-head"),
        html.Div(
            [
                html.Div(id=ids.ACTING_FORM, className="acting-form"),
                html.Div(id=ids.ACTING_SAID, className="acting-said", role="status"),
                html.Div(id=ids.ACTING_ASKS, className="acting-asks"),
            ],
            className="acting-body",
        ),
        _wait(),
        html.Footer(id=ids.ACTING_FOOT, className="acting-foot"),
    ]
    return [
        dcc.Store(id=ids.ACTING_COMMAND),
        dcc.Store(id=ids.ACTING_STATE),
        html.Dialog(
            parts,
            id=ids.ACTING,
            className="acting-dialog",
            **aria(labelledby=f"{ids.ACTING_TITLE} {ids.ACTING_WAIT}-title"),
            **data(output=f"..{_ANSWER}.."),
        ),
        html.Div(id=ids.ACTING_ASIDE, className="acting-aside", hidden=True, role="status"),
    ]


def _wait() -> Component:
    """What is said while the server works or is away; ``assets/acting_wait.js`` fills it in, of whatever page."""
    part = ids.ACTING_WAIT
    ways = [
        html.Button(id=f"{part}-{name}", type="button", className="button", **data(acting=act))
        for name, act in (("leave", "close"), ("again", "again"))
    ]
    return html.Div(
        [
            html.H2(id=f"{part}-title", className="acting-title"),
            html.P(id=f"{part}-said", className="acting-wait-said", role="status"),
            html.Span(id=f"{part}-time", className="acting-wait-time", **aria(hidden=True)),
            html.Div(ways, className="acting-wait-ways"),
        ],
        id=part,
        className="acting-wait",
        **data(words=json.dumps({lang: _wait_words(Texts(lang)) for lang in LANGUAGES}, ensure_ascii=False)),
    )


def _wait_words(texts: Texts) -> dict[str, str]:
    """By name; of what is counted there is one for a single order and one for many."""
    names = ("preview", "asking", "doing", "stopping", "lost", "unanswered", "signed_out", "again", "cancel")
    counted = {
        f"preview_{name}": texts("acting_ui.wait.preview_of", count=count, shown="{shown}")
        for name, count in (("one", 1), ("many", 2))
    }
    units = {unit: texts(f"common.unit.{unit}", n="{n}") for unit in ("s", "min")}
    refused = texts("acting.error.denied")
    return {name: texts(f"acting_ui.wait.{name}") for name in names} | counted | units | {"refused": refused}


def head(context: Context, title: str, about: str = "") -> list[Component]:
    """What is done, to which orders, and the way out."""
    texts = context.texts
    words: list[Component] = [html.H2(title, id=ids.ACTING_TITLE, className="acting-title")]
    words += [html.P(about, className="acting-about")] if about else []
    close = html.Button(
        [shown("×"), hidden(texts("acting_ui.close"))], type="button", className="acting-close", **data(acting="close")
    )
    return [html.Div(words), close]


def form(context: Context, kind: ActionKind, people: Sequence[str], params: Mapping[str, str]) -> list[Component]:
    """One field for each parameter. ``people``: who may be named; ``params``: what is filled in."""
    return [_field(context, kind, one, people, params.get(one.key, "")) for one in kind.params]


def _field(context: Context, kind: ActionKind, param: Parameter, people: Sequence[str], value: str) -> Component:
    texts, field = context.texts, f"acting-param-{param.key}"
    name = texts(f"acting.param.{param.key}")
    optional = [] if param.required else [html.Span(texts("acting_ui.optional"), className="acting-optional")]
    label = html.Label([name, *optional], htmlFor=field)
    marks = {**data(param=param.key), **(aria(required=True) if param.required else {})}
    if param.kind == "text":
        box: Component = html.Textarea(
            value, id=field, rows=3 if kind.key == "note" else 1, maxLength=param.longest, className="field", **marks
        )
    else:
        empty = html.Option(texts("acting_ui.choose" if param.required else "acting_ui.nobody"), value="")
        box = html.Select([empty, *_options(context, param, people)], id=field, className="field", **marks)
    return html.Div([label, box], className="acting-field")


def _options(context: Context, param: Parameter, people: Sequence[str]) -> list[Component]:
    """Of somebody to name: the teams, then the people."""
    if param.kind not in {"person", "team"}:
        return [html.Option(value_words(context, param.key, choice), value=choice) for choice in param.choices]
    teams = [html.Option(context.team_name(key), value=key) for key in context.lifeline.teams]
    if param.kind == "team":
        return list(teams)
    named = [html.Option(name, value=name) for name in people]
    groups = [("teams", teams), ("people", named)]
    return [html.Optgroup(options, label=context.texts(f"acting_ui.{name}")) for name, options in groups if options]


def reason_field(context: Context) -> list[Component]:
    """Why it is done: the audit keeps it, so it is needed."""
    texts = context.texts
    hint = f"{ids.ACTING_REASON}-hint"
    return [
        html.Div(
            [
                html.Label(texts("acting_ui.reason"), htmlFor=ids.ACTING_REASON),
                html.Textarea(
                    id=ids.ACTING_REASON,
                    rows=2,
                    maxLength=500,
                    className="field",
                    placeholder=texts("acting_ui.reason_example"),
                    **aria(required=True, describedby=f"{hint}-lacks {hint}"),
                ),
                html.P(texts("acting.error.reason_missing"), id=f"{hint}-lacks", className="acting-lacks"),
                html.P(texts("acting_ui.reason_hint"), id=hint, className="acting-hint"),
            ],
            className="acting-field",
        )
    ]


def needs(context: Context, param: Parameter) -> list[Component]:
    """What has to be filled in before anything can be previewed."""
    name = context.texts(f"acting.param.{param.key}")
    return [html.P(context.texts("acting_ui.needs", name=name), className="acting-hint")]


def foot(context: Context, *buttons: Component, close: str = "back") -> list[Component]:
    """The way out, and at its right what is done next. ``close``: the text of the way out."""
    out = html.Button(
        context.texts(f"acting_ui.button.{close}"), type="button", className="button", **data(acting="close")
    )
    return [out, *buttons]


def apply_button(text: str, *, final: bool = False) -> Component:
    """What does it. ``final``: it cannot be undone."""
    classes = "button button-primary acting-final" if final else "button button-primary"
    return html.Button(text, id="acting-apply", type="button", className=classes, **data(acting="apply"))


def failure(context: Context, words: str) -> list[Component]:
    """Why it does not go on, and that nothing was changed."""
    del context
    return [html.P(words, className="acting-error", role="alert")]


def aside(context: Context, key: str, words: str) -> list[Component]:
    """One line that tells of the action while its dialog is closed."""
    show = html.Button(context.texts("acting_ui.button.show"), type="button", className="button", **data(acting="show"))
    return [html.Span([html.Strong(kind_name(context, key)), " ", words]), show]
