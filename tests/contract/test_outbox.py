"""The outbox on a real PostgreSQL: what is due, in which order, who has it, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard.acting import Message
from dashboard.deliveries import Attempt, Fault
from dashboard.permissions import Caller, CallerKind, Role
from datasource.audit import entries, verify
from datasource.outbox import (
    KEPT,
    LEASE,
    OutboxMessage,
    claim,
    counts,
    delivered,
    enqueue,
    failed,
    forget_delivered,
    message,
    messages,
    send_again,
)
from datasource.store import Store
from tests.builders import NOON, days, minutes, seconds

OK, BROKEN = Attempt(200), Attempt(500, Fault.STATUS)
SECOND = timedelta(seconds=1)


def made(store: Store, subject: str, *numbers: int, target: str = "wms", at: datetime = NOON) -> None:
    """Messages whose bodies tell them apart."""
    with store.begin() as connection:
        enqueue(connection, subject, [Message(target, "pick_list.created", {"n": n}) for n in numbers], "act-1", at)


def claimed(store: Store, at: datetime, most: int = 10, target: str = "wms") -> list[OutboxMessage]:
    """What a courier gets."""
    with store.begin() as connection:
        return claim(connection, target, at, most)


def numbers_of(found: Sequence[OutboxMessage]) -> list[int]:
    """What tells them apart."""
    return [one.body["n"] for one in found]


def end(store: Store, this: OutboxMessage, came: Attempt, next_at: datetime | None = None) -> bool:
    """Note what came of it."""
    with store.begin() as connection:
        if came.delivered:
            delivered(connection, this, came, NOON)
            return True
        return failed(connection, this, came, next_at)


def test_messages_of_one_subject_go_out_one_after_the_other(store: Store) -> None:
    """The second is not due before the first is delivered; other subjects and other targets do not wait for it."""
    made(store, "order:A", 1, 2)
    made(store, "order:B", 3)
    made(store, "order:A", 4, target="carrier")
    first = claimed(store, NOON)
    assert numbers_of(first) == [1, 3]
    assert numbers_of(claimed(store, NOON, target="carrier")) == [4]
    assert claimed(store, NOON) == []
    end(store, first[0], OK)
    assert numbers_of(claimed(store, NOON)) == [2]


def test_a_failed_one_holds_up_its_successors_until_it_is_dead(store: Store) -> None:
    """Due again later, it is still the first; dead, it lets the next pass."""
    made(store, "order:A", 1, 2)
    (this,) = claimed(store, NOON)
    assert end(store, this, BROKEN, seconds(30))
    assert claimed(store, seconds(29)) == []
    (this,) = claimed(store, seconds(30))
    assert (numbers_of([this]), this.attempts) == ([1], 2)
    assert end(store, this, BROKEN, None)
    assert numbers_of(claimed(store, seconds(31))) == [2]


def test_what_a_killed_courier_had_comes_back(store: Store) -> None:
    """Once its lease is over another takes it up; a late failure of the first says nothing, a late success does."""
    made(store, "order:A", 1)
    (first,) = claimed(store, NOON)
    assert claimed(store, NOON + LEASE - SECOND) == []
    (second,) = claimed(store, NOON + LEASE)
    assert (second.message_id, second.attempts) == (first.message_id, 2)
    assert not end(store, first, BROKEN, None)
    end(store, first, OK)
    assert not end(store, second, BROKEN, None)
    with store.begin() as connection:
        assert message(connection, first.message_id).state == "delivered"


def test_two_couriers_never_have_one_message(store: Store) -> None:
    """While the transaction of one is open, another gets the rest, and does not wait."""
    for number in range(6):
        made(store, f"order:{number}", number)
    with store.begin() as one, store.begin() as other:
        mine, theirs = claim(one, "wms", NOON, 4), claim(other, "wms", NOON, 4)
    assert numbers_of(mine) == [0, 1, 2, 3]
    assert numbers_of(theirs) == [4, 5]


def test_a_dead_one_is_sent_again_once_and_audited(store: Store) -> None:
    """Under its id and with its body, all its attempts before it; who did so is written down."""
    caller = Caller("li.wei", CallerKind.PERSON, Role.OPERATOR, origin="10.0.0.9")
    made(store, "order:A", 1, 2)
    (this,) = claimed(store, NOON)
    end(store, this, BROKEN, None)
    end(store, claimed(store, NOON)[0], OK)
    for expected in ([this.message_id], []):
        with store.begin() as connection:
            assert send_again(connection, [this.message_id, "none"], caller, minutes(5)) == expected
    (again,) = claimed(store, minutes(5))
    assert (again.message_id, again.body, again.attempts) == (this.message_id, this.body, 1)
    with store.begin() as connection:
        (noted,) = entries(connection)
        assert verify(connection).broken is None
    assert (noted.entry.actor, noted.entry.origin, noted.entry.kind) == ("li.wei", "10.0.0.9", "send_again")
    assert (noted.entry.subject, noted.entry.action_id) == ("order:A", "act-1")


def test_what_is_rolled_back_is_never_told(store: Store) -> None:
    """The message is part of the action: without the one, not the other."""
    with store.begin() as connection:
        enqueue(connection, "order:A", [Message("wms", "x", {})], None, NOON)
        connection.rollback()
    assert claimed(store, minutes(1)) == []


def test_pages_count_and_list(store: Store) -> None:
    """By target, a target without any among them; lists are the newest first and go on where they ended."""
    made(store, "order:A", 1, 2, 3)
    made(store, "order:B", 4, target="chat", at=minutes(1))
    (this,) = claimed(store, minutes(2))
    end(store, this, BROKEN, minutes(9))
    with store.begin() as connection:
        wms, carrier, chat = counts(connection, ("wms", "carrier"))
        assert (wms.waiting, wms.retrying, wms.dead, wms.oldest_waiting_at) == (3, 1, 0, NOON)
        assert (carrier.target, carrier.waiting, chat.target, chat.waiting) == ("carrier", 0, "chat", 1)
        newest = messages(connection, limit=2)
        rest = messages(connection, before_seq=newest[-1].seq, limit=9)
        assert numbers_of(newest + rest) == [4, 3, 2, 1]
        assert numbers_of(messages(connection, state="waiting", target="chat")) == [4]
        assert numbers_of(messages(connection, subject="order:A", action_id="act-1")) == [3, 2, 1]
        assert messages(connection, state="dead") == []
        assert message(connection, "none") is None
        assert (rest[-1].last_status, rest[-1].last_error) == (500, "status")


def test_delivered_ones_are_forgotten_in_time(store: Store) -> None:
    """After a month; what waits or is dead stays for ever."""
    made(store, "order:A", 1)
    made(store, "order:B", 2)
    end(store, claimed(store, NOON)[0], OK)
    with store.begin() as connection:
        assert forget_delivered(connection, NOON + KEPT) == 0
        assert forget_delivered(connection, days(31)) == 1
        assert numbers_of(messages(connection)) == [2]
