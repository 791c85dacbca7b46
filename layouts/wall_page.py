"""The wall: one screen without a scroll bar that hangs in a room for weeks. One scene, or several that take turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.snapshot import NodeSnapshot, Snapshot
from dashboard.throughput import Throughput
from layouts import ids
from layouts.attributes import aria, data
from layouts.boundary import guarded
from layouts.chain import chain
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.notices import notice
from layouts.parts import link_button, panel, state_panel
from layouts.wall_chart import PANEL, SCENE, UPRIGHT
from layouts.wall_frame import wall_frame
from layouts.wall_node import node_panel
from layouts.wall_problems import Causes, problem_nodes, problems_panel
from layouts.wall_scenes import (
    KINDS,
    LIFELINE,
    NODE,
    PROBLEMS,
    THROUGHPUT,
    WALL,
    Scene,
    SceneError,
    SliceValues,
    narrowed,
    scene_name,
)
from layouts.wall_throughput import throughput_panel
from layouts.wall_top import finding, wall_top


@dataclass(frozen=True, slots=True)
class SceneView:
    """What one scene shows. ``throughput`` and ``causes`` read when they are drawn, and may fail by themselves.

    ``throughput`` takes the key of a node, empty for the one that stands for the day's work.
    """

    scene: Scene
    snapshot: Snapshot
    throughput: Callable[[str], Throughput | None]
    causes: Callable[[], Causes] = dict


@dataclass(frozen=True, slots=True)
class WallView:
    """The scenes in their order, how long each stays, and the edition of the program that shows them."""

    scenes: Sequence[SceneView]
    every: timedelta
    edition: str
    slice_values: SliceValues


def wall_page(view: WallView, context: Context) -> Component:
    """The whole page."""
    first = view.scenes[0].snapshot
    freshness = Freshness(first.as_of, first.silence_seconds)
    contexts = [replace(context, slice=narrowed(context.slice, shown.scene)) for shown in view.scenes]
    findings = [
        _scoped(finding(own, shown.snapshot, ids.live("finding")), place)
        for place, (own, shown) in enumerate(zip(contexts, view.scenes, strict=True))
    ]
    scenes = [
        _scoped(_scene(own, shown, view.slice_values), place)
        for place, (own, shown) in enumerate(zip(contexts, view.scenes, strict=True))
    ]
    content = [
        wall_top(context, freshness, findings),
        html.Div(scenes, className="wall-stage"),
        *_turns(context, view.scenes),
    ]
    marks = data(every=f"{view.every.total_seconds():g}", edition=view.edition, zone=context.time_zone)
    if context.at is None:
        marks |= data(lives="yes")
    return wall_frame(context, content, freshness, marks)


def wrong_scenes_page(context: Context, error: SceneError, freshness: Freshness) -> Component:
    """A scene in the address cannot be shown: says which, and what there is."""
    texts = context.texts
    examples = [(name, name) for name in KINDS]
    examples += [(f"{dimension.key}=*", "slice") for dimension in context.lifeline.dimensions[:1]]
    known = [html.Li([html.Code(typed), html.Span(texts(f"wall.kind.{kind}"))]) for typed, kind in examples]
    words = [html.Span(error.sentence(texts)), html.Ul(known, className="wall-known")]
    bare = replace(context, own={})
    back = link_button(texts("wall.wrong.back"), bare.link(), primary=True)
    return wall_frame(context, [state_panel("no-match", texts("wall.wrong.title"), words, back)], freshness)


def _scene(context: Context, shown: SceneView, values: SliceValues) -> html.Section:
    panels = {WALL: _whole, LIFELINE: _chain, PROBLEMS: _problems, THROUGHPUT: _throughput, NODE: _node}
    parts = panels[shown.scene.kind](context, shown, values)
    name = scene_name(context, shown.scene)
    return html.Section(parts, className=f"wall-scene scene-{shown.scene.kind}", **aria(label=name))


def _whole(context: Context, shown: SceneView, values: SliceValues) -> list[Component]:
    below = html.Div([*_problems(context, shown, values), *_throughput(context, shown, values)], className="wall-below")
    return [*_chain(context, shown, values), below]


def _chain(context: Context, shown: SceneView, values: SliceValues) -> list[Component]:
    del values
    return [guarded(context, "chain", lambda: panel([chain(context, shown.snapshot.nodes)], classes="chain-panel"))]


def _problems(context: Context, shown: SceneView, values: SliceValues) -> list[Component]:
    said = notice(context, shown.snapshot, values)
    return [guarded(context, "problems", lambda: problems_panel(context, shown.snapshot, shown.causes, said))]


def _throughput(context: Context, shown: SceneView, values: SliceValues) -> list[Component]:
    del values
    risk = sum(node.overdue for node in shown.snapshot.nodes)
    shape = SCENE if shown.scene.kind == THROUGHPUT else PANEL
    return [
        guarded(context, "throughput", lambda: throughput_panel(context, lambda: shown.throughput(""), risk, shape))
    ]


def _node(context: Context, shown: SceneView, values: SliceValues) -> list[Component]:
    node, snapshot = chosen(shown.scene, shown.snapshot), shown.snapshot
    if node is None:
        return _problems(context, shown, values)
    return [
        guarded(context, "node", lambda: node_panel(context, snapshot, node, shown.causes())),
        guarded(
            context,
            "throughput",
            lambda: throughput_panel(context, lambda: shown.throughput(node.key), node.overdue, UPRIGHT),
        ),
    ]


def chosen(scene: Scene, snapshot: Snapshot) -> NodeSnapshot | None:
    """The node of a scene of one node: the one it names, else the worst, else the first; ``None`` without any."""
    if scene.node:
        return next((node for node in snapshot.nodes if node.key == scene.node), None)
    return next(iter([*problem_nodes(snapshot), *snapshot.nodes]), None)


def _turns(context: Context, scenes: Sequence[SceneView]) -> list[Component]:
    """Which scene is shown and how long it stays; a press on another one turns to it. Nothing where there is one."""
    if len(scenes) < 2:
        return []
    names = [scene_name(context, shown.scene) for shown in scenes]
    buttons = [
        html.Button([html.Span(className="wall-turn-bar"), html.Span(name)], type="button", className="wall-turn")
        for name in names
    ]
    return [html.Nav(buttons, className="wall-turns", **aria(label=context.texts("wall.scene.label")))]


def _scoped(part: Component, place: int) -> Component:
    """The same part with live ids of its own, so that several scenes may hold the same parts. The first keeps its."""
    if place:
        for inner in _below(part):
            if ids.is_live(getattr(inner, "id", None)):
                inner.id = ids.live(f"scene-{place + 1}", inner.id.removeprefix(ids.LIVE))
    return part


def _below(value: object) -> list[Any]:
    if isinstance(value, Component):
        return [value, *_below(getattr(value, "children", None))]
    return [part for item in value for part in _below(item)] if isinstance(value, (list, tuple)) else []
