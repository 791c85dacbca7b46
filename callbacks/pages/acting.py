"""The dialog of acting: one command of the browser in, one view of the dialog out. The server holds what was begun."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.leaving import waited_for_here
from callbacks.pages.router import Pages
from callbacks.pages.selected import Selected, selected_orders
from callbacks.pages.shown import SHOWN
from dashboard.acting import ActionKind, ActionStatus, Parameter
from dashboard.actions import kind_of
from dashboard.permissions import Caller
from dashboard.shared import ACTS
from datasource.shared_subjects import named
from datasource.write_back import ActingError, Action, Asked, NobodyWaits
from layouts import ids
from layouts.acting_dialog import PARTS, DialogView, apply_button, aside, failure, foot, form, head, needs, reason_field
from layouts.acting_outcome import action_name, outcome_buttons, outcome_words, progress_sentence, undo_words
from layouts.acting_preview import apply_words, preview_words
from layouts.acting_words import error_words, kind_name
from layouts.context import Context
from layouts.shared_list import shared_name
from layouts.who import actor_name

Command = Mapping[str, Any]


def register(app: Dash, pages: Pages) -> None:
    """A command is answered with what the dialog shows then; ``assets/acting_call.js`` sends it."""

    @app.callback(
        Output(ids.ACTING_STATE, "data"),
        *[Output(part, "children") for part in PARTS],
        Input(ids.ACTING_COMMAND, "data"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def commanded(command: Command | None, shown: dict[str, str] | None) -> tuple[Any, ...]:
        if not command or not shown:
            raise PreventUpdate
        view = answered(pages, command, shown)
        parts = (view.head, view.form, view.said, view.asks, view.foot, view.aside)
        return (dict(view.state), *(no_update if part is None else list(part) for part in parts))


def answered(pages: Pages, command: Command, shown: Mapping[str, str]) -> DialogView:
    """What the dialog shows after a command; an error is words in it, and what was asked stays."""
    context, caller = pages.context(pages.with_rights(pages.shown(shown))), pages.caller()
    if caller is None:
        raise PreventUpdate
    dialog = Dialog(pages, caller, context, shown)
    try:
        return dialog.does(command)
    except NobodyWaits:
        raise PreventUpdate from None
    except ActingError as error:
        return dialog.refused(command, error)


class Dialog:
    """The answers to one caller on one page."""

    def __init__(self, pages: Pages, caller: Caller, context: Context, shown: Mapping[str, str]) -> None:
        self._pages, self._acting, self._caller = pages, pages.acting, caller
        self._context, self._shown = context, shown

    def does(self, command: Command) -> DialogView:
        """Obey. Raises ``ActingError`` where that cannot be done, ``PreventUpdate`` for what no page of ours sends."""
        acts: Mapping[str, Callable[[Command], DialogView]] = {
            "open": self._opened,
            "preview": self._previewed,
            "apply": self._applied,
            "look": self._looked,
            "stop": self._stopped,
            "undo_ask": self._undo_asked,
            "undo": self._undone,
        }
        act = acts.get(str(command.get("do")))
        if act is None:
            raise PreventUpdate
        return act(command)

    def refused(self, command: Command, error: ActingError) -> DialogView:
        """The error in words; the way on is to change what was asked, or to close."""
        context, ask = self._context, command.get("ask") or {}
        words = failure(context, error_words(context, error.text, error.values))
        begun = command.get("do") in {"apply", "undo_ask", "undo"}
        state = {"step": "gone" if begun else "asking", "ask": ask}
        if command.get("do") in {"open", "undo_ask"}:
            title = kind_name(context, str(ask["kind"])) if "kind" in ask else context.texts("acting_ui.button.undo")
            return DialogView(state, words, foot(context, close="close"), head(context, title), (), ())
        return DialogView(state, words, foot(context, close="close"), asks=() if begun else None)

    def _opened(self, command: Command) -> DialogView:
        ask, context = command.get("ask") or {}, self._context
        kind = self._kind(ask)
        title = kind_name(context, kind.key)
        shown = head(context, title, self._about(kind, ask))
        fields = form(context, kind, self._pages.people(), {})
        view = self._foreseen(kind, ask, {})
        return replace(view, head=shown, form=fields, asks=reason_field(context))

    def _previewed(self, command: Command) -> DialogView:
        ask, params = command.get("ask") or {}, command.get("params") or {}
        return self._foreseen(self._kind(ask), ask, {key: str(value) for key, value in params.items() if value})

    def _foreseen(self, kind: ActionKind, ask: Command, params: Mapping[str, str]) -> DialogView:
        needed = [one for one in kind.params if one.required and not params.get(one.key)]
        return self._asking(ask, needed[0]) if needed else self._preview(kind, ask, params)

    def _asking(self, ask: Command, needed: Parameter) -> DialogView:
        """Nothing to preview yet."""
        state = {"step": "asking", "ask": dict(ask)}
        return DialogView(state, needs(self._context, needed), foot(self._context))

    def _preview(self, kind: ActionKind, ask: Command, params: Mapping[str, str]) -> DialogView:
        context = self._context
        orders = selected_orders(self._pages, Selected.of(ask), self._shown)
        preview = self._acting.preview(Asked(kind.key, orders, params), self._caller, waited_for_here())
        state = {"step": "preview", "ask": dict(ask), "preview": preview.preview_id, "key": uuid4().hex}
        said = preview_words(context, preview)
        if not preview.changes:
            return DialogView({**state, "step": "asking"}, said, foot(context, close="close"))
        button = apply_button(apply_words(context, preview), final=not kind.undoable)
        return DialogView(state, said, foot(context, button))

    def _applied(self, command: Command) -> DialogView:
        preview, reason, key = (str(command.get(name) or "") for name in ("preview", "reason", "key"))
        return self._outcome(self._acting.apply(preview, reason, key, self._caller))

    def _looked(self, command: Command) -> DialogView:
        return self._outcome(self._acting.progress(str(command.get("action")), self._caller))

    def _stopped(self, command: Command) -> DialogView:
        action = str(command.get("action"))
        self._acting.cancel(action, self._caller)
        return self._outcome(self._acting.progress(action, self._caller))

    def _undo_asked(self, command: Command) -> DialogView:
        found, context = self._acting.undoable(str(command.get("action")), self._caller), self._context
        title = context.texts("acting_ui.undo_of", action=kind_name(context, found.kind))
        state = {"step": "undo", "action": found.action_id, "key": uuid4().hex, "ask": {"kind": found.kind}}
        button = apply_button(context.texts("acting_ui.button.undo"))
        about = context.texts("acting_ui.undo_about", reason=found.reason, by=actor_name(context.texts, found.actor))
        said = undo_words(context, found)
        return DialogView(state, said, foot(context, button), head(context, title, about), (), reason_field(context))

    def _undone(self, command: Command) -> DialogView:
        action, reason, key = (str(command.get(name) or "") for name in ("action", "reason", "key"))
        return self._outcome(self._acting.undo(action, reason, key, self._caller))

    def _outcome(self, done: Action) -> DialogView:
        context, running = self._context, done.status is ActionStatus.RUNNING
        state = {"step": "running" if running else "done", "action": done.action_id}
        words, buttons = outcome_words(context, done), outcome_buttons(context, done)
        title = head(context, action_name(context, done), done.reason)
        told = aside(context, done.kind, progress_sentence(context, done))
        return DialogView(state, words, foot(context, *buttons, close="close"), title, (), (), told)

    def _kind(self, ask: Command) -> ActionKind:
        try:
            return kind_of(str(ask.get("kind")))
        except KeyError:
            raise PreventUpdate from None

    def _about(self, kind: ActionKind, ask: Command) -> str:
        selected = Selected.of(ask)
        if kind.subject in ACTS:
            with self._pages.services.store.read() as connection:
                found = named(connection, kind.subject, selected.orders)
            return " · ".join(word for one in found for word in (shared_name(self._context, one), one.key))
        if selected.every:
            return self._context.texts("acting_ui.about_all", title=selected.title)
        count = len(selected.orders)
        if count == 1:
            return selected.orders[0]
        return self._context.texts("acting_ui.about_many", shown=self._context.formats.count(count))
