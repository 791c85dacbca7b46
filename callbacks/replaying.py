"""A replay that is going on: one thread moves the store by a clock, and viewers move the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from time import monotonic

from callbacks.logs import log
from dashboard.clock import Clock, FixedClock, ReplayClock
from dashboard.replay import FASTEST, SLOWEST, SPEEDS, Jump, Replay
from datasource.errors import StoreError
from datasource.replay.player import Player
from datasource.replay.tape import Recording

STEP_SECONDS = 0.5
MOST_STRIDES = 2
JUDGE_SECONDS = 2.0
TELL_SECONDS = 0.3
FAILED_SECONDS = 2.0
JOIN_SECONDS = 15.0


class Replaying:
    """Runs from ``start`` to ``stop``. ``shown``: the clock of every page: the instant that the store knows all of.

    The store is never behind what a page takes for now: where it cannot keep up with the speed, time waits for it.
    ``revision`` grows with whatever a page would show otherwise. ``forget`` is called after a jump: what was read
    before it holds no longer.
    """

    def __init__(
        self,
        player: Player,
        recording: Recording,
        real: Clock,
        *,
        start: datetime,
        speed: int,
        activity: tuple[int, ...] = (),
    ) -> None:
        self._player, self._recording, self._activity = player, recording, activity
        self._start = min(max(start, recording.first), recording.last)
        self._clock = ReplayClock(self._start, speed, real, recording.last)
        self._speeds = tuple(sorted({*SPEEDS, speed}))
        self._lock, self._stop, self._wake = Lock(), Event(), Event()
        self._thread: Thread | None = None
        self._wanted: Jump | None = None
        self._troubled = False
        self._judged = self._told = -JUDGE_SECONDS
        self._log = log("replay")
        self.shown = FixedClock(self._start)
        self.revision = 0
        self.forget: Callable[[], None] | None = None

    def begin(self, progress: Callable[[float], None]) -> None:
        """Record at once what lies before the start. Raises ``StoreUnavailable``."""
        self._player.jump(self._start, progress)
        self._clock.jump(self._start)

    def start(self) -> None:
        """Let time run."""
        self._clock.jump(self._start)
        self._thread = Thread(target=self._run, name="replay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and wait until what is being written is written or undone."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(JOIN_SECONDS)

    def state(self) -> Replay:
        """Where it stands."""
        with self._lock:
            return Replay(
                at=self.shown.instant,
                first=self._recording.first,
                last=self._recording.last,
                speed=round(self._clock.speed),
                playing=not self._clock.paused,
                speeds=self._speeds,
                activity=self._activity,
                jump=self._wanted,
                troubled=self._troubled,
            )

    def toggle(self) -> None:
        """Pause what plays, play what is paused; at the end of the recording, play it again from the start."""
        if not self._clock.paused:
            self._clock.pause()
        elif self.state().ended and self._wanted is None:
            self.jump(self._start)
            self._clock.resume()
        else:
            self._clock.jump(self.shown.instant)
            self._clock.resume()
        self._ask()

    def set_speed(self, speed: int) -> None:
        """Play so many seconds in one. Raises ``ValueError`` outside of what is possible."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"from {SLOWEST} to {FASTEST}")
        self._clock.set_speed(speed)
        self._ask()

    def jump(self, to: datetime) -> None:
        """Go to an instant of the recording, as soon as possible; a jump that is being made is broken off for it."""
        with self._lock:
            self._wanted = Jump(min(max(to, self._recording.first), self._recording.last))
        self._ask()

    def step(self, by: timedelta) -> None:
        """Go forwards or back from where it stands, or from where it is going."""
        wanted = self._wanted
        self.jump((wanted.to if wanted else self.shown.instant) + by)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(STEP_SECONDS)
            self._wake.clear()
            try:
                self._move()
                self._recovers()
            except _BrokenOffError:
                continue
            except Exception as error:  # noqa: BLE001 - tried again; a thread that dies in silence is worse
                self._fails(error)

    def _move(self) -> None:
        wanted = self._wanted
        if wanted is not None:
            self._jump(wanted.to)
        elif (now := self._clock.now()) > self.shown.instant:
            self._step(now)

    def _step(self, now: datetime) -> None:
        before = self.shown.instant
        stride = timedelta(seconds=STEP_SECONDS * self._clock.speed)
        until = min(now, before + MOST_STRIDES * stride)
        self._player.advance(until)
        self.shown.instant = until
        if self._clock.now() - until > stride:
            self._clock.jump(until)
        self._ends_at(until)
        if until.replace(microsecond=0) != before.replace(microsecond=0):
            self._changed()
        if monotonic() - self._judged >= JUDGE_SECONDS:
            self._judged = monotonic()
            self._player.judge()

    def _jump(self, to: datetime) -> None:
        self._player.jump(to, lambda fraction: self._tell(to, fraction))
        with self._lock:
            self.shown.instant = to
            self._clock.jump(to)
            if self._wanted and self._wanted.to == to:
                self._wanted = None
        self._ends_at(to)
        if self.forget:
            self.forget()
        self._changed()

    def _ends_at(self, instant: datetime) -> None:
        if instant >= self._recording.last:
            self._clock.pause()

    def _tell(self, to: datetime, fraction: float) -> None:
        with self._lock:
            if self._stop.is_set() or self._wanted is None or self._wanted.to != to:
                raise _BrokenOffError
            self._wanted = Jump(to, fraction)
        if monotonic() - self._told >= TELL_SECONDS:
            self._told = monotonic()
            self._changed()

    def _changed(self) -> None:
        with self._lock:
            self.revision += 1

    def _ask(self) -> None:
        self._changed()
        self._wake.set()

    def _fails(self, error: Exception) -> None:
        if not self._troubled:
            expected = isinstance(error, StoreError)
            self._log.error("replay_failed", error=type(error).__name__, exc_info=None if expected else error)
        self._troubled = True
        self._changed()
        self._stop.wait(FAILED_SECONDS)

    def _recovers(self) -> None:
        if self._troubled:
            self._troubled = False
            self._changed()


class _BrokenOffError(Exception):
    """The jump that is being made is not wanted any more."""
