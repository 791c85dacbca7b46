"""Every number of nodes over time: the material read, judged step by step against what was usual then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from dashboard.baseline import HISTORY, Hour
from dashboard.evidence import Usual
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.trend_material import NodeMaterial
from dashboard.trend_numbers import trend, usual_before, usual_by_step
from dashboard.trends import Step, Trend
from dashboard.windows import DAY, HOUR
from datasource.trend_materials import first_entries, trend_material

_USUAL = text("""
    SELECT v.made_at, b.node, b.slice, b.day_type, b.hour, b.rmst_seconds, b.overdue_per_hour, b.provisional
      FROM baseline_version v JOIN baseline b ON b.version = v.version
     WHERE v.made_at <= :until AND b.node = ANY(:nodes) AND b.slice IN (:slice, 'all')
     ORDER BY v.version, b.slice = 'all' DESC
""")


@dataclass(frozen=True, slots=True)
class UsualVersion:
    """What was usual at one node from ``made_at`` on."""

    made_at: datetime
    usual: Mapping[Hour, Usual]


def read_trends(
    connection: Connection,
    lifeline: Lifeline,
    nodes: Sequence[Node],
    slice_: Slice,
    steps: Sequence[Step],
    known_by: datetime,
) -> dict[str, Trend]:
    """The trend of each node on these steps, of which there must be one at least, as seen at ``known_by``.

    The usual is of the version in force at the end of the step, before the first one of that; where there was none by
    ``known_by``, what the four weeks before it say.
    """
    usual = _usual_of_each(connection, lifeline, nodes, slice_, known_by)
    firsts = first_entries(connection, nodes, slice_)
    since = min(steps[0].opening, steps[0].end - DAY)
    step = steps[0].end - steps[0].start
    material = trend_material(connection, lifeline, nodes, slice_, since, known_by, step)
    found: dict[str, Trend] = {}
    for node in nodes:
        first = firsts.get(node.key)
        of_steps = _usual(usual[node.key], steps, lifeline.time_zone)
        made = trend(node, lifeline.calendar(node), material[node.key], steps, of_steps, first)
        found[node.key] = made.known_from(first)
    return found


def _usual_of_each(
    connection: Connection, lifeline: Lifeline, nodes: Sequence[Node], slice_: Slice, known_by: datetime
) -> dict[str, Sequence[UsualVersion]]:
    versions: dict[str, Sequence[UsualVersion]] = dict(usual_versions(connection, nodes, slice_, known_by).items())
    lacking = [node for node in nodes if node.key not in versions]
    if lacking:
        firsts = first_entries(connection, lacking, slice_)
        since = known_by - HISTORY - DAY
        material = trend_material(connection, lifeline, lacking, slice_, since, known_by, HOUR)
        for node in lacking:
            made = _usual_before(lifeline, node, material[node.key], known_by, firsts.get(node.key))
            versions[node.key] = [UsualVersion(known_by, made)]
    return versions


def _usual(versions: Sequence[UsualVersion], steps: Sequence[Step], time_zone: str) -> list[Usual | None]:
    by_version = [usual_by_step(steps, version.usual, time_zone) for version in versions]
    return [by_version[_in_force(versions, step.end)][place] for place, step in enumerate(steps)]


def _usual_before(
    lifeline: Lifeline, node: Node, material: NodeMaterial, until: datetime, first: datetime | None
) -> Mapping[Hour, Usual]:
    history = min(HISTORY, until - first) if first else timedelta(0)
    if history <= timedelta(0):
        return {}
    return usual_before(node, lifeline.calendar(node), material, until, history, lifeline.time_zone)


def _in_force(versions: Sequence[UsualVersion], at: datetime) -> int:
    return max((place for place, version in enumerate(versions) if version.made_at <= at), default=0)


def usual_versions(
    connection: Connection, nodes: Sequence[Node], slice_: Slice, until: datetime
) -> dict[str, list[UsualVersion]]:
    """What was usual at each node, by version, the oldest first; the slice's own where it has one."""
    asked = {"until": until, "nodes": [node.key for node in nodes], "slice": str(slice_)}
    found: dict[str, dict[datetime, dict[Hour, Usual]]] = {}
    for row in connection.execute(_USUAL, asked):
        hours = found.setdefault(row.node, {}).setdefault(row.made_at, {})
        hours[row.day_type, row.hour] = Usual(row.rmst_seconds, row.overdue_per_hour, row.provisional)
    return {node: [UsualVersion(at, hours) for at, hours in versions.items()] for node, versions in found.items()}
