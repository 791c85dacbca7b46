"""The work behind the pages: fold, log of colours, what is usual, courier, the audit's chain, and the demo's life."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from callbacks.acting import Acting
from callbacks.chain_watch import ChainWatch
from callbacks.demo_outside import DemoOutside, demo_secret, told_to_demo
from callbacks.logs import log
from callbacks.outbox import Courier
from callbacks.services import Services
from dashboard.slices import Slice
from dashboard.trends import steps_between
from dashboard.windows import DAY, floor_minute
from datasource.baselines import baseline_due, renew_baselines
from datasource.demo.running import run_demo
from datasource.errors import NoLifeline, StoreError
from datasource.fold import Folded, FoldLoop
from datasource.self_checking import check_hour, hour_in_turn
from datasource.snapshots import snapshot
from datasource.status_log import current_status, log_judged, log_transitions
from datasource.trends import read_trends

LOOK_SECONDS = 5.0
FOLLOW_SECONDS = 60.0
LOOK_BACK_STEP = timedelta(minutes=15)
MOST_TOLD = 5
FOLD_WAIT_SECONDS = 0.2
JOIN_SECONDS = 15.0


class Keeper:
    """Runs from ``start`` to ``stop``. What fails is logged and done again; the pages are up meanwhile."""

    def __init__(self, services: Services, acting: Acting) -> None:
        self._services, self._acting = services, acting
        self._stop = Event()
        self._threads: list[Thread] = []
        self._judged: datetime | None = None
        self._checked: datetime | None = None
        self._turn = 0
        self._log = log("keeper")

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._begin("fold", self._fold)
        self._begin("keeper", self._keep)
        self._begin("courier", self._deliver)
        self._begin("audit", self._follow)

    def stop(self) -> None:
        """End, and wait until what is being written is written."""
        self._stop.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def _begin(self, name: str, work: Callable[[Event], None]) -> None:
        thread = Thread(target=self._guarded, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guarded(self, name: str, work: Callable[[Event], None]) -> None:
        try:
            work(self._stop)
        except Exception as error:  # noqa: BLE001 - a thread that dies in silence is worse
            self._failed(name, error)

    def _deliver(self, stop: Event) -> None:
        services, webhooks = self._services, self._services.settings.webhooks
        if services.demo is None:
            Courier(services.store, services.clock, webhooks, services.metrics).run(stop)
            return
        secret = demo_secret(webhooks)
        outside = DemoOutside(services.store, services.clock, secret)
        outside.start()
        try:
            webhooks = told_to_demo(webhooks, secret, outside)
            Courier(services.store, services.clock, webhooks, services.metrics).run(stop)
        finally:
            outside.stop()

    def _follow(self, stop: Event) -> None:
        """Once in every minute: follow the audit's chain, and say so loudly if it does not hold."""
        services = self._services
        watch = ChainWatch(services.store, services.clock, services.chain)
        while not stop.is_set():
            self._safely("audit", lambda: watch.follow(stop))
            found = services.chain.last
            if found is not None and found.broken is not None:
                self._log.error("audit_broken", row=found.broken, fault=found.wrong)
            stop.wait(FOLLOW_SECONDS)

    def _fold(self, stop: Event) -> None:
        services = self._services
        # The demo shop sums up its past itself, much at once: each small fold of it would touch every hour again.
        while services.folds_itself:
            if stop.wait(FOLD_WAIT_SECONDS):
                return
        FoldLoop(services.store, services.clock, on_fold=self._folded).run(stop)

    def _folded(self, folded: Folded) -> None:
        self._services.metrics.folded.inc(folded.changes)

    def _keep(self, stop: Event) -> None:
        self._safely("baseline", self._renew)
        if self._services.demo is not None:
            self._begin("demo", self._live)
        while not stop.wait(LOOK_SECONDS):
            self._safely("database", self._revive)
            if not self._services.settled:
                continue
            self._safely("status", self._judge)
            self._safely("baseline", self._renew)
            self._safely("self_check", self._check)
            self._safely("acting", self._acting.resume)

    def _revive(self) -> None:
        """The embedded database may be killed, as by a machine short of memory: nobody else would start it again."""
        if self._services.store.revive():
            self._log.warning("database_revived")

    def _live(self, stop: Event) -> None:
        assert self._services.demo is not None
        run_demo(self._services.store, self._services.clock, stop, self._services.demo)

    def _judge(self) -> None:
        """Once in every minute: log the nodes that changed their colour."""
        services, now = self._services, self._services.clock.now()
        if self._judged == floor_minute(now):
            return
        lifeline = services.store.lifeline()
        if self._judged is None:
            self._look_back(now)
        with services.store.begin() as connection:
            taken = snapshot(connection, lifeline, slice=Slice(), window=None, at=None, now=now)
            for node in log_transitions(connection, taken):
                self._log.info("status_changed", node=node.key, status=str(node.status), rule=node.reason.rule)
        self._judged = floor_minute(now)

    def _look_back(self, now: datetime) -> None:
        """A store that nobody watched yet: judge its last day, so that the first view can say since when."""
        lifeline = self._services.store.lifeline()
        steps = steps_between(now - DAY, now, LOOK_BACK_STEP, lifeline.time_zone)
        with self._services.store.begin() as connection:
            if not current_status(connection):
                log_judged(connection, read_trends(connection, lifeline, lifeline.nodes, Slice(), steps, now).values())

    def _renew(self) -> None:
        services, now = self._services, self._services.clock.now()
        lifeline = services.store.lifeline()
        with services.store.begin() as connection:
            if baseline_due(connection, now):
                version = renew_baselines(connection, lifeline, now)
                self._log.info("baselines_renewed", version=version)

    def _check(self) -> None:
        """Once in every minute: recount one past hour, and say so loudly if a rollup is not what its visits say."""
        services, now = self._services, self._services.clock.now()
        if self._checked == floor_minute(now):
            return
        hour = hour_in_turn(now, self._turn)
        found = check_hour(services.store, services.store.lifeline(), hour)
        if found is None:
            return
        services.metrics.differences.set(len(found))
        for difference in found[:MOST_TOLD]:
            key = [str(part) for part in difference.key]
            self._log.error("self_check", key=key, stored=difference.stored, counted=difference.counted)
        self._checked, self._turn = floor_minute(now), self._turn + 1

    def _safely(self, job: str, work: Callable[[], None]) -> None:
        try:
            work()
        except NoLifeline:
            return
        except Exception as error:  # noqa: BLE001 - tried again at the next look
            self._failed(job, error)

    def _failed(self, job: str, error: Exception) -> None:
        self._services.metrics.keeper_errors.labels(job).inc()
        self._log.error(
            "keeper_failed", job=job, error=type(error).__name__, exc_info=not isinstance(error, StoreError)
        )
