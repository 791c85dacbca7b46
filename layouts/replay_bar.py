"""The bar on every page of a replay: that it is one, what instant it shows, and the controls of time.

Controls carry ``data-replay`` and ``data-value``; ``assets/replay.js`` turns them into commands. In the strip a share
of its width is a share of the recording.
"""

from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.replay import Replay
from layouts import ids
from layouts.attributes import aria, data
from layouts.context import Context
from layouts.formats import DAY, HOUR, MINUTE
from layouts.icons import icon
from layouts.parts import hidden, shown
from layouts.shortcuts import shortcut

STEPS = (-DAY, -HOUR, HOUR, DAY)
TALL = 24
LEAST = 1.5
"""How tall a part of the strip is at most, and at least where anything happened."""


def replay_bar(context: Context) -> list[Component]:
    """The bar; nothing where time is real."""
    if context.replay is None:
        return []
    replay = context.replay
    rows = [
        html.Div([_mark(context), _toggle(context, replay), *_instant(context, replay)], className="replay-now"),
        html.Div([_steps(context), _field(context)], className="replay-moves"),
        _strip(context, replay),
        _speeds(context, replay),
        dcc.Store(id=ids.REPLAY_COMMAND),
    ]
    where = data(first=replay.first.isoformat(), last=replay.last.isoformat(), zone=context.time_zone)
    return [html.Section(rows, className="replay", **aria(label=context.texts("replay.label")), **where)]


def _mark(context: Context) -> html.Span:
    texts = context.texts
    return html.Span(texts("replay.mark"), className="replay-mark", title=texts("replay.not_live"))


def _toggle(context: Context, replay: Replay) -> html.Button:
    name, glyph = _act(replay)
    return html.Button(
        [icon(glyph), html.Span(context.texts(f"replay.{name}"))],
        type="button",
        className="button replay-toggle",
        id=ids.live("replay-toggle"),
        **data(replay="toggle"),
        **shortcut("r"),
    )


def _act(replay: Replay) -> tuple[str, str]:
    """What the button does, and its glyph."""
    if replay.playing:
        return "pause", "pause"
    return ("again", "again") if replay.ended and replay.jump is None else ("play", "play")


def _instant(context: Context, replay: Replay) -> list[Component]:
    moment = context.formats.moment(replay.at, seconds=True)
    share = "" if replay.jump is None else context.formats.whole_percent(replay.jump.fraction)
    return [
        html.Strong(moment, className="replay-at", id=ids.live("replay-at")),
        html.Span(_state(context, replay), className="replay-state", id=ids.live("replay-state"), role="status"),
        shown(share, "replay-share", id=ids.live("replay-share")),
    ]


def _state(context: Context, replay: Replay) -> str:
    texts = context.texts
    if replay.troubled:
        return texts("replay.state.troubled")
    if replay.jump is not None:
        return texts("replay.state.jumping", time=context.formats.moment(replay.jump.to))
    if replay.ended:
        return texts("replay.state.ended")
    return texts("replay.state.playing" if replay.playing else "replay.state.paused")


def _steps(context: Context) -> html.Div:
    buttons = [_step(context, seconds) for seconds in STEPS]
    return html.Div(buttons, className="replay-group", role="group", **aria(label=context.texts("replay.steps")))


def _step(context: Context, seconds: int) -> html.Button:
    texts, span = context.texts, context.formats.elapsed(abs(seconds))
    name = "back" if seconds < 0 else "on"
    words = [shown(texts(f"replay.{name}", span=span)), hidden(texts(f"replay.{name}_spoken", span=span))]
    return html.Button(words, type="button", className="replay-choice", **data(replay="step", value=str(seconds)))


def _speeds(context: Context, replay: Replay) -> html.Div:
    buttons = [_speed(context, replay, speed) for speed in replay.speeds]
    label = html.Span(context.texts("replay.speeds"), className="replay-label")
    named = aria(label=context.texts("replay.speeds"))
    return html.Div([shown(label), *buttons], className="replay-group", role="group", **named)


def _speed(context: Context, replay: Replay, speed: int) -> html.Button:
    texts, times = context.texts, context.formats.count(speed)
    spoken = texts("replay.times_spoken", speed=times)
    return html.Button(
        [shown(speed_text(context, speed)), hidden(spoken)],
        type="button",
        className="replay-choice",
        id=ids.live("replay-speed", str(speed)),
        title=spoken,
        **aria(pressed=speed == replay.speed),
        **data(replay="speed", value=str(speed)),
    )


def speed_text(context: Context, speed: int) -> str:
    """The speed as what passes in a second, where that is one unit: ``10 min/s``; else as ``×500``."""
    unit = next((size for size in (DAY, HOUR, MINUTE) if speed % size == 0), None)
    if unit is None or speed >= 2 * DAY:
        return context.texts("replay.times", speed=context.formats.count(speed))
    return context.texts("replay.a_second", span=context.formats.elapsed(speed))


def _field(context: Context) -> html.Div:
    texts = context.texts
    box = dcc.Input(
        id=ids.REPLAY_TO,
        type="text",
        placeholder="2018-02-17 14:30",
        autoComplete="off",
        className="replay-box",
        value="",
    )
    return html.Div(
        [
            html.Label(texts("replay.to"), htmlFor=ids.REPLAY_TO, className="visually-hidden"),
            box,
            html.Button(texts("replay.go"), type="button", className="replay-choice", **data(replay="to")),
            html.Span(id=ids.REPLAY_ANSWER, className="replay-answer", role="status"),
        ],
        className="replay-field",
    )


def _strip(context: Context, replay: Replay) -> html.Div:
    texts, formats = context.texts, context.formats
    place = f"{replay.share:.2%}"
    ends = [html.Span(formats.day(instant)) for instant in (replay.first, replay.last)]
    slider: dict[str, Any] = aria(
        label=texts("replay.strip"),
        valuemin="0",
        valuemax="100",
        valuenow=f"{replay.share * 100:.2f}",
        valuetext=formats.moment(replay.at),
        description=texts("replay.strip_keys"),
    )
    parts = [
        html.Span(className="replay-activity", style=_mask(replay.activity)),
        html.Span(className="replay-played", style={"width": place}, id=ids.live("replay-played")),
        html.Span(className="replay-aim", hidden=True),
    ]
    strip = html.Div(
        parts,
        className="replay-strip",
        role="slider",
        tabIndex=0,
        id=ids.live("replay-strip"),
        title=texts("replay.strip"),
        **slider,
    )
    return html.Div([shown(ends[0]), strip, shown(ends[1])], className="replay-line")


def _mask(activity: tuple[int, ...]) -> dict[str, Any]:
    """The shape of what happened when, as a mask over a colour; square roots, so that quiet times can be seen too."""
    most = max(activity, default=0)
    tall = [max(LEAST, TALL * (count / most) ** 0.5) if count else 0 for count in activity]
    path = "".join(f"M{place} {TALL}v-{height:.3g}h.8v{height:.3g}z" for place, height in enumerate(tall) if height)
    box = f"viewBox='0 0 {max(len(activity), 1)} {TALL}' preserveAspectRatio='none'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {box}><path d='{path}'/></svg>"
    image = f'url("data:image/svg+xml,{quote(svg, safe="/:= ,")}")'
    return {"maskImage": image, "WebkitMaskImage": image}
