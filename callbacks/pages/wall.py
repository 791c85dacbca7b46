"""The wall: fetch the numbers of each of its scenes, lay them out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dash.development.base_component import Component

from callbacks.edition import edition
from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.explanation import Explanation
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot
from dashboard.throughput import Throughput
from layouts.context import Context
from layouts.freshness import Freshness
from layouts.wall_page import SceneView, WallView, wall_page, wrong_scenes_page
from layouts.wall_problems import problem_nodes
from layouts.wall_scenes import Scene, SceneError, narrowed, read_every, read_scenes

OWN = ("scenes", "every")


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The scenes that the address names; where one of them cannot be shown, a page that says so."""
    del services, rest
    told: Mapping[str, str] = address.parameters
    context = replace(context, own={name: told[name] for name in OWN if told.get(name)})
    values = reads.slice_values(now)
    try:
        scenes = read_scenes(told.get("scenes", ""), context.lifeline, values)
        every = read_every(told.get("every", ""))
    except SceneError as error:
        return wrong_scenes_page(context, error, Freshness(now, reads.silence_seconds(now)))
    views = [_view(reads, context, scene, now) for scene in scenes]
    return wall_page(WallView(views, every, edition(), values), context)


def _view(reads: Reads, context: Context, scene: Scene, now: datetime) -> SceneView:
    slice_ = narrowed(context.slice, scene)
    snapshot = reads.snapshot(slice_, context.window, context.at)

    def throughput(key: str) -> Throughput | None:
        lifeline = context.lifeline
        node = lifeline.node(key) if key else lifeline.throughput_node()
        return reads.throughput(node, slice_, context.at or now) if node else None

    def causes() -> dict[str, Explanation]:
        found = {node.key: _explanations(reads, context, slice_, node, now) for node in problem_nodes(snapshot)}
        return {key: told[0] for key, told in found.items() if told}

    return SceneView(scene, snapshot, throughput, causes)


def _explanations(
    reads: Reads, context: Context, slice_: Slice, node: NodeSnapshot, now: datetime
) -> tuple[Explanation, ...]:
    window = timedelta(seconds=node.window_used_seconds)
    return reads.node.explanations(context.lifeline.node(node.key), slice_, window, context.at, now)
