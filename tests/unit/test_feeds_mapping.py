"""The mapping: what is wrong with it is said in one line that names the field."""

import re
import tomllib
from pathlib import Path

import pytest

from datasource.feeds.errors import MappingError
from datasource.feeds.mapping import Mapping
from datasource.feeds.mapping_file import load_mapping

EXAMPLES = Path(__file__).parents[2] / "examples"

WIDE = """
name = "shop"
shape = "wide"
lifeline = "distributor"
[time]
zone = "Asia/Shanghai"
[columns]
order_id = "id"
[nodes.pay]
left = "paid"
"""

LONG = """
name = "log"
shape = "long"
lifeline = "distributor"
time = { zone = "Asia/Shanghai" }
columns = { order_id = "id" }
events = { node = "activity", at = "time" }
"""


def load(tmp_path, text, active=None):
    """The mapping and lifeline of this text."""
    path = tmp_path / "shop.toml"
    path.write_text(text, "utf-8")
    return load_mapping(path, active)


@pytest.mark.parametrize("name", ["olist", "tmall", "long-events"])
def test_the_shipped_mappings_are_right(name):
    """Each loads with the lifeline that it needs."""
    mapping, lifeline = load_mapping(EXAMPLES / f"{name}.toml")
    assert len(lifeline.nodes) == {"olist": 4, "tmall": 2, "long-events": 12}[name]
    assert all(lifeline.node(key).label["zh"] for key in mapping.nodes)


def test_without_a_lifeline_the_one_in_force_is_meant(tmp_path, lifeline):
    """A mapping may leave the lifeline to the store."""
    assert load(tmp_path, WIDE.replace('lifeline = "distributor"', ""), lifeline)[1] is lifeline
    with pytest.raises(MappingError, match="lifeline is missing"):
        load(tmp_path, WIDE.replace('lifeline = "distributor"', ""))


def test_a_lifeline_may_be_a_file_beside(tmp_path):
    """A name that ends in .toml is a path from the mapping's folder."""
    text = (EXAMPLES / "tmall.toml").read_text("utf-8")
    lines = text[text.index("[lifeline]") :].replace("[lifeline]", "").replace("lifeline.", "")
    (tmp_path / "two.toml").write_text(lines, "utf-8")
    assert len(load(tmp_path, WIDE.replace("distributor", "two.toml"))[1].nodes) == 2


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('shape = "wide"', 'shape = "round"', "shape"),
        ('name = "shop"', "", "name is missing"),
        ('name = "shop"', 'name = "My Shop"', "name"),
        ('name = "shop"', 'name = "lifeline"', "name - 'lifeline' marks what people do here"),
        ('shape = "wide"', 'shape = "wide"\nsystem = "Lifeline"', "system - 'lifeline' marks what people do here"),
        ('left = "paid"', 'left = "paid"\nsystem = "lifeline"', "nodes.pay.system - 'lifeline' marks"),
        ('left = "paid"', 'lft = "paid"', "nodes.pay.lft is not a field"),
        ('left = "paid"', 'operator = "who"', "nodes.pay - needs the column of a time stamp"),
        ("[nodes.pay]", "[nodes.fly]", "nodes.fly: the lifeline 'distributor' has no node 'fly'"),
        ("Asia/Shanghai", "Asia/Atlantis", "time.zone"),
        ('lifeline = "distributor"', 'lifeline = "atlantis"', "there is no lifeline 'atlantis'"),
        ('lifeline = "distributor"', 'lifeline = { name = "x" }', "lifeline: "),
        ('lifeline = "distributor"', "lifeline = 3", "lifeline must be"),
        ('order_id = "id"', 'order_id = ""', "columns.order_id"),
        ('order_id = "id"', 'order_id = "id"\namount = "pay.sum"\n[joins.fee]\nfile="f"\non={id="id"}', None),
        (
            'order_id = "id"',
            'order_id = "id"\namount = "fee.x"\n[joins.fee]\nfile="f"\non={id="id"}',
            "columns.amount uses",
        ),
        ("[nodes.pay]", '[dimensions]\ncolour = "c"\n[nodes.pay]', "dimensions.colour"),
        ("[nodes.pay]", '[status]\ncancelled = ["x"]\n[nodes.pay]', "status - needs column"),
        ("[nodes.pay]", '[status]\ncolumn = "s"\nfinished = { x = "fly" }\n[nodes.pay]', "status.finished.x"),
        ("[nodes.pay]", '[status]\ncolumn = "s"\nnames = { x = "flown" }\n[nodes.pay]', "status.names.x"),
        ("[nodes.pay]", '[status]\ncolumn = "s"\nnames = { x = "paid" }\n[nodes.pay]', "system is missing"),
        ('shape = "wide"', 'shape = "wide"\nencoding = "utf-9"', "encoding"),
        ('shape = "wide"', 'shape = "long"', "the long shape needs events"),
        ('shape = "wide"', "shape = wide", "not a TOML file"),
        (
            "[nodes.pay]",
            '[dimensions.channel]\ncolumn="c"\nbands=[{value="a"},{up_to=1,value="b"}]\n[nodes.pay]',
            "dimensions.channel.bands - the limits must rise",
        ),
    ],
)
def test_one_line_names_the_field(tmp_path, old, new, field):
    """Whatever is wrong, the error is a single line with the file and the field."""
    if field is None:
        assert load(tmp_path, WIDE.replace(old, new))
        return
    with pytest.raises(MappingError) as caught:
        load(tmp_path, WIDE.replace(old, new))
    assert field in str(caught.value)
    assert "shop.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('at = "time"', 'at = "time", nodes = { x = "fly" }', "events.nodes.x"),
        ('at = "time"', 'at = "time", kinds = { x = "void" }', "events.kinds"),
        ('at = "time"', 'at = "time", kinds = { x = "sideways" }', "events.kinds.x"),
        (', at = "time"', "", "events.at is missing"),
    ],
)
def test_long_mappings_too(tmp_path, old, new, field):
    """The same for the words of an event log."""
    with pytest.raises(MappingError) as caught:
        load(tmp_path, LONG.replace(old, new))
    assert field in str(caught.value)


def test_a_missing_mapping_is_an_error(tmp_path):
    """Not a traceback."""
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_the_examples_in_the_documentation_are_right():
    """Every mapping that docs/import.md shows is one, and shows each field that there is at its level."""
    text = (EXAMPLES.parent / "docs" / "import.md").read_text("utf-8")
    shown = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    for content in shown:
        content.pop("lifeline")
        Mapping.model_validate(content)
    assert len(shown) == 2
    assert all(f"{field} = " in text or f"[{field}" in text for field in Mapping.model_fields)
