"""The questions of one node's page: what comes, stays and goes, and what explains it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from callbacks.caching import Cached
from dashboard.balance import UsualFlow
from dashboard.explanation import Explanation
from dashboard.holders import Holders
from dashboard.lifeline import Node
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.shared import Stopped
from dashboard.slices import Slice
from dashboard.snapshot import NodeSnapshot
from dashboard.spectrum import Spectrum, spectrum_span
from dashboard.windows import floor_minute
from datasource import series
from datasource.diagnosis import explanations
from datasource.earlier import node_earlier
from datasource.oldest_orders import oldest_holders
from datasource.shared_subjects import stopped
from datasource.spectra import node_spectrum
from datasource.store import Store
from datasource.usual_flow import usual_flows

MINUTE_SECONDS = 60
WEEK = timedelta(days=7)


class NodeReads:
    """Answered from what is kept where nothing has changed."""

    def __init__(self, store: Store, cached: Cached) -> None:
        self._store, self._cached = store, cached

    def flow(self, node: Node, slice_: Slice, until: datetime, width: timedelta, step: timedelta) -> FlowSeries:
        """What came in and went out of a node, and how many were there."""

        def read() -> FlowSeries:
            with self._store.read() as connection:
                return series.node_flow(connection, node, slice_, until - width, until, step)

        return self._cached.slow(("flow", node.key, slice_, width, step), until, read)

    def distribution(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> DwellDistribution:
        """How long visits lasted at a node."""
        lifeline = self._store.lifeline()

        def read() -> DwellDistribution:
            with self._store.read() as connection:
                return series.dwell_distribution(connection, lifeline, node, slice_, window, at=at, now=now)

        return self._cached.live(("dwell", node.key, slice_, window, at), now, at, read)

    def explanations(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> tuple[Explanation, ...]:
        """What explains the late visits at a node, the greatest contribution first."""
        lifeline = self._store.lifeline()

        def read() -> tuple[Explanation, ...]:
            with self._store.read() as connection:
                return explanations(connection, lifeline, node, slice_, window, at=at, now=now)

        return self._cached.quarterly(("explanations", node.key, slice_, window, at), now, read)

    def spectrum(self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime) -> Spectrum:
        """Every visit of the last while at a node, as lines."""
        span, until = spectrum_span(node.allowance, window), floor_minute(at or now)

        def read() -> Spectrum:
            with self._store.read() as connection:
                return node_spectrum(connection, node, slice_, span, until)

        return self._cached.quarterly(("spectrum", node.key, slice_, span, at), now, read)

    def holders(self, node: Node, slice_: Slice, at: datetime | None, now: datetime) -> Holders:
        """Who holds the oldest orders in progress at a node."""
        lifeline = self._store.lifeline()

        def read() -> Holders:
            with self._store.read() as connection:
                return oldest_holders(connection, lifeline, node, slice_, at=at, now=now)

        return self._cached.quarterly(("holders", node.key, slice_, at), now, read)

    def usual_flows(
        self, windows: Mapping[str, timedelta], slice_: Slice, at: datetime | None, now: datetime
    ) -> Mapping[str, UsualFlow]:
        """What usually comes to some nodes and goes on from them, each over a window of its own."""
        lifeline = self._store.lifeline()

        def read() -> Mapping[str, UsualFlow]:
            with self._store.read() as connection:
                return usual_flows(connection, lifeline, windows, slice_, at or now)

        return self._cached.quarterly(("usual_flows", *windows.items(), slice_, at), now, read)

    def week_before(
        self, node: Node, slice_: Slice, window: timedelta, at: datetime | None, now: datetime
    ) -> NodeSnapshot:
        """The node's numbers at the same instant a week earlier, to the minute."""
        lifeline, then = self._store.lifeline(), floor_minute(at or now) - WEEK

        def read() -> NodeSnapshot:
            with self._store.read() as connection:
                return node_earlier(connection, lifeline, node, slice_, window, then)

        return self._cached.keep(("week_before", node.key, slice_, window, then), MINUTE_SECONDS, read)

    def stopped(self, kind: str, slice_: Slice, now: datetime) -> Stopped:
        """Which SKUs are suspended, or which outlets frozen; with those of the carrier and region of the slice."""
        place = dict(slice_.pairs)

        def read() -> Stopped:
            with self._store.read() as connection:
                return stopped(connection, kind, place)

        return self._cached.live(("stopped", kind, slice_), now, None, read)
