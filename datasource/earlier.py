"""The numbers of one node at an earlier instant, for a comparison: from its visits, as they were known then."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboard.judgement import node_snapshot
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot
from datasource.evidence_raw import read_raw


def node_earlier(
    connection: Connection, lifeline: Lifeline, node: Node, slice_: Slice, window: timedelta, at: datetime
) -> NodeSnapshot:
    """What the node's snapshot said at ``at``, but for what was usual then: no index and no colour."""
    evidence = read_raw(connection, lifeline, [node], slice_, window, at).evidence(node, window)
    return node_snapshot(node, evidence, at, lifeline.calendar(node))
