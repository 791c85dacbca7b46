"""The pipeline, step by step, against a real database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from dashboard.acting import ActionStatus, Outcome
from dashboard.clock import FixedClock
from dashboard.events import Kind
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from datasource.action_work import work
from datasource.audit import entries
from datasource.fold import fold, generation
from datasource.people import By, Person, add_person, disable_person
from datasource.recording import record
from datasource.store import Store
from datasource.write_back import (
    ActingError,
    Action,
    ActionDenied,
    Asked,
    BadParams,
    KeyReused,
    NoAction,
    PreviewGone,
    TooMany,
    Undone,
    UnknownKind,
    actions_on,
    begin,
    cancel,
    preview,
    read_action,
    undo,
)
from tests.builders import days, left
from tests.contract.acting_shop import LI, WANG, contents, dying, open_shop
from tests.contract.order_histories import fold_all

NOW = days(1)
VIEWER = Caller("vera", CallerKind.PERSON, Role.VIEWER)


@pytest.fixture
def shop(store: Store, lifeline: Lifeline) -> Store:
    """A store with the small shop."""
    open_shop(store, lifeline)
    return store


def look(store: Store, kind: str, *names: str, who: Caller = LI, most: int = 1000, **params: str):
    """A preview."""
    return preview(store, Asked(kind, names, params), who, NOW, store.lifeline(), most)


def do(store: Store, kind: str, *names: str, key: str | None = None, who: Caller = LI, **params: str) -> Action:
    """Preview, apply and work."""
    made = look(store, kind, *names, who=who, **params)
    begun, _ = begin(store, made.preview_id, "because", key or f"key:{made.preview_id}", who, NOW)
    return work(store, begun.action_id, FixedClock(NOW))


def take_back(store: Store, action: Action, who: Caller = WANG) -> Action:
    """Undo and work."""
    begun, _ = undo(store, action.action_id, "a mistake", f"undo:{action.action_id}", who, NOW)
    return work(store, begun.action_id, FixedClock(NOW))


def asked(store: Store, action_id: str) -> Action:
    """How far an action is, as whoever polls asks."""
    with store.begin() as connection:
        found = read_action(connection, action_id, items=False)
    assert found is not None
    return found


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    with store.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_an_action_is_done_told_and_audited(shop: Store):
    """One order: the mark, the message and the audit row, with who, from where, why, before and after."""
    done = do(shop, "retry_dispatch", "PICK")
    assert (done.status, done.done, done.failed, done.undoable) == (ActionStatus.DONE, 1, 0, True)
    ((mark,),) = rows(shop, "SELECT value FROM order_mark")
    ((target, kind, body, state),) = rows(shop, "SELECT target, kind, body, state FROM outbox")
    assert (target, kind, state, body["number"]) == ("wms", "pick_list.created", "waiting", mark["number"])
    with shop.begin() as connection:
        (row,) = entries(connection)
    assert (row.entry.actor, row.entry.origin, row.entry.kind) == ("li.wei", "127.0.0.1", "retry_dispatch")
    assert (row.entry.subject, row.entry.action_id, row.entry.reason) == ("order:PICK", done.action_id, "because")
    assert "pick_list" not in row.entry.before
    assert row.entry.after["pick_list"]["number"] == mark["number"]


def test_each_order_of_a_batch_has_a_pick_list_of_its_own(shop: Store):
    """No number is given twice."""
    do(shop, "retry_dispatch", "PICK", "PICK2", "DISPATCH")
    assert rows(shop, "SELECT count(DISTINCT body ->> 'number') FROM outbox") == [(3,)]


def test_a_review_that_is_passed_moves_the_order_on(shop: Store, lifeline: Lifeline):
    """By an event of our own; the visits and the rollups follow."""
    done = do(shop, "pass_review", "REVIEW", invoice_title="Acme", tax_number="91")
    assert done.done == 1
    ((kind, node, source, operator),) = rows(
        shop, "SELECT kind, node, source, operator FROM node_event WHERE source = 'lifeline'"
    )
    assert (kind, node, source, operator) == (Kind.LEFT, "review", "lifeline", "li.wei")
    assert rows(shop, "SELECT node FROM node_visit WHERE order_id = 'REVIEW' AND exit IS NULL") == [("quality",)]
    take_back(shop, done)
    assert rows(shop, "SELECT node FROM node_visit WHERE order_id = 'REVIEW' AND exit IS NULL") == [("review",)]
    fold_all(shop, lifeline, NOW)


def test_what_is_refused_is_said_and_leaves_no_trace(shop: Store):
    """Some do, some do not: partly done; the refused one is as it was, to the byte."""
    before = contents(shop, "SIGN")
    done = do(shop, "retry_dispatch", "PICK", "SIGN", "NOBODY")
    assert (done.status, done.done, done.failed) == (ActionStatus.PARTIAL, 1, 2)
    reasons = {item.subject: item.reason for item in done.items if item.outcome is Outcome.REFUSED}
    assert reasons == {
        "order:SIGN": {"text": "elsewhere", "values": {"node": "sign"}},
        "order:NOBODY": {"text": "missing", "values": {}},
    }
    assert contents(shop, "SIGN") == before


def test_an_order_that_moved_on_after_the_preview_is_refused(shop: Store, lifeline: Lifeline):
    """The condition is checked again under the lock."""
    made = look(shop, "retry_dispatch", "PICK")
    assert [change.subject for change in made.changes] == ["PICK"]
    with shop.begin() as connection:
        record(connection, [left(node, NOW, "PICK") for node in ("pick", "pack", "dispatch")], lifeline, NOW)
    begun, _ = begin(shop, made.preview_id, "because", "key-of-this", LI, NOW)
    (item,) = work(shop, begun.action_id, FixedClock(NOW)).items
    assert item.reason == {"text": "elsewhere", "values": {"node": "pickup"}}


def test_undoing_puts_everything_back(shop: Store):
    """Marks and stock as before, the warehouse told, a second audit row; and not twice."""
    had = rows(shop, "SELECT sku, available, locked FROM sku ORDER BY 1")
    done = do(shop, "release_stock", "REFUND", "REFUND2")
    assert rows(shop, "SELECT sku, available FROM sku ORDER BY 1") == [("MILK", 14), ("TEA", 1)]
    back = take_back(shop, done)
    assert (back.done, back.undoes) == (2, done.action_id)
    assert rows(shop, "SELECT sku, available, locked FROM sku ORDER BY 1") == had
    with shop.begin() as connection:
        kinds = [row.entry.kind for row in entries(connection)]
    assert kinds == ["undo:release_stock"] * 2 + ["release_stock"] * 2
    with pytest.raises(Undone) as told:
        undo(shop, done.action_id, "once more", "another-key", LI, NOW)
    assert (told.value.text, told.value.by) == ("undone", back.action_id)
    stands = asked(shop, done.action_id)
    assert (stands.undoable, stands.undone_by, stands.items) == (False, back.action_id, ())


def test_what_an_undo_was_refused_can_be_asked_for_again(shop: Store):
    """Two orders gave their milk back and one piece too few is left: one is locked again, the other once there is."""
    done = do(shop, "release_stock", "REFUND", "REFUND2")
    with shop.begin() as connection:
        connection.execute(text("UPDATE sku SET available = 3 WHERE sku = 'MILK'"))
    first = take_back(shop, done)
    assert [item.outcome for item in first.items] == [Outcome.DONE, Outcome.REFUSED]
    stands = asked(shop, done.action_id)
    assert (stands.undoable, stands.undone_by) == (True, None)
    with shop.begin() as connection:
        connection.execute(text("UPDATE sku SET available = available + 1 WHERE sku = 'MILK'"))
    begun, _ = undo(shop, done.action_id, "the rest", "undo-of-the-rest", LI, NOW + timedelta(minutes=1))
    assert [item.subject for item in begun.items] == ["order:REFUND2"]
    stands = asked(shop, done.action_id)
    assert (stands.undoable, stands.undone_by, stands.being_undone_by) == (False, None, begun.action_id)
    assert work(shop, begun.action_id, FixedClock(NOW + timedelta(minutes=1))).done == 1
    stands = asked(shop, done.action_id)
    assert (stands.undoable, stands.undone_by, stands.being_undone_by) == (False, begun.action_id, None)
    assert rows(shop, "SELECT available, locked FROM sku WHERE sku = 'MILK'") == [(0, 12)]


def test_undoing_is_refused_once_the_order_has_moved_on(shop: Store, lifeline: Lifeline):
    """By an event, or by another person's action, who is named."""
    moved, marked = do(shop, "retry_dispatch", "PICK"), do(shop, "retry_dispatch", "PICK2")
    with shop.begin() as connection:
        record(connection, [left("pick", NOW, "PICK")], lifeline, NOW)
    do(shop, "note", "PICK2", who=WANG, text="on its way")
    (item,) = take_back(shop, moved).items
    assert (item.outcome, item.reason["text"]) == (Outcome.REFUSED, "moved_on")
    (item,) = take_back(shop, marked).items
    assert (item.reason["text"], item.reason["values"]["who"]) == ("moved_on", "wang.fang")


def test_stock_that_was_sold_since_is_not_locked_again(shop: Store):
    """There must be pieces to lock."""
    done = do(shop, "release_stock", "REFUND2")
    with shop.begin() as connection:
        connection.execute(text("UPDATE sku SET available = 1 WHERE sku = 'MILK'"))
    (item,) = take_back(shop, done).items
    assert item.reason == {"text": "sold", "values": {"sku": "MILK"}}


def test_cancelling_an_order_cannot_be_undone(shop: Store):
    """It says so before and after."""
    done = do(shop, "cancel_order", "PICK")
    assert not done.undoable
    assert rows(shop, "SELECT sku, state FROM stock_hold WHERE order_id = 'PICK' ORDER BY 1") == [
        ("MILK", "released"),
        ("TEA", "released"),
    ]
    with pytest.raises(NoAction):
        undo(shop, done.action_id, "a mistake", "undo-it-please", LI, NOW)


def test_skus_and_outlets_are_subjects_too(shop: Store):
    """Their rows change, and change back."""
    done = do(shop, "suspend_intake", "MILK")
    assert rows(shop, "SELECT intake FROM sku WHERE sku = 'MILK'") == [("suspended",)]
    take_back(shop, done)
    assert rows(shop, "SELECT intake FROM sku WHERE sku = 'MILK'") == [("open",)]
    do(shop, "freeze_outlet", "ZTO-440305")
    assert rows(shop, "SELECT frozen FROM outlet") == [(True,)]


def test_pieces_that_move_do_not_keep_a_sku_suspended(shop: Store):
    """An order's stock was released since: nothing of that was done to the SKU, so its suspension is taken back."""
    suspended = do(shop, "suspend_intake", "MILK")
    assert do(shop, "release_stock", "REFUND2").done == 1
    assert take_back(shop, suspended).done == 1
    assert rows(shop, "SELECT intake, available FROM sku WHERE sku = 'MILK'") == [("open", 12)]


def test_why_an_action_cannot_be_taken_back_is_said_as_it_is(shop: Store):
    """It is not over yet, changed nothing, or never can be: a program that asks tells them apart."""
    made = look(shop, "hold", "PICK")
    begun, _ = begin(shop, made.preview_id, "because", "key-under-way", LI, NOW)
    with pytest.raises(ActingError, match="not_over"):
        take_back(shop, begun)
    nothing = do(shop, "retry_dispatch", "SIGN")
    assert nothing.failed == 1
    with pytest.raises(ActingError, match="nothing_done"):
        take_back(shop, nothing)
    with pytest.raises(ActingError, match="not_undoable"):
        take_back(shop, do(shop, "cancel_order", "PICK2"))


@pytest.mark.parametrize(
    ("told", "readable"),
    [
        ("全角\u3000空格", True),
        ("an\u00a0order 👩\u200d🔧", True),
        ("two\nlines", True),
        ("\u200b", False),
        ("safe\u202etxt.exe", False),
        ("bell\u0085ring", False),
    ],
)
def test_a_reason_is_something_to_read(shop: Store, told: str, readable: bool):
    """Blanks of every script and joined signs are; what hides, or turns the words, would blind the audit."""
    made = look(shop, "hold", "PICK")
    if readable:
        assert begin(shop, made.preview_id, told, "a-key-to-read", LI, NOW)[0].reason == told
    else:
        with pytest.raises(BadParams, match="reason_unreadable"):
            begin(shop, made.preview_id, told, "a-key-to-read", LI, NOW)


def test_a_note_takes_the_blanks_of_every_script(shop: Store):
    """In one line."""
    assert do(shop, "note", "PICK", text="缺货\u3000已联系").done == 1
    with pytest.raises(BadParams, match="param_text"):
        do(shop, "note", "PICK2", text="one\ntwo")


def test_one_key_is_one_action(shop: Store):
    """The same request again is answered as before; another under the same key is an error; a key is its actor's."""
    made = look(shop, "note", "PICK", text="x")
    first, fresh = begin(shop, made.preview_id, "because", "one-key-only", LI, NOW)
    again, stale = begin(shop, made.preview_id, "because", "one-key-only", LI, NOW + timedelta(days=9))
    assert (first.action_id, fresh, stale) == (again.action_id, True, False)
    with pytest.raises(KeyReused):
        begin(shop, made.preview_id, "for another reason", "one-key-only", LI, NOW)
    with pytest.raises(PreviewGone):
        begin(shop, made.preview_id, "because", "another-key", LI, NOW)
    other = look(shop, "note", "PICK", who=WANG, text="x")
    assert begin(shop, other.preview_id, "because", "one-key-only", WANG, NOW)[1]


def test_a_preview_is_its_makers_and_expires(shop: Store):
    """Half an hour; nobody else may apply it."""
    made = look(shop, "note", "PICK", text="x")
    with pytest.raises(PreviewGone):
        begin(shop, made.preview_id, "because", "key-of-wang", WANG, NOW)
    with pytest.raises(PreviewGone):
        begin(shop, made.preview_id, "because", "key-of-li-1", LI, NOW + timedelta(minutes=31))


def test_what_cannot_be_asked(shop: Store):
    """Each with its own error, before anything is touched."""
    with pytest.raises(UnknownKind):
        look(shop, "explode", "PICK")
    with pytest.raises(ActionDenied):
        look(shop, "note", "PICK", who=VIEWER, text="x")
    with pytest.raises(TooMany):
        look(shop, "hold", "PICK", "PICK2", most=1)
    for params in ({}, {"text": "  "}, {"text": "x" * 2001}, {"text": "x", "more": "y"}):
        with pytest.raises(BadParams):
            look(shop, "note", "PICK", **params)
    with pytest.raises(BadParams):
        look(shop, "switch_label_provider", "PICKUP", provider="nobody")
    made = look(shop, "note", "PICK", text="x")
    for reason, key in (("", "a-good-key"), (" ", "a-good-key"), ("because", "short")):
        with pytest.raises(BadParams):
            begin(shop, made.preview_id, reason, key, LI, NOW)


def test_an_order_is_assigned_to_whom_there_is(shop: Store):
    """A team of the lifeline, or somebody who may still sign in; else it is said who there is."""
    by = By("test", "test")
    with shop.begin() as connection:
        for name in ("chen.jing", "zhao.gone"):
            add_person(connection, Person(name, name, Role.OPERATOR, None, NOW), by, password=None)
        disable_person(connection, "zhao.gone", by, NOW)
    for to in ("logistics", " chen.jing "):
        assert look(shop, "assign", "PICK", to=to).changes[0].after["assignee"]["to"] == to.strip()
    for to in ("zhao.gone", "Chen.Jing", "nobody", "仓库"):
        with pytest.raises(BadParams) as told:
            look(shop, "assign", "PICK", to=to)
        assert (told.value.text, told.value.values["field"], told.value.values["given"]) == ("param_nobody", "to", to)
        assert told.value.values["known"] == "finance, logistics, warehouse, customer_service, chen.jing"


def test_whoever_lost_the_right_cannot_go_on(shop: Store):
    """The right is asked for again when a preview is applied, and when an action is undone or stopped."""
    demoted = Caller(LI.name, CallerKind.PERSON, Role.VIEWER)
    made, done = look(shop, "note", "PICK", text="x"), do(shop, "hold", "PICK2")
    with pytest.raises(ActionDenied):
        begin(shop, made.preview_id, "because", "key-of-demoted", demoted, NOW)
    with pytest.raises(ActionDenied):
        undo(shop, done.action_id, "because", "key-of-demoted", demoted, NOW)
    with pytest.raises(ActionDenied):
        cancel(shop, done.action_id, demoted, NOW)


def test_a_stopped_action_keeps_what_is_done(shop: Store):
    """The rest is cancelled, and can not come back to life."""
    made = look(shop, "hold", "PICK", "PICK2", "DISPATCH")
    begun, _ = begin(shop, made.preview_id, "because", "key-to-stop", LI, NOW)
    watcher = Stopping(shop, begun.action_id)
    done = work(shop, begun.action_id, FixedClock(NOW), watcher)
    assert (done.status, done.done) == (ActionStatus.CANCELLED, 1)
    assert [item.outcome for item in done.items].count(Outcome.CANCELLED) == 2
    assert work(shop, begun.action_id, FixedClock(NOW)).done == 1


def test_stopping_is_audited_once(shop: Store):
    """Who, from where, what was stopped, how far it was; not again, and not of what is over."""
    made = look(shop, "hold", "PICK", "PICK2", "DISPATCH", "DONE")
    begun, _ = begin(shop, made.preview_id, "because", "key-to-stop", LI, NOW)
    work(shop, begun.action_id, FixedClock(NOW), Stopping(shop, begun.action_id))
    for action_id in (begun.action_id, do(shop, "note", "PICK", text="x").action_id):
        cancel(shop, action_id, WANG, NOW)
    with shop.begin() as connection:
        (noted,) = (row for row in entries(connection) if row.entry.subject.startswith("action:"))
    entry = noted.entry
    assert (entry.actor, entry.origin, entry.kind) == ("li.wei", "127.0.0.1", "stop:hold")
    assert (entry.subject, entry.action_id) == (f"action:{begun.action_id}", begun.action_id)
    assert entry.before == {"status": "running"}
    assert entry.after == {"status": "cancelled", "done": 1, "failed": 1, "left": 2}


def test_how_far_it_is_needs_no_items(shop: Store):
    """Counts alone while it runs and once it is over; a page of actions is read in a fixed number of statements."""
    made = look(shop, "hold", "PICK", "PICK2", "DISPATCH", "DONE")
    begun, _ = begin(shop, made.preview_id, "because", "key-to-poll", LI, NOW)
    seen = Polling(shop, begun.action_id)
    work(shop, begun.action_id, FixedClock(NOW), seen)
    assert seen.told == [(1, 1), (2, 1), (3, 1)]
    over = asked(shop, begun.action_id)
    assert (over.status, over.done, over.failed, over.total, over.items) == (ActionStatus.PARTIAL, 3, 1, 4, ())


def test_a_page_of_actions_takes_a_fixed_number_of_statements(shop: Store):
    """One action or thirteen, done, undone and at work: three."""
    counts = [counted(shop)]
    for number in range(6):
        take_back(shop, do(shop, "note", "PICK", "PICK2", text=f"note {number}"))
    waiting = look(shop, "note", "PICK", text="x")
    begin(shop, waiting.preview_id, "because", "key-that-waits", LI, NOW)
    counts.append(counted(shop))
    assert counts == [(0, 3), (13, 3)]
    with shop.begin() as connection:
        found = actions_on(connection, "order:PICK")
    assert sum(one.undone_by is not None for one in found) == 6


def counted(store: Store) -> tuple[int, int]:
    """How many actions there are on an order, and the statements that it takes to read them."""
    with store.begin() as connection, counting(store) as statements:
        found = actions_on(connection, "order:PICK")
    return len(found), len(statements)


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    """The statements of the block."""
    statements: list[str] = []

    def before(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    listen(store.engine, "before_cursor_execute", before)
    try:
        yield statements
    finally:
        remove(store.engine, "before_cursor_execute", before)


@pytest.mark.parametrize("statement", [5, 9, 12, 15])
def test_what_breaks_leaves_no_trace_and_the_rest_goes_on(shop: Store, statement: int):
    """Whatever statement it was: that order failed and is as it was, to the byte; the next one is done."""
    made = look(shop, "release_stock", "REFUND", "REFUND2")
    begun, _ = begin(shop, made.preview_id, "because", "key-to-break", LI, NOW)
    before, watcher = contents(shop, "REFUND"), Watching()
    with dying(shop, statement, RuntimeError("broken")):
        done = work(shop, begun.action_id, FixedClock(NOW), watcher)
    assert [item.outcome for item in done.items] == [Outcome.FAILED, Outcome.DONE]
    assert (done.status, watcher.broken) == (ActionStatus.PARTIAL, ["broken"])
    assert done.items[0].reason == {"text": "failed", "values": {}}
    assert contents(shop, "REFUND") == before


class Watching:
    """Goes on whatever breaks, and remembers it."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def goes_on(self) -> bool:
        """Always."""
        return True

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """Nothing to say."""

    def broke(self, action_id: str, error: Exception) -> None:
        """Remember it."""
        assert action_id
        self.broken.append(str(error))


class Polling(Watching):
    """Asks how far it is after each subject."""

    def __init__(self, store: Store, action_id: str) -> None:
        super().__init__()
        self.store, self.action_id = store, action_id
        self.told: list[tuple[int, int]] = []

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """Ask."""
        assert (kind, outcome) == ("hold", Outcome.DONE)
        found = asked(self.store, self.action_id)
        assert (found.status, found.items) == (ActionStatus.RUNNING, ())
        self.told.append((found.done, found.failed))


class Stopping:
    """Stops the action after its first subject."""

    def __init__(self, store: Store, action_id: str) -> None:
        self.store, self.action_id = store, action_id

    def goes_on(self) -> bool:
        """Always."""
        return True

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """One is done: stop."""
        assert (kind, outcome) == ("hold", Outcome.DONE)
        cancel(self.store, self.action_id, LI, NOW)

    def broke(self, action_id: str, error: Exception) -> None:
        """Nothing breaks here."""
        raise AssertionError(action_id) from error


def test_a_mark_alone_is_news_to_the_pages(shop: Store, lifeline: Lifeline):
    """The order's version and the generation grow, and no number of the rollups changes."""
    fold_all(shop, lifeline, NOW)
    with shop.begin() as connection:
        before = generation(connection)
    ((version,),) = rows(shop, "SELECT version FROM orders WHERE order_id = 'PICK'")
    do(shop, "hold", "PICK")
    with shop.begin() as connection:
        fold(connection, NOW, lifeline)
        assert generation(connection) == before + 1
    assert rows(shop, "SELECT version FROM orders WHERE order_id = 'PICK'") == [(version + 1,)]


def test_what_was_done_on_an_order(shop: Store):
    """The newest first, each with what came of it for this order."""
    first = do(shop, "hold", "PICK", "PICK2")
    take_back(shop, first)
    with shop.begin() as connection:
        found = actions_on(connection, "order:PICK", 10)
    assert {one.undoes for one in found} == {None, first.action_id}
    assert all([item.subject for item in one.items] == ["order:PICK"] for one in found)
