"""The live parts of a built page: what the hub compares from tick to tick and pushes where it differs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from layouts.ids import is_live

Props = dict[str, Any]


def live_props(page: Component) -> dict[str, Props]:
    """The props of each part of ``page`` with a live id, by that id, as plain JSON values.

    A part that holds further live parts comes without its children, which are then entries of their own; any
    other part comes with its children as component JSON.

    Raises:
        ValueError: two parts carry the same live id.
    """
    found: dict[str, Props] = {}
    for part in _walk(page):
        part_id = getattr(part, "id", None)
        if not is_live(part_id):
            continue
        if part_id in found:
            raise ValueError(f"live id {part_id!r} is used twice")
        found[part_id] = _props(part)
    return found


def live_changes(before: Mapping[str, Props], after: Mapping[str, Props]) -> dict[str, Props]:
    """The props to set so that a page showing ``before`` shows ``after``; a prop that is gone becomes ``None``."""
    changes = {part: _differences(before.get(part, {}), props) for part, props in after.items()}
    return {part: props for part, props in changes.items() if props}


def _differences(before: Props, after: Props) -> Props:
    gone = {name: None for name in before if name not in after}
    return gone | {name: value for name, value in after.items() if name not in before or before[name] != value}


def _props(part: Component) -> Props:
    props = dict(part.to_plotly_json()["props"])  # type: ignore[no-untyped-call]
    props.pop("id")
    if any(is_live(getattr(inner, "id", None)) for inner in _below(part)):
        props.pop("children", None)
    plain: Props = json.loads(json.dumps(props, cls=PlotlyJSONEncoder, sort_keys=True))
    return plain


def _walk(value: object) -> Iterator[Component]:
    if isinstance(value, Component):
        yield value
        yield from _below(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _walk(item)


def _below(part: Component) -> Iterator[Component]:
    yield from _walk(getattr(part, "children", None))
