"""Where orders contend: a room with a crew that changes with the shift, and a queue in front of it."""

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil, prod
from typing import Any
from zoneinfo import ZoneInfo

from simpy import Environment, Event

from datasource.demo.incidents import Effect, Occurrence
from datasource.demo.parameters import StationPlan

EVERYWHERE = "all"


class Room:
    """One queue before ``staff`` people, first come first served: a simpy resource whose capacity changes.

    ``rostered`` are the people of the shift; ``shares`` says of each incident how much of them it leaves.
    """

    def __init__(self, env: Environment, crew: str) -> None:
        self.env, self.crew, self.rostered = env, crew, 0
        self.shares: list[float] = []
        self.busy = 0
        self.queue: deque[tuple[Event, float]] = deque()

    @property
    def staff(self) -> int:
        """How many are at work."""
        return ceil(self.rostered * prod(self.shares))

    def serve(self, seconds: float) -> Event:
        """An event that happens once somebody took the order up and worked on it for ``seconds``."""
        if self.busy < self.staff:
            return self._begin(seconds)
        done = self.env.event()
        self.queue.append((done, seconds))
        return done

    def change_shift(self, staff: int) -> None:
        """From now on ``staff`` people work here; who is busy finishes first."""
        self.rostered = staff
        self._call_next()

    def spare(self, share: float) -> None:
        """An incident leaves this share of the staff."""
        self.shares.append(share)

    def restore(self, share: float) -> None:
        """It is over."""
        self.shares.remove(share)
        self._call_next()

    def worker(self, luck: float) -> str:
        """Who of the present crew it was, for a ``luck`` in [0, 1)."""
        return f"{self.crew}-{int(luck * max(self.staff, 1)) + 1:02d}"

    def _begin(self, seconds: float) -> Event:
        self.busy += 1
        work = self.env.timeout(seconds)
        work.callbacks.append(self._finish)
        return work

    def _finish(self, _: Event) -> None:
        self.busy -= 1
        self._call_next()

    def _call_next(self) -> None:
        while self.queue and self.busy < self.staff:
            done, seconds = self.queue.popleft()
            self._begin(seconds).callbacks.append(done.trigger)


class Rooms:
    """The rooms of every station, with their shifts."""

    def __init__(self, env: Environment, plans: Sequence[StationPlan], zone: ZoneInfo) -> None:
        self.env, self.zone = env, zone
        self._rooms: dict[tuple[str, str], Room] = {}
        for plan in plans:
            for place in plan.shifts[0][1]:
                crew = plan.crew if place == EVERYWHERE else f"{place}-{plan.crew}"
                room = self._rooms[plan.node, place] = Room(env, crew)
                env.process(self._shifts(room, [(hour, staff[place]) for hour, staff in plan.shifts]))

    def room(self, node: str, warehouse: str) -> Room:
        """The room where an order of this warehouse is dealt with at this node."""
        return self._rooms.get((node, warehouse)) or self._rooms[node, EVERYWHERE]

    def feel(self, occurrence: Occurrence, begins: bool) -> None:
        """People stay away from a station, or are back."""
        plan, told = occurrence.plan, occurrence.told
        if plan.effect != Effect.UNDERSTAFFED:
            return
        for (node, place), room in self._rooms.items():
            if node == told.node and place in {EVERYWHERE, told.place.get("warehouse", place)}:
                (room.spare if begins else room.restore)(plan.share)

    def _shifts(self, room: Room, shifts: Sequence[tuple[int, int]]) -> Generator[Event, Any, None]:
        while True:
            now = datetime.fromtimestamp(self.env.now, self.zone)
            room.change_shift(_staff_at(now, dict(shifts)))
            yield self.env.timeout(_next_shift(now, [hour for hour, _ in shifts]).timestamp() - self.env.now)


def _staff_at(now: datetime, shifts: Mapping[int, int]) -> int:
    begun = [hour for hour in shifts if hour <= now.hour]
    return shifts[max(begun or shifts)]


def _next_shift(now: datetime, hours: Sequence[int]) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = (midnight, midnight + timedelta(days=1))
    return min(at for day in days for hour in hours if (at := day.replace(hour=hour)) > now)
