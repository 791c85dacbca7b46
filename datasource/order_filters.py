"""The filter model of the grid as conditions: only known columns, every value bound."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_

from dashboard.whole_text import is_whole
from datasource.order_fields import Asked, Field, OrderQueryError

MOST_CONDITIONS = 10
"""That the filter of one column joins; the grid itself joins two."""

_MIRRORED = {
    "lessThan": "greaterThan",
    "lessThanOrEqual": "greaterThanOrEqual",
    "greaterThan": "lessThan",
    "greaterThanOrEqual": "lessThanOrEqual",
}


def conditions(asked: Asked, filters: Mapping[str, Any] | None) -> list[ColumnElement[bool]]:
    """What a row must fulfil. ``filters``: AG Grid's model, column -> condition, or two joined by AND or OR.

    Texts are compared without regard to case; ``elapsed`` and ``overdue`` are seconds.

    Raises:
        OrderQueryError: an unknown column or comparison, or a value of the wrong kind.
    """
    return [_filter(asked.field(name), name, model) for name, model in (filters or {}).items()]


def _filter(field: Field, name: str, model: object) -> ColumnElement[bool]:
    if not isinstance(model, Mapping):
        raise OrderQueryError(f"the filter of {name!r} is not a condition", name)
    if "operator" not in model:
        return _condition(field, name, model)
    parts = model.get("conditions") or [model.get("condition1"), model.get("condition2")]
    if model["operator"] not in ("AND", "OR") or not isinstance(parts, list):
        raise OrderQueryError(f"the filter of {name!r} joins its conditions by neither AND nor OR", name)
    if len(parts) > MOST_CONDITIONS:
        raise OrderQueryError(f"the filter of {name!r} joins more than {MOST_CONDITIONS} conditions", name)
    joined = [_joined(field, name, part) for part in parts]
    return and_(*joined) if model["operator"] == "AND" else or_(*joined)


def _joined(field: Field, name: str, part: object) -> ColumnElement[bool]:
    if not isinstance(part, Mapping) or "operator" in part:
        raise OrderQueryError(f"the filter of {name!r} joins something that is not a condition", name)
    return _condition(field, name, part)


def _condition(field: Field, name: str, model: Mapping[str, Any]) -> ColumnElement[bool]:
    comparison = str(model.get("type"))
    if comparison in ("blank", "notBlank"):
        empty: ColumnElement[bool] = field.expression.is_(None)
        if field.kind == "text":
            empty = or_(empty, field.expression == "")
        return empty if comparison == "blank" else not_(empty)
    if field.kind == "text":
        return _text(field, name, comparison, model.get("filter"))
    low, high = model.get("filter", model.get("dateFrom")), model.get("filterTo", model.get("dateTo"))
    if comparison == "inRange":
        ends = (_compare(field, name, "greaterThanOrEqual", low), _compare(field, name, "lessThanOrEqual", high))
        return and_(*ends)
    return _compare(field, name, comparison, low)


def _text(field: Field, name: str, comparison: str, value: object) -> ColumnElement[bool]:
    if not isinstance(value, str) or not is_whole(value):
        raise OrderQueryError(f"the filter of {name!r} needs a text", name)
    column = func.coalesce(field.expression, "")
    found: dict[str, ColumnElement[bool]] = {
        "contains": column.icontains(value, autoescape=True),
        "notContains": not_(column.icontains(value, autoescape=True)),
        "startsWith": column.istartswith(value, autoescape=True),
        "endsWith": column.iendswith(value, autoescape=True),
        "equals": func.lower(column) == func.lower(value),
        "notEqual": func.lower(column) != func.lower(value),
    }
    if comparison not in found:
        raise OrderQueryError(f"the filter of {name!r} knows no comparison {comparison!r}", name)
    return found[comparison]


def _compare(field: Field, name: str, comparison: str, value: object) -> ColumnElement[bool]:
    bound = _value(field, name, value)
    if field.instant_at is not None:
        comparison = _MIRRORED.get(comparison, comparison)
    column = field.expression
    found: dict[str, ColumnElement[bool]] = {
        "equals": column == bound,
        "notEqual": column != bound,
        "lessThan": column < bound,
        "lessThanOrEqual": column <= bound,
        "greaterThan": column > bound,
        "greaterThanOrEqual": column >= bound,
    }
    if comparison not in found:
        raise OrderQueryError(f"the filter of {name!r} knows no comparison {comparison!r}", name)
    return found[comparison]


def _value(field: Field, name: str, value: object) -> object:
    try:
        return field.read(str(value))
    except (ValueError, ArithmeticError):
        raise OrderQueryError(f"the filter of {name!r} needs a {field.kind}, not {value!r}", name) from None
