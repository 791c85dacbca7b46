"""What people ask for in the small shop, one after the other, each step checked against the store itself."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from dashboard.acting import ActionStatus, Outcome
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.action_work import work
from datasource.recording import record
from datasource.store import Store
from datasource.write_back import (
    Action,
    Asked,
    KeyReused,
    NoAction,
    Preview,
    PreviewGone,
    Undone,
    begin,
    cancel,
    preview,
    undo,
)
from tests.builders import cancelled, left
from tests.contract.acting_shop import dying
from tests.contract.acting_watch import Begun, Watch
from tests.contract.acting_witness import glance
from tests.contract.at_once import at_once

PARAMS = {
    "switch_label_provider": {"provider": "backup"},
    "pass_review": {"invoice_title": "Acme", "tax_number": "91330100"},
    "assign": {"to": "warehouse"},
    "note": {"text": "rang the customer"},
    "open_ticket": {"title": "where is it?"},
    "reject_delivery": {"why": "not at home"},
}


class Killed(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


class GoesOn:
    """A process that outlives what breaks in it."""

    def goes_on(self) -> bool:
        """Always."""
        return True

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """Nothing to say."""

    def broke(self, action_id: str, error: Exception) -> None:
        """Only what is broken on purpose."""
        if str(error) != "broken":
            raise AssertionError(action_id) from error


@dataclass
class Shop:
    """The store, the time in it, and everything that was asked so far."""

    store: Store
    lifeline: Lifeline
    clock: FixedClock
    watch: Watch
    asked: list[tuple[str, str, str, Caller, str, str]] = field(default_factory=list)

    def now(self) -> datetime:
        """A later instant with every question."""
        self.clock.instant += timedelta(seconds=7)
        return self.clock.instant

    def look(self, kind: str, names: list[str], who: Caller) -> Preview:
        """A preview; it changes nothing."""
        before = glance(self.store)
        made = preview(self.store, Asked(kind, tuple(names), PARAMS.get(kind, {})), who, self.now(), self.lifeline)
        assert glance(self.store) == before
        assert sorted(one.subject for one in (*made.changes, *made.refused)) == sorted(names)
        return made

    def begin(self, made: Preview, who: Caller, at: datetime) -> Begun | None:
        """Apply a preview under a key of its own; ``None`` once it holds no longer."""
        key = f"key-number-{len(self.asked)}"
        try:
            begun, fresh = begin(self.store, made.preview_id, "because", key, who, at)
        except PreviewGone:
            assert made.expires_at <= at
            return None
        assert fresh and made.expires_at > at and begun.action_id == made.preview_id
        self.asked.append(("apply", made.preview_id, "because", who, key, begun.action_id))
        return Begun(begun.action_id, made)

    def undo(self, number: int, who: Caller) -> Begun | None:
        """Take back one of those that were asked for; ``None`` where it cannot be, and then nothing is changed."""
        if not self.asked:
            return None
        target, key = self.asked[number % len(self.asked)][-1], f"key-number-{len(self.asked)}"
        before, stands = glance(self.store), self.watch.action(target)
        over = stands.status is not ActionStatus.RUNNING
        left, under_way = self._left(target)
        can = over and stands.undoes is None and stands.kind != "cancel_order" and left and not under_way
        try:
            begun, fresh = undo(self.store, target, "a mistake", key, who, self.now())
        except (NoAction, Undone):
            assert not can and glance(self.store) == before
            return None
        assert can and fresh and {item.subject for item in begun.items} == left
        self.asked.append(("undo", target, "a mistake", who, key, begun.action_id))
        return Begun(begun.action_id, undoes=target)

    def _left(self, target: str) -> tuple[set[str], bool]:
        """What an action did and nobody took back; and whether somebody is at it."""
        did = "SELECT subject FROM action_item WHERE action_id = :id AND outcome = 'done'"
        back = "SELECT subject FROM action_item JOIN action USING (action_id) WHERE undoes = :id AND outcome = 'done'"
        under_way = "SELECT count(*) FROM action WHERE undoes = :id AND finished_at IS NULL"
        with self.store.begin() as connection:
            left = connection.execute(text(f"{did} EXCEPT {back}"), {"id": target}).scalars()
            return set(left), bool(connection.execute(text(under_way), {"id": target}).scalar_one())

    def stop(self, begun: Begun, who: Caller) -> None:
        """Stop it: nothing more of it is done."""
        cancel(self.store, begun.action_id, who, self.now())
        before = glance(self.store)
        work(self.store, begun.action_id, self.clock)
        assert glance(self.store) == before

    def work(self, begun: Begun, *, undisturbed: bool = False) -> Action:
        """Work on it until it is over."""
        with self.watch.work(begun, undisturbed=undisturbed):
            work(self.store, begun.action_id, self.clock)
        return self._over(begun)

    def die(self, begun: Begun, at: int) -> None:
        """The process that works on it ends at some statement of that work."""
        with self.watch.work(begun), suppress(Killed), dying(self.store, at, Killed()):
            work(self.store, begun.action_id, self.clock)

    def fail(self, begun: Begun, at: int) -> None:
        """Some statement of that work fails, in a process that lives on."""
        with self.watch.work(begun), suppress(RuntimeError), dying(self.store, at, RuntimeError("broken")):
            work(self.store, begun.action_id, self.clock, GoesOn())

    def work_at_once(self, first: Begun, second: Begun, told: str) -> None:
        """Three processes work on two actions at the same instant, when an order is told of."""
        acts = [lambda this=this: work(self.store, this.action_id, self.clock) for this in (first, second, first)]
        with self.watch.work(first, second, told=told):
            at_once(*acts, lambda: self.tell(told, "pick"))
        self._over(first)
        self._over(second)

    def _over(self, begun: Begun) -> Action:
        done = self.watch.action(begun.action_id)
        assert done.status is not ActionStatus.RUNNING
        return done

    def repeat(self, number: int) -> None:
        """The same key and request: the stored answer, and no row of the store differs. Another request: an error."""
        if not self.asked:
            return
        verb, what, reason, who, key, action_id = self.asked[number % len(self.asked)]
        before = glance(self.store)
        act = begin if verb == "apply" else undo
        again, fresh = act(self.store, what, reason, key, who, self.now())
        assert (again.action_id, fresh) == (action_id, False)
        try:
            act(self.store, what, "for another reason", key, who, self.now())
        except KeyReused:
            pass
        else:
            raise AssertionError("one key served two requests")
        assert glance(self.store) == before

    def tell(self, order: str, node: str) -> None:
        """What outside systems say: the order left a node, or was cancelled."""
        event = cancelled(self.now(), order) if node == "cancel" else left(node, self.now(), order)
        with self.store.begin() as connection:
            record(connection, [event], self.lifeline, self.clock.instant)

    def sell(self, sku: str, most: int) -> None:
        """Somebody else buys what is for sale, up to so many pieces, and gets it at once."""
        bought = "SELECT least(available, :most) AS n FROM sku WHERE sku = :sku FOR UPDATE"
        gone = "UPDATE sku SET available = available - :n, at = :at WHERE sku = :sku"
        shipped = (
            "INSERT INTO stock_hold VALUES ('ELSEWHERE', :sku, :n, 'shipped', :at) "
            "ON CONFLICT (order_id, sku) DO UPDATE SET quantity = stock_hold.quantity + :n"
        )
        with self.store.begin() as connection:
            n = connection.execute(text(bought), {"sku": sku, "most": most}).scalar_one()
            for query in (gone, shipped):
                connection.execute(text(query), {"sku": sku, "n": n, "at": self.clock.instant})


def empty(store: Store) -> None:
    """Take everything out of the store but its lifeline."""
    tables = (
        "visit_change, node_event, orders, node_visit, system_status, order_mark, stock_hold, fund_flow, sku, outlet, "
        "preview, action, action_item, outbox, audit, rollup_minute, rollup_hour, rollup_open_entry, rollup_open_due, "
        "slice, source_watermark"
    )
    with store.own() as connection:
        connection.execute(text(f"TRUNCATE {tables}"))
        connection.execute(text("UPDATE fold_state SET generation = 0, folded_at = NULL, minute_from = NULL"))
        connection.execute(text("UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')"))
