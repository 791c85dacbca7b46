"""A built page as what the hub compares and sends: its live parts, and the shape of all that is not live."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from layouts import ids
from layouts.live import Props, live_props

CONTENT = ids.live("content")


@dataclass(frozen=True, slots=True)
class Rendered:
    """``props``: of each live part by its id. ``shape``: equal for two pages that differ in live parts only.

    ``content``: the children of the page's content, and ``inside`` the ids of the live parts in it: what a browser
    needs that shows another shape.
    """

    props: Mapping[str, Props]
    shape: str
    content: Any
    inside: frozenset[str]

    @property
    def whole(self) -> dict[str, Props]:
        """The props to set on a page of any shape, so that it shows this one."""
        outside = {part: props for part, props in self.props.items() if part not in self.inside}
        return outside | {CONTENT: {**self.props.get(CONTENT, {}), "children": self.content}}


def rendered(page: Component) -> Rendered:
    """Take a page apart. Raises ``ValueError`` if two of its parts carry the same live id."""
    plain = json.loads(json.dumps(page, cls=PlotlyJSONEncoder))
    content = next((part for part in _parts(plain) if part["props"].get("id") == CONTENT), None)
    children = content["props"].get("children") if content else None
    inside = frozenset(str(part["props"]["id"]) for part in _parts(children) if _is_live(part))
    form = json.dumps(_shape(children), sort_keys=True).encode()
    return Rendered(live_props(page), hashlib.sha256(form).hexdigest()[:16], children, inside)


def _shape(value: object) -> object:
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if not _is_component(value):
        return value
    props = value["props"]
    if not _is_live(value):
        return [value["type"], {name: _shape(prop) for name, prop in props.items()}]
    inner = props.get("children")
    holds_live = any(_is_live(part) for part in _parts(inner))
    return [value["type"], props["id"], _shape(inner) if holds_live else None]


def _parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif _is_component(value):
        yield value
        yield from _parts(value["props"].get("children"))


def _is_component(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and "namespace" in value and "props" in value


def _is_live(part: dict[str, Any]) -> bool:
    return ids.is_live(part["props"].get("id"))
