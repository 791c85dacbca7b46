"""A mapping from its file: read, checked against itself and against the lifeline that it is for."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dashboard.lifeline import Lifeline, read_lifeline
from dashboard.lifeline_row import LifelineError
from datasource.feeds.errors import MappingError
from datasource.feeds.mapping import Mapping
from datasource.lifelines import load, shipped


def load_mapping(path: Path, active: Lifeline | None = None) -> tuple[Mapping, Lifeline]:
    """Read a mapping and the lifeline that it is for: its own, one that is shipped, or else the ``active`` one.

    Raises:
        MappingError: the file cannot be read, or names the field that is wrong.
    """
    content = _read(path)
    lifeline = _lifeline(content.pop("lifeline", None), path, active)
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise MappingError(f"{path.name}: {_first_problem(error)}") from error
    _check_joins(mapping, path)
    _check_lifeline(mapping, lifeline, path)
    return mapping, lifeline


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise MappingError(f"{path}: the mapping cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path.name}: not a TOML file in UTF-8: {error}") from error


def _lifeline(told: object, path: Path, active: Lifeline | None) -> Lifeline:
    try:
        if isinstance(told, dict):
            return read_lifeline(told)
        if isinstance(told, str):
            return load(path.parent / told) if told.endswith(".toml") else shipped(told)
    except (LifelineError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"{path.name}: lifeline: {error}") from error
    except OSError as error:
        raise MappingError(f"{path.name}: lifeline: there is no lifeline {told!r}") from error
    if told is not None:
        raise MappingError(f"{path.name}: lifeline must be a table or the name of a lifeline")
    if active is None:
        raise MappingError(f"{path.name}: lifeline is missing, and the store holds none yet")
    return active


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    words = {"missing": "is missing", "extra_forbidden": "is not a field of a mapping"}
    text = words.get(first["type"], f"- {message}" if field else message)
    more = error.error_count() - 1
    return f"{field} {text}".strip() + (f" (and {more} more)" if more else "")


def _check_joins(mapping: Mapping, path: Path) -> None:
    known: set[str] = set()
    for name, join in mapping.joins.items():
        for column in join.on:
            _check_given(mapping, column, f"joins.{name}.on", known, path)
        known.add(name)
    for field, column in mapping.used():
        _check_given(mapping, column, field, known, path)


def _check_given(mapping: Mapping, column: str, field: str, known: set[str], path: Path) -> None:
    joined = mapping.joined(column)
    if joined is None:
        return
    name, given = joined
    if name not in known:
        raise MappingError(f"{path.name}: {field} uses the join {name!r} before it is made")
    if given not in (*mapping.joins[name].first, *mapping.joins[name].sum):
        raise MappingError(
            f"{path.name}: {field} uses {column!r}, which joins.{name} gives neither as first nor as sum"
        )


def _check_lifeline(mapping: Mapping, lifeline: Lifeline, path: Path) -> None:
    dimensions = {dimension.key for dimension in lifeline.dimensions}
    asked = [(f"nodes.{key}", key) for key in mapping.nodes]
    if mapping.status:
        asked += [(f"status.finished.{value}", node) for value, node in mapping.status.finished.items()]
    if mapping.events:
        asked += [(f"events.nodes.{value}", node) for value, node in mapping.events.nodes.items()]
    for field, node in asked:
        if node not in lifeline:
            raise MappingError(f"{path.name}: {field}: the lifeline {lifeline.name!r} has no node {node!r}")
    for key in mapping.dimensions:
        if key not in dimensions:
            raise MappingError(
                f"{path.name}: dimensions.{key}: the lifeline {lifeline.name!r} has no dimension {key!r}"
            )
    for value, status in mapping.status.names.items() if mapping.status else ():
        if status not in lifeline.statuses:
            raise MappingError(f"{path.name}: status.names.{value}: the lifeline has no status {status!r}")
        if not mapping.system:
            raise MappingError(f"{path.name}: system is missing: status.names needs to know which system says so")
