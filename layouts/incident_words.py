"""An incident in words: what it is, where it happens, and how it stands."""

from collections.abc import Mapping
from datetime import datetime

from dashboard.incidents import Incident
from layouts.context import Context

SOURCE = "source"


def kind_name(context: Context, kind: str) -> str:
    """The name of a kind; its key where nobody named it."""
    key = f"incidents.kind.{kind}"
    return context.texts(key) if context.texts.has(key) else kind


def incident_name(context: Context, incident: Incident) -> str:
    """What it is and where: ``Label printer offline: Carrier pickup, Hangzhou 1``; the kind alone if it hits all."""
    kind = kind_name(context, incident.kind)
    if not incident.place:
        return kind
    return context.texts("incidents.named", kind=kind, place=incident_place(context, incident.node, incident.place))


def incident_place(context: Context, node: str | None, place: Mapping[str, str]) -> str:
    """Where it happens: ``Carrier pickup, Hangzhou 1``."""
    names = [_value(context, dimension, value) for dimension, value in place.items()]
    return context.texts("incidents.comma").join([context.node_name(node), *names] if node else names)


def incident_state(context: Context, incident: Incident, now: datetime) -> str:
    """``since 13:05, until 18:35``; ``13:05 to 15:00`` once it is over."""
    texts, formats = context.texts, context.formats
    began, over = formats.since(incident.began_at, now), incident.over_at
    if incident.to_come(now):
        return texts("incidents.state.to_come", began=began)
    if over is None:
        return texts("incidents.state.open", began=began)
    name = "going_on" if incident.going_on(now) else "over"
    return texts(f"incidents.state.{name}", began=began, over=formats.since(over, now))


def _value(context: Context, dimension: str, value: str) -> str:
    return context.source_name(value) if dimension == SOURCE else context.value_name(dimension, value)
