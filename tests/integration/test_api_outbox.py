"""Messages to outside systems over HTTP: how each target does, each message, and one that was given up sent again."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from dashboard.acting import Message
from dashboard.clock import FixedClock
from dashboard.deliveries import Attempt, Fault
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.settings import Settings
from dashboard.webhooks import Webhooks
from datasource.outbox import claim, delivered, enqueue, failed
from datasource.store import Store
from tests.integration.conftest import NOW
from tests.serving import serving

SETTINGS = Settings(port=0, webhooks=Webhooks({"wms": "http://127.0.0.1:9/hook"}, "a-secret-for-tests-only"))


def told(store: Store) -> None:
    """To the WMS: one delivered, one given up, one tried before, one that waits; one to a carrier with no address."""
    with store.begin() as connection:
        for number, order in enumerate("ABCD"):
            at = NOW - timedelta(minutes=60 - number)
            enqueue(
                connection,
                f"order:{order}",
                [Message("wms", "pick_list.created", {"order_id": order})],
                f"act-{order}",
                at,
            )
        enqueue(connection, "order:A", [Message("carrier", "label.requested", {"order_id": "A"})], None, NOW)
    with store.begin() as connection:
        one, dead, again = claim(connection, "wms", NOW, 3)
        delivered(connection, one, Attempt(200), NOW - timedelta(minutes=1))
        failed(connection, dead, Attempt(503, Fault.STATUS), None)
        failed(connection, again, Attempt(None, Fault.TIMEOUT), NOW + timedelta(minutes=5))


@pytest.fixture
def server(shop: Store, clock: FixedClock) -> Iterator[str]:
    """A server over the small shop with these messages; no courier works."""
    told(shop)
    with serving(shop, clock, keep=False, settings=SETTINGS) as address:
        yield address


def dead_one(api: httpx.Client) -> str:
    """The id of the message that was given up."""
    return api.get("/api/v1/outbox?state=dead").json()["messages"][0]["message_id"]


def test_each_target_says_how_it_does(api: httpx.Client):
    """The carrier has no address; of the WMS's three one was given up, one failed before."""
    targets = {one.pop("target"): one for one in api.get("/api/v1/outbox").json()["targets"]}
    assert targets["wms"] == {
        "set_up": True,
        "waiting": 2,
        "retrying": 1,
        "dead": 1,
        "delivered_last_hour": 1,
        "oldest_waiting_at": "2026-03-02T07:02:00Z",
    }
    assert (targets["carrier"]["set_up"], targets["carrier"]["waiting"]) == (False, 1)


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["A", "D", "C", "B", "A"]),
        ("state=dead", ["B"]),
        ("state=waiting&target=wms", ["D", "C"]),
        ("target=carrier", ["A"]),
        ("subject=A", ["A", "A"]),
        ("action_id=act-C", ["C"]),
        ("target=moon", []),
    ],
)
def test_the_filters(api: httpx.Client, query: str, subjects: list[str]):
    """Each by itself and together, the newest first."""
    found = api.get(f"/api/v1/outbox?{query}").json()["messages"]
    assert [one["subject"] for one in found] == [f"order:{subject}" for subject in subjects]


def test_the_cursor_walks_through_the_messages_once(api: httpx.Client):
    """Two at a time, until there is no cursor."""
    seen, cursor = [], ""
    while cursor is not None:
        answer = api.get("/api/v1/outbox", params={"limit": 2, "cursor": cursor}).json()
        seen += [one["subject"] for one in answer["messages"]]
        cursor = answer["cursor"]
    assert seen == [f"order:{order}" for order in "ADCBA"]


def test_a_dead_message_is_sent_again_once(api: httpx.Client):
    """It waits, due at once; a second time there is nothing to do; the audit says who wanted it."""
    message = dead_one(api)
    answer = api.post(f"/api/v1/outbox/{message}/send")
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in ("state", "next_at")} == {
        "state": "waiting",
        "next_at": "2026-03-02T08:00:00Z",
    }
    again = api.post(f"/api/v1/outbox/{message}/send")
    assert (again.status_code, "is waiting" in again.json()["detail"]) == (409, True)
    entry = api.get("/api/v1/audit").json()["entries"][0]
    assert (entry["actor"], entry["kind"], entry["subject"]) == ("visitor", "send_again", "order:B")
    assert (entry["before"]["state"], entry["after"]["state"], entry["action_id"]) == ("dead", "waiting", "act-B")
    assert len(api.get("/api/v1/audit").json()["entries"]) == 1


@pytest.mark.parametrize(("lang", "word"), [("en", "There is no message"), ("zh", "没有此编号的消息")])
def test_a_message_that_there_is_not(api: httpx.Client, lang: str, word: str):
    """404, in the language of the request."""
    answer = api.post(f"/api/v1/outbox/none/send?lang={lang}")
    assert answer.status_code == 404 and word in answer.json()["detail"]


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "limit=501", "cursor=x"])
def test_what_cannot_be_asked_is_a_problem(api: httpx.Client, query: str):
    """Problem details."""
    answer = api.get(f"/api/v1/outbox?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        (Caller("viewer", CallerKind.VISITOR, Role.VIEWER), 403),
        (Caller("finance", CallerKind.VISITOR, Role.FINANCE), 403),
        (None, 401),
    ],
)
def test_whoever_may_not_is_refused(shop: Store, clock: FixedClock, visitor: Caller | None, status: int):
    """To look, and to send; nothing is changed by asking."""
    told(shop)
    with serving(shop, clock, keep=False, visitor=visitor) as address, httpx.Client(base_url=address) as api:
        assert api.get("/api/v1/outbox").status_code == status
        assert api.post("/api/v1/outbox/x/send").status_code == status
