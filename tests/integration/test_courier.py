"""The courier against a real HTTP server: at least once, in order, signed, and never where it must not go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from callbacks.metrics import Metrics
from callbacks.outbox import Courier, Manner
from callbacks.posting import Limits
from dashboard.acting import Message
from dashboard.clock import FixedClock
from dashboard.deliveries import Fault, Patience
from dashboard.signatures import Verdict, verify_signature
from dashboard.webhooks import Webhooks, read_allowed
from datasource.errors import StoreUnavailable
from datasource.outbox import LEASE, OutboxMessage, claim, enqueue, messages
from datasource.store import Store
from tests.builders import NOON
from tests.receiver import Receiver, answers, babbles, closes, drips, floods, receiving, stalls

SECRET = "a-secret-for-tests-only"
QUICK = Manner(at_once=4, limits=Limits(connect=1.0, read=0.5, total=1.0), draw=lambda: 1.0)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> FixedClock:
    """Noon."""
    return FixedClock(NOON)


def tell(store: Store, subject: str, *numbers: int, target: str = "wms") -> None:
    """Messages, told apart by a number."""
    with store.begin() as connection:
        enqueue(connection, subject, [Message(target, "pick_list.created", {"n": n}) for n in numbers], None, NOON)


def stored(store: Store, **wanted: Any) -> list[OutboxMessage]:
    """The messages as they stand, the oldest first."""
    with store.begin() as connection:
        return messages(connection, **wanted)[::-1]


@contextmanager
def courier(
    store: Store, clock: FixedClock, urls: dict[str, str], manner: Manner = QUICK, **more: Any
) -> Iterator[None]:
    """A courier at work."""
    webhooks = Webhooks(urls, SECRET, more.get("allowed", read_allowed("127.0.0.0/8")))
    stop = Event()
    thread = Thread(target=Courier(store, clock, webhooks, Metrics.fresh(), manner).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it holds."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end
        sleep(0.02)


def states(store: Store) -> list[tuple[str, int, int | None, str | None]]:
    """State, attempts, last status and last fault of each message."""
    return [(one.state, one.attempts, one.last_status, one.last_error) for one in stored(store)]


def test_a_message_is_told_signed_and_noted(store: Store, clock: FixedClock) -> None:
    """The body is stable JSON, the headers name the delivery and sign it; the store knows when it was taken."""
    with receiving(answers(204)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("delivered", 1, 204, None)])
    (this,), (came,) = stored(store), wms.received
    assert came.told == {
        "id": this.message_id,
        "kind": "pick_list.created",
        "at": "2026-03-02T04:00:00+00:00",
        "subject": "order:A",
        "body": {"n": 1},
    }
    assert list(came.told) == ["id", "kind", "at", "subject", "body"]
    assert came.headers["content-type"] == "application/json"
    assert (came.headers["lifeline-delivery"], came.headers["lifeline-timestamp"]) == (this.message_id, "1772424000")
    verdict = verify_signature(SECRET, came.headers["lifeline-signature"], came.body, NOON)
    assert verdict is Verdict.GENUINE
    assert this.delivered_at == NOON


def test_a_failure_is_tried_again_after_its_pause(store: Store, clock: FixedClock) -> None:
    """500, 500, then 200: after two seconds, then four, no earlier; the same bytes under the same id, signed anew."""
    with receiving(answers(500), answers(502), answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("waiting", 1, 500, "status")])
        assert stored(store)[0].next_at == NOON + 2 * SECOND
        clock.instant = NOON + 1.9 * SECOND
        sleep(0.8)
        assert len(wms.received) == 1
        clock.instant = NOON + 2 * SECOND
        wait_for(lambda: states(store) == [("waiting", 2, 502, "status")])
        assert stored(store)[0].next_at == NOON + 6 * SECOND
        clock.instant = NOON + 6 * SECOND
        wait_for(lambda: states(store) == [("delivered", 3, 200, None)])
    assert len(set(wms.ids)) == 1
    assert len({one.body for one in wms.received}) == 1
    assert len({one.headers["lifeline-signature"] for one in wms.received}) == 3


def test_a_receiver_that_asks_for_time_gets_it(store: Store, clock: FixedClock) -> None:
    """429 with ``Retry-After``: not before."""
    with receiving(answers(429, Retry_After="90"), answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("waiting", 1, 429, "status")])
        assert stored(store)[0].next_at == NOON + 90 * SECOND
        clock.instant = NOON + 90 * SECOND
        wait_for(lambda: states(store) == [("delivered", 2, 200, None)])


@pytest.mark.parametrize(
    ("behaviour", "status", "fault"),
    [
        (stalls, None, Fault.TIMEOUT),
        (drips, None, Fault.TIMEOUT),
        (closes, None, Fault.CONNECTION),
        (babbles, None, Fault.BROKEN),
        (answers(302, Location="http://127.0.0.1:1/elsewhere"), 302, Fault.REDIRECT),
        (answers(404), 404, Fault.STATUS),
    ],
)
def test_what_is_no_answer_is_a_failure(store: Store, clock: FixedClock, behaviour, status, fault) -> None:
    """It stalls, drips, closes in the middle, speaks no HTTP, points elsewhere: noted as what it is, and due again."""
    with receiving(behaviour) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("waiting", 1, status, fault)])
    assert len(wms.received) == 1


def test_a_flood_is_not_read(store: Store, clock: FixedClock) -> None:
    """The receiver took it and answered with a gigabyte: delivered, and the connection is let go."""
    with receiving(floods) as wms, courier(store, clock, {"wms": wms.url}, replace(QUICK, limits=Limits(total=5.0))):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("delivered", 1, 200, None)])
        wait_for(lambda: "let go" in wms.ids)


def test_nobody_there_is_a_failure(store: Store, clock: FixedClock) -> None:
    """The port is closed."""
    with receiving(answers(200)) as gone:
        pass
    with courier(store, clock, {"wms": gone.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("waiting", 1, None, "connection")])


def test_refused_for_good_is_dead_and_lets_the_next_pass(store: Store, clock: FixedClock) -> None:
    """410 at once; the later message of the same order goes out then."""
    with receiving(answers(410), answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1, 2)
        wait_for(lambda: states(store) == [("dead", 1, 410, "status"), ("delivered", 1, 200, None)])


def test_after_the_last_attempt_it_is_dead(store: Store, clock: FixedClock) -> None:
    """Three attempts with these numbers, and it is seen as dead."""
    manner = replace(QUICK, patience=Patience(attempts=3))
    with receiving(answers(503)) as wms, courier(store, clock, {"wms": wms.url}, manner):
        tell(store, "order:A", 1)
        for attempt in (1, 2):
            # Noted, with a pause that is shorter than the lease of who tries: only then may time go on.
            wait_for(lambda n=attempt: len(wms.received) == n and stored(store)[0].next_at < clock.now() + 30 * SECOND)
            clock.instant += timedelta(minutes=1)
        wait_for(lambda: states(store) == [("dead", 3, 503, "status")])
        assert [one.body["n"] for one in stored(store, state="dead")] == [1]


def test_messages_of_one_order_come_in_order(store: Store, clock: FixedClock) -> None:
    """Though several go out at once and the first one fails: the second waits for the first one's second attempt."""
    with receiving(answers(500), answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 1, 2, 3)
        wait_for(lambda: states(store)[0] == ("waiting", 1, 500, "status"))
        sleep(0.5)
        assert len(wms.received) == 1
        clock.instant = NOON + 2 * SECOND
        wait_for(lambda: [one.state for one in stored(store)] == ["delivered"] * 3)
    assert [one.told["body"]["n"] for one in wms.received] == [1, 1, 2, 3]


def test_one_target_that_stalls_holds_up_no_other(store: Store, clock: FixedClock) -> None:
    """The carrier takes its twenty while the WMS has every hand stuck."""
    slow = replace(QUICK, limits=Limits(read=8.0, total=8.0))
    with (
        receiving(stalls) as wms,
        receiving(answers(200)) as carrier,
        courier(store, clock, {"wms": wms.url, "carrier": carrier.url}, slow),
    ):
        for number in range(20):
            tell(store, f"order:{number}", number)
            tell(store, f"order:{number}", number, target="carrier")
        wait_for(lambda: len(stored(store, state="delivered", target="carrier")) == 20, 5.0)
        assert stored(store, state="delivered", target="wms") == []
        wms.stopped.set()


def test_what_a_killed_courier_had_is_told_by_the_next(store: Store, clock: FixedClock) -> None:
    """One took it up and died, before or after it posted: once the lease is over it is told, under the same id."""
    tell(store, "order:A", 1)
    with store.begin() as connection:
        (taken,) = claim(connection, "wms", NOON, 9)
    with receiving(answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        sleep(0.5)
        assert wms.received == []
        clock.instant = NOON + LEASE
        wait_for(lambda: states(store) == [("delivered", 2, 200, None)])
    assert wms.ids == [taken.message_id]


def test_taken_but_not_noted_is_told_twice_under_one_id(store: Store, clock: FixedClock) -> None:
    """The database broke off between the answer and its note: at least once, and the receiver can tell."""
    flaky = _Forgetful(store)
    with receiving(answers(200)) as wms, courier(flaky, clock, {"wms": wms.url}):
        tell(store, "order:A", 1)
        wait_for(lambda: len(wms.received) == 1 and flaky.forgot >= 1)
    with receiving(answers(200)) as again, courier(store, clock, {"wms": again.url}):
        clock.instant = NOON + LEASE
        wait_for(lambda: states(store) == [("delivered", 2, 200, None)])
    assert again.ids == wms.ids


def test_where_nobody_listens_messages_wait(store: Store, clock: FixedClock) -> None:
    """No attempt is used up for a target that is not set."""
    tell(store, "order:A", 1, target="chat")
    with receiving(answers(200)) as wms, courier(store, clock, {"wms": wms.url}):
        tell(store, "order:A", 2)
        wait_for(lambda: len(wms.received) == 1)
    assert [one[:2] for one in states(store)] == [("waiting", 0), ("delivered", 1)]


def test_an_inner_address_is_not_reached(store: Store, clock: FixedClock) -> None:
    """The machine itself is not on the list: nothing comes there, and the message says why it failed."""
    with receiving(answers(200)) as wms, courier(store, clock, {"wms": wms.url}, allowed=read_allowed("10.0.0.0/8")):
        tell(store, "order:A", 1)
        wait_for(lambda: states(store) == [("waiting", 1, None, "forbidden_address")])
        assert wms.received == []


def names(*answers_in_turn: list[str]) -> Manner:
    """A courier whose resolver answers so, look after look; the last answer stays."""
    left = list(answers_in_turn)

    async def resolve(host: str, port: int) -> list[str]:
        assert host == "wms.test"
        return left.pop(0) if len(left) > 1 else left[0]

    return replace(QUICK, resolve=resolve)


def by_name(receiver: Receiver) -> dict[str, str]:
    """Its address by a name that only the injected resolver knows."""
    return {"wms": receiver.url.replace("127.0.0.1", "wms.test")}


def test_the_checked_address_is_the_one_connected_to(store: Store, clock: FixedClock) -> None:
    """The name is asked once for each attempt, and the host that the receiver hears is the name."""
    allowed = read_allowed("wms.test")
    with receiving(answers(200)) as wms:
        # A second question would be answered with an address where nobody is.
        manner = names(["127.0.0.1"], ["127.0.0.9"])
        with courier(store, clock, by_name(wms), manner, allowed=allowed):
            tell(store, "order:A", 1)
            wait_for(lambda: states(store) == [("delivered", 1, 200, None)])
        assert wms.received[0].headers["host"] == by_name(wms)["wms"].split("/")[2]


def test_a_name_that_turns_inside_is_refused(store: Store, clock: FixedClock) -> None:
    """Public addresses with an inner one among them: none is tried."""
    with receiving(answers(200)) as wms:
        for found in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], []):
            tell(store, f"order:{found}", 1)
            secured = {"wms": by_name(wms)["wms"].replace("http:", "https:")}
            with courier(store, clock, secured, names(found), allowed=read_allowed("")):
                wait_for(lambda: all(one.last_error is not None for one in stored(store)))
        assert wms.received == []
    assert [one.last_error for one in stored(store)] == ["forbidden_address"] * 3 + ["unknown_host"]


def test_another_address_is_tried_where_nobody_is_at_the_first(store: Store, clock: FixedClock) -> None:
    """A host with two addresses of which one is down."""
    with receiving(answers(200)) as wms:
        manner = names(["127.0.0.9", "127.0.0.1"])
        with courier(store, clock, by_name(wms), manner, allowed=read_allowed("wms.test")):
            tell(store, "order:A", 1)
            wait_for(lambda: states(store) == [("delivered", 1, 200, None)])


class _Forgetful(Store):
    """A store that breaks off whenever a delivery is to be noted: after the first claim that found something."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.engine)
        self._found, self.forgot = False, 0

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self._found:
            self.forgot += 1
            raise StoreUnavailable("away")
        with super().begin() as connection:
            yield connection
            self._found = any(one.attempts for one in messages(connection))
