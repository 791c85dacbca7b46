"""What people ask for in the small shop, one after the other, each step checked against the store itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from dashboard.acting import Outcome
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.action_work import work
from datasource.recording import record
from datasource.store import Store
from datasource.write_back import (
    ActingError,
    Action,
    Asked,
    Item,
    KeyReused,
    Preview,
    PreviewGone,
    begin,
    cancel,
    preview,
    read_action,
    undo,
)
from tests.builders import cancelled, left
from tests.contract.acting_shop import check_whole, contents, dying, plain, standing

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


@dataclass(frozen=True)
class Begun:
    """An action that was begun. ``made``: its preview; none of an undo, which has ``undoes``."""

    action_id: str
    made: Preview | None = None
    undoes: str | None = None


@dataclass
class Shop:
    """The store, the time in it, and everything that was asked so far."""

    store: Store
    lifeline: Lifeline
    clock: FixedClock
    asked: list[tuple[str, str, str, Caller, str, str]] = field(default_factory=list)
    stood: dict[tuple[str, str], object] = field(default_factory=dict)
    """How each order stood before an action was done to it, by action and order."""

    def now(self) -> datetime:
        """A later instant with every question."""
        self.clock.instant += timedelta(seconds=7)
        return self.clock.instant

    def look(self, kind: str, names: list[str], who: Caller) -> Preview:
        """A preview; it changes nothing."""
        before = contents(self.store)
        made = preview(self.store, Asked(kind, tuple(names), PARAMS.get(kind, {})), who, self.now(), self.lifeline)
        assert contents(self.store) == before
        return made

    def begin(self, made: Preview, who: Caller, at: datetime) -> Begun | None:
        """Apply a preview under a key of its own; ``None`` once it holds no longer."""
        key = f"key-number-{len(self.asked)}"
        try:
            begun, fresh = begin(self.store, made.preview_id, "because", key, who, at)
        except PreviewGone:
            assert made.expires_at <= at
            return None
        assert fresh and begun.action_id == made.preview_id
        self.asked.append(("apply", made.preview_id, "because", who, key, begun.action_id))
        return Begun(begun.action_id, made)

    def undo(self, number: int, who: Caller) -> Begun | None:
        """Take back one of those that were asked for; ``None`` where it cannot be, and then nothing is changed."""
        if not self.asked:
            return None
        target, key = self.asked[number % len(self.asked)][-1], f"key-number-{len(self.asked)}"
        before = contents(self.store)
        try:
            begun, fresh = undo(self.store, target, "a mistake", key, who, self.now())
        except ActingError:
            assert contents(self.store) == before
            return None
        assert fresh
        self.asked.append(("undo", target, "a mistake", who, key, begun.action_id))
        return Begun(begun.action_id, undoes=target)

    def stop(self, begun: Begun, who: Caller) -> None:
        """Stop it: nothing more of it is done."""
        cancel(self.store, begun.action_id, who, self.now())
        before = contents(self.store)
        work(self.store, begun.action_id, self.clock)
        assert contents(self.store) == before

    def work(self, begun: Begun, *, undisturbed: bool = False, dies: tuple[int, BaseException] | None = None) -> Action:
        """Work on it, or die at some statement of that work.

        What was not done by this left no trace, and what was done is what the preview said; ``undisturbed``: with the
        stock that is for sale, which others share, and at the same instant.
        """
        stood = self._action(begun)
        open_ = [item.subject for item in stood.items if item.outcome is Outcome.WAITING]
        orders = [item.subject.removeprefix("order:") for item in stood.items if item.subject.startswith("order:")]
        before = {name: contents(self.store, name) for name in orders}
        standing_ = {name: standing(self.store, name) for name in orders}
        if dies is None:
            work(self.store, begun.action_id, self.clock)
        else:
            self._die(begun, *dies)
        done = self._action(begun)
        for item in done.items:
            kind, _, name = item.subject.partition(":")
            if item.outcome is not Outcome.DONE or item.subject not in open_:
                assert kind != "order" or contents(self.store, name) == before[name]
                continue
            if begun.made:
                self._as_previewed(begun.made, item, undisturbed=undisturbed)
            if kind == "order" and begun.undoes:
                assert standing(self.store, name) == self.stood[begun.undoes, name]
            self.stood[begun.action_id, name] = standing_.get(name)
        return done

    @staticmethod
    def _as_previewed(made: Preview, item: Item, *, undisturbed: bool) -> None:
        shown = next(change for change in made.changes if change.subject == item.subject.partition(":")[2])
        assert plain(item.before or {}, alone=undisturbed) == plain(shown.before, alone=undisturbed)
        assert plain(item.after or {}, alone=undisturbed) == plain(shown.after, alone=undisturbed)

    def _die(self, begun: Begun, at: int, how: BaseException) -> None:
        try:
            with dying(self.store, at, how):
                work(self.store, begun.action_id, self.clock)
        except (Killed, RuntimeError):
            check_whole(self.store, self.lifeline)

    def _action(self, begun: Begun) -> Action:
        with self.store.begin() as connection:
            found = read_action(connection, begun.action_id)
        assert found is not None
        return found

    def repeat(self, number: int) -> None:
        """The same key and request: the stored answer, and no row of the store differs. Another request: an error."""
        if not self.asked:
            return
        verb, what, reason, who, key, action_id = self.asked[number % len(self.asked)]
        before = contents(self.store)
        act = begin if verb == "apply" else undo
        again, fresh = act(self.store, what, reason, key, who, self.now())
        assert (again.action_id, fresh) == (action_id, False)
        try:
            act(self.store, what, "for another reason", key, who, self.now())
        except KeyReused:
            pass
        else:
            raise AssertionError("one key served two requests")
        assert contents(self.store) == before

    def tell(self, order: str, node: str) -> None:
        """What outside systems say: the order left a node, or was cancelled."""
        event = cancelled(self.now(), order) if node == "cancel" else left(node, self.now(), order)
        with self.store.begin() as connection:
            record(connection, [event], self.lifeline, self.clock.instant)


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
