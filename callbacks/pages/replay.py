"""The replay's bar: what a viewer asks of the replay, in a replay only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.filters import read_instant
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from callbacks.replaying import Replaying
from layouts import ids
from layouts.context import Context

LONGEST = 80
MINUTE = timedelta(minutes=1)


def register(app: Dash, pages: Pages) -> None:
    """Hear the bar; nothing where there is no replay."""
    replaying = pages.services.replay
    if replaying is None:
        return

    @app.callback(
        Output(ids.REPLAY_ANSWER, "children"),
        Input(ids.REPLAY_COMMAND, "data"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def commanded(command: dict[str, Any] | None, shown: dict[str, str]) -> str:
        if not command:
            raise PreventUpdate
        return obey(replaying, command, pages.context(pages.shown(shown)))


def obey(replaying: Replaying, command: Mapping[str, Any], context: Context) -> str:
    """Do what was asked: ``{"what", "value"}``; answers what is wrong with it, nothing where all is well.

    ``toggle`` plays or pauses, ``speed`` takes replayed seconds in one, ``share`` jumps to a share of the recording,
    ``step`` by seconds, ``to`` to an instant as a person writes it.
    """
    value = command.get("value")
    match command.get("what"):
        case "toggle":
            replaying.toggle()
        case "speed" if value in replaying.state().speeds:
            replaying.set_speed(int(value))
        case "share" if isinstance(value, (int, float)) and 0 <= value <= 1:
            state = replaying.state()
            replaying.jump(state.first + (state.last - state.first) * value)
        case "step" if isinstance(value, (int, float)) and abs(value) <= timedelta(days=366).total_seconds():
            replaying.step(timedelta(seconds=value))
        case "to" if isinstance(value, str):
            return _jump(replaying, value.strip()[:LONGEST], context)
    return ""


def _jump(replaying: Replaying, text: str, context: Context) -> str:
    state, texts, formats = replaying.state(), context.texts, context.formats
    try:
        to = read_instant(text, formats.zone)
    except ValueError:
        return texts("replay.no_time", value=text)
    if not state.first - MINUTE < to < state.last + MINUTE:  # the minute of the first event is told without seconds
        return texts("replay.outside", first=formats.moment(state.first), last=formats.moment(state.last))
    replaying.jump(to)
    return ""
