"""What a monitor asks of the process, as Prometheus metrics on a registry of its own."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0 as CONTENT_TYPE

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Metrics:
    """Every metric of one process; each app has its own, so that two apps in a process do not mix."""

    registry: CollectorRegistry
    requests: Counter
    request_seconds: Histogram
    events: Counter
    acted: Counter
    generation: Gauge
    folded: Counter
    tick_seconds: Histogram
    viewers: Gauge
    views: Gauge
    pushed_bytes: Counter
    dropped: Counter
    silence: Gauge
    keeper_errors: Counter
    differences: Gauge
    attempts: Counter
    messages: Gauge

    @classmethod
    def fresh(cls) -> "Metrics":
        """A new set, all at zero."""
        own = CollectorRegistry()
        return cls(
            own,
            Counter("lifeline_requests", "HTTP requests by route and status.", ("route", "status"), registry=own),
            Histogram(
                "lifeline_request_seconds", "Time to answer a request.", ("route",), buckets=SECONDS, registry=own
            ),
            Counter("lifeline_events", "Events heard over the API by outcome.", ("outcome",), registry=own),
            Counter("lifeline_acted", "Subjects acted on by kind and outcome.", ("kind", "outcome"), registry=own),
            Gauge("lifeline_generation", "The generation of the rollups.", registry=own),
            Counter("lifeline_folded_changes", "Changes of orders folded into the rollups.", registry=own),
            Histogram("lifeline_tick_seconds", "Time to build one live view.", buckets=SECONDS, registry=own),
            Gauge("lifeline_viewers", "Open live sockets.", registry=own),
            Gauge("lifeline_views", "Distinct pages that are looked at.", registry=own),
            Counter("lifeline_pushed_bytes", "Bytes queued to live sockets.", registry=own),
            Counter("lifeline_dropped_messages", "Messages dropped because a viewer was slow.", registry=own),
            Gauge("lifeline_source_silence_seconds", "For how long no source was heard.", registry=own),
            Counter("lifeline_keeper_errors", "Failures of the background work by job.", ("job",), registry=own),
            Gauge("lifeline_self_check_differences", "Rollup rows that the last self-check found wrong.", registry=own),
            Counter("lifeline_outbox_attempts", "Attempts to deliver a message.", ("target", "outcome"), registry=own),
            Gauge("lifeline_outbox_messages", "Messages to outside systems.", ("target", "state"), registry=own),
        )

    def exposition(self) -> tuple[bytes, str]:
        """All metrics in the text format, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE
