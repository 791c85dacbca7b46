"""The scenes of a wall: what each shows, and how the address writes them.

``scenes=wall,problems,node:pickup,channel=douyin,lifeline@warehouse=HZ1``: a scene is one of ``KINDS``, or ``node:KEY``
for one node, with ``@dimension=value`` behind it for a slice of the orders. A bare ``dimension=value`` is the whole
wall of that slice; ``*`` in the place of a value makes a scene of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from dashboard.lifeline import Lifeline
from dashboard.slices import OF_VISITS, Slice, SliceError
from layouts.context import Context, parse_window
from layouts.texts import Texts

WALL, LIFELINE, PROBLEMS, THROUGHPUT, NODE = KINDS = ("wall", "lifeline", "problems", "throughput", "node")
"""``node`` without a key is whichever node is worst."""

EVERY = "*"
EVERYTHING = Slice()
MOST = 12
SHORTEST, USUAL, LONGEST = timedelta(seconds=5), timedelta(seconds=20), timedelta(hours=1)

SliceValues = Mapping[str, Sequence[str]]


class SceneError(ValueError):
    """A scene, or their pace, cannot be used. ``text`` is one of the catalogue."""

    def __init__(self, text: str, value: str) -> None:
        super().__init__(f"{text}: {value}")
        self.text, self.value = text, value[:80]

    def sentence(self, texts: Texts) -> str:
        """What is wrong, and what there is."""
        return texts(f"wall.wrong.{self.text}", value=self.value)


@dataclass(frozen=True, slots=True)
class Scene:
    """What one scene shows. ``node``: the key of its node, empty for whichever is worst. ``slice``: what it adds."""

    kind: str = WALL
    node: str = ""
    slice: Slice = EVERYTHING


def read_scenes(text: str, lifeline: Lifeline, values: SliceValues) -> tuple[Scene, ...]:
    """The scenes of the address, one whole wall where it names none.

    Raises:
        SceneError: the first that cannot be shown, or there are more than ``MOST``.
    """
    asked = [part.strip() for part in text.split(",") if part.strip()]
    scenes = [scene for part in asked for scene in _scenes(part, lifeline, values)]
    if len(scenes) > MOST:
        raise SceneError("many", str(len(scenes)))
    return tuple(scenes) or (Scene(),)


def read_every(text: str) -> timedelta:
    """How long each scene stays: ``20s``, ``1m``.

    Raises:
        SceneError: no length of time, under 5 s or over an hour.
    """
    if not text:
        return USUAL
    try:
        every = parse_window(text)
    except (ValueError, OverflowError):
        raise SceneError("every", text) from None
    if not SHORTEST <= every <= LONGEST:
        raise SceneError("every", text)
    return every


def narrowed(own: Slice, scene: Scene) -> Slice:
    """The page's slice with what the scene adds; in one dimension the scene's value holds."""
    return own.within(scene.slice.pairs)


def scene_name(context: Context, scene: Scene) -> str:
    """What the scene is called: ``Problems``, ``Carrier pickup``, ``Warehouse: HZ1``."""
    own = context.node_name(scene.node) if scene.node else context.texts(f"wall.scene.{scene.kind}")
    if not scene.slice.pairs:
        return own
    slice_ = context.slice_name(scene.slice)
    return slice_ if scene.kind == WALL else context.texts("wall.scene.of", scene=own, slice=slice_)


def _scenes(part: str, lifeline: Lifeline, values: SliceValues) -> list[Scene]:
    what, _, of = part.partition("@") if "@" in part else ("", "", part) if "=" in part else (part, "", "")
    kind, _, node = (what or WALL).partition(":")
    if kind not in KINDS or (node and kind != NODE):
        raise SceneError("scene", part)
    if node and node not in lifeline:
        raise SceneError("node", node)
    return [Scene(kind, node, slice_) for slice_ in _slices(of, lifeline, values)]


def _slices(text: str, lifeline: Lifeline, values: SliceValues) -> list[Slice]:
    if not text:
        return [Slice()]
    try:
        asked = Slice.parse(text)
    except SliceError:
        raise SceneError("scene", text) from None
    ((dimension, value),) = asked.pairs or (("", ""),)
    if dimension not in {*OF_VISITS, *(known.key for known in lifeline.dimensions)} or "\0" in value:
        raise SceneError("dimension", dimension)
    each = values.get(dimension, ()) if value == EVERY else (value,)
    return [Slice(((dimension, one),)) for one in each]
