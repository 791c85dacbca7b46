"""The visits of a node as lines over time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboard.lifeline import Node
from dashboard.slices import Slice
from dashboard.spectrum import Spectrum, spectrum
from dashboard.windows import floor_minute
from datasource.evidence_raw import read_visits


def node_spectrum(connection: Connection, node: Node, slice_: Slice, span: timedelta, until: datetime) -> Spectrum:
    """The spectrum of the visits that were at the node at any time of the ``span`` before an instant."""
    since = floor_minute(until - span)
    return spectrum(read_visits(connection, [node], slice_, since, until)[node.key], since, until)
