"""The calls of pages: what a body asks of which callback, held against how that callback is registered.

Dash takes the values of a call by their place, the gate judges them by their names. Both see the same only where each
place bears the very name that is registered for it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callbacks.pages.shown import SHOWN
from layouts import ids

EVERY = ["ALL"]
"""Stands in an id of Dash's for any value: a call brings a list of all parts whose ids fit."""


class NoCall(ValueError):  # noqa: N818 - it says what is
    """The body is no call that a page of ours makes."""


@dataclass(frozen=True, slots=True)
class Call:
    """``output``: which callback is meant. ``told``: the whole body, not looked at any closer yet."""

    output: str
    told: Mapping[str, Any]

    @classmethod
    def read(cls, content_type: str, body: bytes) -> "Call":
        """What a body asks. Raises ``NoCall`` for one that is no JSON, or names no callback."""
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise NoCall("not JSON")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise NoCall("not JSON") from None
        if not isinstance(told, dict) or not isinstance(told.get("output"), str):
            raise NoCall("no output")
        return cls(told["output"], told)

    def pages(self) -> Iterator[str]:
        """Every page that it names: the one it goes to, the one it is on. Only where ``fits`` has said yes."""
        entries = [one for one in _places(self.told) if isinstance(one, dict) and isinstance(one["id"], str)]
        values = {(one["id"], one["property"]): one.get("value") for one in entries}
        if (ids.LOCATION, "pathname") in values:
            yield str(values[ids.LOCATION, "pathname"] or "/") + str(values.get((ids.LOCATION, "search")) or "")
        shown = values.get((SHOWN, "data"))
        if isinstance(shown, dict) and shown.get("url"):
            yield str(shown["url"])


class Calls:
    """The callbacks as Dash has them registered: its ``callback_map``, which is complete before anybody calls."""

    def __init__(self, registered: Mapping[str, Mapping[str, Any]]) -> None:
        self._registered = registered

    def fits(self, call: Call) -> bool:
        """Whether a call brings what its callback is registered for, place by place, and nothing else."""
        known = self._registered.get(call.output)
        if known is None:
            return False
        told, several = call.told, call.output.startswith("..")
        outputs = known["output"] if several else [known["output"]]
        return (
            _fit([one.to_dict() for one in outputs], told.get("outputs") if several else [told.get("outputs")])
            and _fit(known["inputs"], told.get("inputs"))
            and _fit(known["state"], told.get("state", []))
            and _are_texts(told.get("changedPropIds", []))
        )


def _places(told: Mapping[str, Any]) -> Iterator[Any]:
    yield from told["inputs"]
    yield from told.get("state", ())


def _fit(known: Sequence[Mapping[str, str]], told: object) -> bool:
    if not isinstance(told, list) or len(told) != len(known):
        return False
    return all(_is(one, entry) for one, entry in zip(known, told, strict=True))


def _is(known: Mapping[str, str], entry: object) -> bool:
    """Whether an entry of a body is for the place of this name."""
    id_: Any = json.loads(known["id"]) if known["id"].startswith("{") else known["id"]
    if isinstance(id_, dict) and EVERY in id_.values():
        return isinstance(entry, list) and all(_bears(id_, known["property"], one) for one in entry)
    return _bears(id_, known["property"], entry)


def _bears(id_: str | Mapping[str, Any], name: str, entry: object) -> bool:
    if not isinstance(entry, dict) or entry.get("property") != name:
        return False
    told = entry.get("id")
    if isinstance(id_, str) or not isinstance(told, dict):
        return bool(told == id_)
    return told.keys() == id_.keys() and all(_stands_for(value, told[key]) for key, value in id_.items())


def _stands_for(known: object, told: object) -> bool:
    return isinstance(told, str | int | float) if known == EVERY else told == known


def _are_texts(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(one, str) for one in told)
