"""What the numbers of some nodes are made from: their rollups where those hold the answer, their visits otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from dashboard.evidence import Evidence, Floats
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from datasource.evidence_raw import read_raw
from datasource.evidence_rollup import read_rollups


class Material(Protocol):
    """What was read of some nodes, for one slice and instant."""

    def opening(self, width: timedelta) -> datetime:
        """Where a window of this width opens."""
        ...

    def evidence(self, node: Node, width: timedelta) -> Evidence:
        """The node's evidence over a window no wider than the one that was read."""
        ...

    def ages(self, node: Node) -> tuple[Floats, Floats]:
        """How long the visits in progress have lasted, in seconds on the node's clock, and how many of each."""
        ...


def read_material(
    connection: Connection,
    lifeline: Lifeline,
    nodes: Sequence[Node],
    slice_: Slice,
    widest: timedelta,
    *,
    at: datetime | None,
    now: datetime,
) -> Material:
    """Read what windows up to ``widest`` need. ``at``: an instant of the past; ``None`` for the present, ``now``.

    A combination of dimensions and an instant of the past are read from the visits, all else from the rollups.
    """
    if at is None and slice_.rolled_up:
        return read_rollups(connection, lifeline, nodes, slice_, widest, now)
    return read_raw(connection, lifeline, nodes, slice_, widest, at or now)
