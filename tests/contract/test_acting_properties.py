"""What must hold whatever people do, undo and repeat, while orders move on and processes die."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as listening
from sqlalchemy import text

from dashboard.acting import ActionStatus, Outcome
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
    KeyReused,
    Preview,
    PreviewGone,
    begin,
    cancel,
    preview,
    undo,
    unfinished,
)
from tests.builders import cancelled, days, left
from tests.contract.acting_shop import (
    LI,
    REACHED,
    WANG,
    check_whole,
    contents,
    money,
    open_shop,
    pieces,
    plain,
)
from tests.contract.order_histories import fold_all, rollups_and_recount

PARAMS = {
    "switch_label_provider": {"provider": "backup"},
    "pass_review": {"invoice_title": "Acme", "tax_number": "91330100"},
    "assign": {"to": "warehouse"},
    "note": {"text": "rang the customer"},
    "open_ticket": {"title": "where is it?"},
    "reject_delivery": {"why": "not at home"},
}
ON_ORDERS = (
    *("retry_dispatch", "switch_label_provider", "pass_review", "hold", "release_hold", "assign", "note"),
    *("open_ticket", "close_ticket", "confirm_delivery", "reject_delivery", "freeze_settlement"),
    *("unfreeze_settlement", "release_stock", "cancel_order"),
)
ON_SKUS, ON_OUTLETS = ("suspend_intake", "resume_intake"), ("freeze_outlet", "unfreeze_outlet")
ORDERS = (*REACHED, "NOBODY")
LEASE = timedelta(minutes=10)

_asked = st.one_of(
    st.tuples(st.sampled_from(ON_ORDERS), st.lists(st.sampled_from(ORDERS), min_size=1, max_size=5, unique=True)),
    st.tuples(st.just("release_stock"), st.just(["REFUND", "REFUND2", "PICK"])),
    st.tuples(st.sampled_from(ON_SKUS), st.just(["MILK"])),
    st.tuples(st.sampled_from(ON_OUTLETS), st.just(["ZTO-440305"])),
)
_who = st.sampled_from([LI, WANG])
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("act"), _asked, _who),
        st.tuples(st.just("act"), _asked, _who),
        st.tuples(st.just("late"), _asked, _who),
        st.tuples(st.just("crash"), _asked, _who, st.integers(1, 60)),
        st.tuples(st.just("fail"), _asked, _who, st.integers(4, 25)),
        st.tuples(st.just("undo"), st.integers(0, 20), _who),
        st.tuples(st.just("undo_crash"), st.integers(0, 20), _who, st.integers(1, 40)),
        st.tuples(st.just("stop"), _asked, _who),
        st.tuples(st.just("repeat"), st.integers(0, 20)),
        st.tuples(st.just("event"), st.sampled_from(sorted(REACHED)), st.sampled_from(["pick", "sign", "cancel"])),
    ),
    min_size=2,
    max_size=9,
)
_few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)


class Killed(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


@contextmanager
def dying(store: Store, at: int, with_: BaseException) -> Iterator[None]:
    """Let the statement of that number fail, counted from here."""
    count = 0

    def before(*_: object) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise with_

    listening.listen(store.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        listening.remove(store.engine, "before_cursor_execute", before)


@dataclass
class Shop:
    """The store, the time in it, and everything that was asked so far."""

    store: Store
    lifeline: Lifeline
    clock: FixedClock
    asked: list[tuple[str, str, str, Caller, str, str]] = field(default_factory=list)

    def now(self) -> datetime:
        """A later instant with every question."""
        self.clock.instant += timedelta(seconds=7)
        return self.clock.instant

    def look(self, asked: tuple[str, list[str]], who: Caller) -> Preview:
        """A preview; it changes nothing."""
        before = contents(self.store)
        kind, names = asked
        made = preview(self.store, Asked(kind, tuple(names), PARAMS.get(kind, {})), who, self.now(), self.lifeline)
        assert contents(self.store) == before
        return made

    def begin(self, made: Preview, who: Caller) -> Action:
        """Apply it under a key of its own."""
        key = f"key-number-{len(self.asked)}"
        begun, fresh = begin(self.store, made.preview_id, "because", key, who, self.clock.instant)
        assert fresh
        self.asked.append(("apply", made.preview_id, "because", who, key, begun.action_id))
        return begun

    def undo(self, number: int, who: Caller) -> Action | None:
        """Take back one of those that were asked for; ``None`` where it cannot be."""
        done = [entry[-1] for entry in self.asked]
        if not done:
            return None
        target, key = done[number % len(done)], f"key-number-{len(self.asked)}"
        try:
            begun, fresh = undo(self.store, target, "a mistake", key, who, self.now())
        except ActingError:
            return None
        assert fresh
        self.asked.append(("undo", target, "a mistake", who, key, begun.action_id))
        return begun

    def finish(self, action_id: str) -> Action:
        """Work on it, as another process would after the first has not been heard of for long."""
        self.clock.instant += LEASE
        done = work(self.store, action_id, self.clock)
        assert done.status is not ActionStatus.RUNNING
        return done

    def checked_work(self, begun: Action, made: Preview | None = None) -> Action:
        """Work on it; what was not done left no trace, and what was done is what the preview said."""
        names = [item.subject.removeprefix("order:") for item in begun.items]
        before = {name: contents(self.store, name) for name in names}
        done = work(self.store, begun.action_id, self.clock)
        previewed = {change.subject: change for change in made.changes} if made else {}
        for item in done.items:
            name = item.subject.partition(":")[2]
            if item.outcome is Outcome.DONE and made:
                alone = len(previewed) == 1
                assert plain(item.before, alone=alone) == plain(previewed[name].before, alone=alone)
                assert plain(item.after, alone=alone) == plain(previewed[name].after, alone=alone)
            elif item.outcome is not Outcome.DONE and name in before:
                assert contents(self.store, name) == before[name]
        if not done.done:
            assert done.status in {ActionStatus.FAILED, ActionStatus.CANCELLED}
        return done

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
        work(self.store, action_id, self.clock)
        assert contents(self.store) == before


def _step(shop: Shop, step: tuple[object, ...]) -> None:
    verb, what, *rest = step
    if verb == "event":
        _tell(shop, str(what), str(rest[0]))
    elif verb == "repeat":
        shop.repeat(int(what))  # type: ignore[call-overload]
    elif verb == "undo":
        if begun := shop.undo(int(what), rest[0]):  # type: ignore[call-overload, arg-type]
            shop.checked_work(begun)
    elif verb == "undo_crash":
        if begun := shop.undo(int(what), rest[0]):  # type: ignore[call-overload, arg-type]
            _crash(shop, begun, int(rest[1]), Killed())  # type: ignore[call-overload]
    else:
        _act(shop, str(verb), what, rest)  # type: ignore[arg-type]


def _act(shop: Shop, verb: str, asked: tuple[str, list[str]], rest: list[object]) -> None:
    who: Caller = rest[0]  # type: ignore[assignment]
    made = shop.look(asked, who)
    if verb == "late":
        _tell(shop, asked[1][0] if asked[1][0] in REACHED else "PICK", "cancel")
    begun = shop.begin(made, who)
    if verb == "act":
        shop.checked_work(begun, made)
    elif verb == "late":
        shop.checked_work(begun)
    elif verb == "stop":
        cancel(shop.store, begun.action_id, who, shop.now())
        before = contents(shop.store)
        assert work(shop.store, begun.action_id, shop.clock).done == 0
        assert contents(shop.store) == before
    else:
        _crash(shop, begun, int(rest[1]), Killed() if verb == "crash" else RuntimeError("broken"))  # type: ignore[call-overload]


def _crash(shop: Shop, begun: Action, at: int, how: BaseException) -> None:
    """Die at some statement; whoever comes next finishes it, and nothing happens twice (``check_whole`` counts)."""
    names = {item.subject.removeprefix("order:") for item in begun.items}
    before = {name: contents(shop.store, name) for name in names}
    try:
        with dying(shop.store, at, how):
            work(shop.store, begun.action_id, shop.clock)
    except (Killed, RuntimeError):
        pass
    check_whole(shop.store, shop.lifeline)
    done = shop.finish(begun.action_id)
    for item in done.items:
        name = item.subject.removeprefix("order:")
        if item.outcome is not Outcome.DONE:
            assert contents(shop.store, name) == before[name]


def _tell(shop: Shop, order: str, node: str) -> None:
    event = cancelled(shop.now(), order) if node == "cancel" else left(node, shop.now(), order)
    with shop.store.begin() as connection:
        record(connection, [event], shop.lifeline, shop.clock.instant)


def _empty(store: Store) -> None:
    tables = (
        "visit_change, node_event, orders, node_visit, system_status, order_mark, stock_hold, fund_flow, sku, outlet, "
        "preview, action, action_item, outbox, audit, rollup_minute, rollup_hour, rollup_open_entry, rollup_open_due, "
        "slice, source_watermark"
    )
    with store.own() as connection:
        connection.execute(text(f"TRUNCATE {tables}"))
        connection.execute(text("UPDATE fold_state SET generation = 0, folded_at = NULL, minute_from = NULL"))
        connection.execute(text("UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')"))


@_few
@given(data=st.data())
def test_whatever_is_done(store: Store, data: st.DataObject) -> None:
    """Stock and money are conserved, what was refused left no trace, previews come true, each key acted once."""
    lifeline = store.lifeline()
    _empty(store)
    open_shop(store, lifeline)
    shop = Shop(store, lifeline, FixedClock(days(1)))
    had, paid = pieces(store), money(store)
    for step in data.draw(_steps):
        try:
            _step(shop, step)
        except PreviewGone:
            raise AssertionError("a fresh preview was refused") from None
        check_whole(store, lifeline)
        assert pieces(store) == had
        assert money(store) == paid
    with store.begin() as connection:
        assert list(unfinished(connection, days(99))) == []
        keys = connection.execute(text("SELECT count(*), count(DISTINCT (actor, idempotency_key)) FROM action")).one()
    assert keys[0] == keys[1] == len(shop.asked)
    fold_all(store, lifeline, shop.clock.instant)
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted
