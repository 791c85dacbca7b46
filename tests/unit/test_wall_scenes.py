"""The scenes of a wall, as the address writes them."""

from datetime import timedelta

import pytest

from dashboard.slices import Slice
from layouts.texts import LANGUAGES, Texts
from layouts.wall_scenes import MOST, Scene, SceneError, narrowed, read_every, read_scenes, scene_name
from tests.looks import context

VALUES = {"channel": ["douyin", "tmall"], "warehouse": []}
LIFELINE = context().lifeline


def scenes(text: str) -> tuple[Scene, ...]:
    """The scenes of the distributor's wall."""
    return read_scenes(text, LIFELINE, VALUES)


def test_one_whole_wall_where_nobody_asks():
    """So does an address with nothing but commas."""
    assert scenes("") == scenes(" , ") == (Scene(),)


def test_scenes_of_every_kind():
    """In their order: kinds, a node, a slice of the wall, a slice of another kind."""
    told = scenes("lifeline, node:pickup,channel=douyin,problems@warehouse=HZ1,node")
    douyin, hz1 = Slice((("channel", "douyin"),)), Slice((("warehouse", "HZ1"),))
    assert told == (
        Scene("lifeline"),
        Scene("node", "pickup"),
        Scene("wall", "", douyin),
        Scene("problems", "", hz1),
        Scene("node"),
    )


def test_a_star_makes_a_scene_of_each_value():
    """Those that orders ever had."""
    assert [str(scene.slice) for scene in scenes("channel=*")] == ["channel=douyin", "channel=tmall"]
    assert scenes("throughput@channel=*")[1] == Scene("throughput", "", Slice((("channel", "tmall"),)))


def test_a_star_without_values_is_the_whole_wall():
    """No order has a warehouse yet: better a wall than nothing."""
    assert scenes("warehouse=*") == (Scene(),)


@pytest.mark.parametrize(
    ("text", "about", "value"),
    [
        ("walll", "scene", "walll"),
        ("wall,node:nowhere", "node", "nowhere"),
        ("wall:pickup", "scene", "wall:pickup"),
        ("channel=", "scene", "channel="),
        ("colour=red", "dimension", "colour"),
        ("wall@channel", "scene", "channel"),
        (",".join(["wall"] * (MOST + 1)), "many", "13"),
    ],
)
def test_wrong_scenes(text: str, about: str, value: str):
    """The first that is wrong is named, in a sentence of either language."""
    with pytest.raises(SceneError) as caught:
        scenes(text)
    assert (caught.value.text, caught.value.value) == (about, value)
    assert all(value in caught.value.sentence(Texts(lang)) for lang in LANGUAGES)


def test_the_pace():
    """20 s where nobody asks."""
    assert (read_every(""), read_every("30s"), read_every("2m")) == tuple(map(timedelta, (0, 0, 0), (20, 30, 120)))


@pytest.mark.parametrize("text", ["fast", "4s", "61m", "2h", "-5s", "99999999999999999999d"])
def test_wrong_paces(text: str):
    """Faster than anybody reads, slower than a visit lasts, or no time at all."""
    with pytest.raises(SceneError):
        read_every(text)


def test_a_scene_narrows_the_page():
    """What the page is filtered by stays; in one dimension the scene's own value holds."""
    own = Slice((("channel", "tmall"), ("region", "440300")))
    assert narrowed(own, Scene("wall", "", Slice((("channel", "douyin"),)))) == Slice.parse(
        "channel=douyin,region=440300"
    )
    assert narrowed(own, Scene()) == own


def test_names():
    """What the turns are called."""
    view = context()
    told = [scene_name(view, scene) for scene in scenes("wall,node:pickup,warehouse=HZ1,problems@warehouse=HZ1")]
    assert told == ["Everything", "Carrier pickup", "Warehouse: Hangzhou 1", "Problems · Warehouse: Hangzhou 1"]
