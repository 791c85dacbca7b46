"""``POST /api/v1/events`` and ``/heartbeat``: who may write, what is stored, and what is said of the rest."""

import json
from decimal import Decimal

import httpx
import pytest

from datasource.order_details import order_detail
from datasource.watermarks import watermarks
from tests.builders import hours, seconds
from tests.integration.conftest import NOW
from tests.serving import AUTHORISED, serving

AT = "2026-03-02T15:55:00+08:00"


def event(**changes) -> dict:
    """A good event: a new order leaves the pick at 15:55."""
    return {"order_id": "N-1", "event_id": "e1", "kind": "left", "node": "pick", "at": AT, "source": "wms"} | changes


def post(api: httpx.Client, *events, **headers) -> httpx.Response:
    """Send a batch with the token."""
    return api.post("/api/v1/events", json={"events": list(events)}, headers=AUTHORISED | headers)


def test_an_event_is_stored_whole(api: httpx.Client, shop, lifeline):
    """Operator, source, document and the order's facts arrive in the store; money to the cent."""
    told = {
        "outer_order_id": "TB-9",
        "amount": 19.9,
        "currency": "CNY",
        "dimensions": {"channel": "jd"},
        "created_at": AT,
    }
    answer = post(api, event(operator="HZ1-07", document="W-3", facts=told))
    assert (answer.status_code, answer.json()) == (
        200,
        {"received": 1, "stored": 1, "known": 0, "orders": 1, "rejected": []},
    )
    with shop.begin() as connection:
        detail = order_detail(connection, lifeline, "N-1")
    visit = next(visit for visit in detail.state.visits if visit.node == "pick")
    assert (visit.left_at, visit.operator, visit.source, visit.document) == (hours(3 + 55 / 60), "HZ1-07", "wms", "W-3")
    assert (detail.state.facts.amount, detail.state.facts.dimensions) == (Decimal("19.90"), {"channel": "jd"})


def test_sending_a_batch_twice_changes_nothing(api: httpx.Client):
    """The second time every event is known."""
    batch = [event(), event(event_id="e2", node="pack"), event(order_id="N-2")]
    assert post(api, *batch).json()["stored"] == 3
    again = post(api, *batch).json()
    assert (again["stored"], again["known"]) == (0, 3)


def test_a_bad_event_does_not_keep_the_good_ones_out(api: httpx.Client):
    """Each rejected event is named by place, id, field and reason; the others are stored."""
    answer = post(
        api,
        event(),
        event(event_id="e2", node="moon"),
        event(event_id="e3", kind="flew"),
        event(event_id="e4", at="2026-03-02T15:55:00"),
        event(event_id="e5", at="2026-03-03T15:55:00+08:00"),
        event(event_id="e6", node=None),
        event(event_id="e7", facts={"amount": "much"}),
        event(event_id="e8", facts={"dimensions": {"colour": "red"}}),
        event(event_id="e9", oprator="x"),
        "not an event",
        event(order_id="N-2\u0000"),
        event(event_id="e11", at="0001-01-01T00:00:00+08:00"),
        event(event_id="e12", facts={"created_at": "9999-12-31T23:59:59-05:00"}),
    ).json()
    assert (answer["received"], answer["stored"], answer["orders"]) == (13, 1, 1)
    assert [(one["index"], one["event_id"], one["field"]) for one in answer["rejected"]] == [
        (1, "e2", "node"),
        (2, "e3", "kind"),
        (3, "e4", "at"),
        (4, "e5", "at"),
        (5, "e6", None),
        (6, "e7", "facts.amount"),
        (7, "e8", "facts.dimensions"),
        (8, "e9", "oprator"),
        (9, None, None),
        (10, "e1", "order_id"),
        (11, "e11", "at"),
        (12, "e12", "facts.created_at"),
    ]
    assert answer["rejected"][0]["reason"] == "the lifeline has no node 'moon'"
    assert all(one["reason"] for one in answer["rejected"])


def test_nobody_speaks_for_the_people_here(api: httpx.Client, shop):
    """The product's own source, ids like those of its own events, and corrections of these: each refused by itself."""
    answer = post(
        api,
        event(),
        event(event_id="e2", source="lifeline"),
        event(event_id="e3", source=" Lifeline "),
        event(event_id="lifeline:4:left"),
        event(event_id="e5", corrects="lifeline:4:left"),
        event(event_id="e6", kind="void", corrects="lifeline:4:left"),
        event(event_id="lifelines:7", source="lifeline-2", operator="lifeline"),
    ).json()
    assert (answer["stored"], [(one["index"], one["field"]) for one in answer["rejected"]]) == (
        2,
        [(1, "source"), (2, "source"), (3, "event_id"), (4, "corrects"), (5, "corrects")],
    )
    assert "'lifeline' is what people do here" in answer["rejected"][0]["reason"]
    beat = {"source": "lifeline", "at": "2026-03-02T15:55:00+08:00"}
    told = api.post("/api/v1/heartbeat", json=beat, headers=AUTHORISED)
    assert (told.status_code, told.json()["parameter"]) == (422, "source")
    with shop.read() as connection:
        assert "lifeline" not in watermarks(connection)


def test_half_a_character_spoils_its_own_event_only(api: httpx.Client):
    """JSON can carry a lone surrogate, UTF-8 cannot: such an event is refused, and its id told as far as it goes."""
    batch = [event(), event(event_id="e\ud800"), event(event_id="e3", operator="\udfff")]
    told = api.post("/api/v1/events", content=json.dumps({"events": batch}), headers=AUTHORISED)
    assert (told.status_code, told.json()["stored"]) == (200, 1)
    rejected = [(one["index"], one["event_id"], one["field"]) for one in told.json()["rejected"]]
    assert rejected == [(1, "e?", "event_id"), (2, "e3", "operator")]


@pytest.mark.parametrize("created_at", ["2026-03-03T15:55:00+08:00", "1970-01-01T08:00:00+08:00"])
def test_an_order_is_made_neither_tomorrow_nor_at_the_beginning_of_time(api: httpx.Client, created_at: str):
    """Its creation is where its first visit begins, and is held to what every other instant is."""
    (rejected,) = post(api, event(), event(order_id="N-2", facts={"created_at": created_at})).json()["rejected"]
    assert (rejected["index"], rejected["field"]) == (1, "facts.created_at")


def test_a_batch_without_one_good_event_is_a_problem(api: httpx.Client):
    """A client that looks at the status alone must not take it for done."""
    answer = post(api, event(node="moon"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["rejected"][0]["field"] == "node"


def test_a_correction_takes_the_place_of_its_event(api: httpx.Client, shop, lifeline):
    """The order left the pick ten minutes earlier than was said first."""
    post(api, event())
    post(api, event(event_id="e2", at="2026-03-02T15:45:00+08:00", corrects="e1"))
    with shop.begin() as connection:
        visits = order_detail(connection, lifeline, "N-1").state.visits
    assert [visit.left_at for visit in visits if visit.node == "pick"] == [hours(3.75)]


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", "Basic a-token-for-tests-only", "Bearer a-token-for-tests-onlyx"],
)
def test_without_the_token_nothing_is_stored(api: httpx.Client, shop, authorization: str | None):
    """401 that says how to show it; the store has no such order."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = api.post("/api/v1/events", json={"events": [event()]}, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert api.get("/api/v1/orders/N-1").status_code == 404


def test_where_no_token_is_set_nobody_may_write(shop, clock):
    """403 that says which setting is missing, whatever token is shown; there is no default."""
    with serving(shop, clock, token=None, keep=False) as address:
        for shown in ("Bearer", "Bearer None", AUTHORISED["Authorization"]):
            answer = httpx.post(
                f"{address}/api/v1/events", json={"events": [event()]}, headers={"Authorization": shown}
            )
            assert answer.status_code == 403
            assert "LIFELINE_API_TOKEN" in answer.json()["detail"]


def test_what_is_too_large_is_refused(api: httpx.Client):
    """10,001 events, or more than 16 MB: 413, and nothing is stored."""
    assert post(api, *[event(event_id=f"e{n}") for n in range(10_001)]).status_code == 413
    assert api.post("/api/v1/events", content=b" " * (16 * 1024 * 1024 + 1), headers=AUTHORISED).status_code == 413
    assert api.get("/api/v1/orders/N-1").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[" * 100_000, 400), (b"{}", 422), (b'{"events": []}', 422), (b"3", 422)],
)
def test_a_body_that_is_no_batch_is_a_problem(api: httpx.Client, body: bytes, status: int):
    """Whatever is sent, the answer says what is wrong with it."""
    answer = api.post("/api/v1/events", content=body, headers=AUTHORISED)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_ten_thousand_events_are_taken_at_once(api: httpx.Client):
    """The largest batch that is allowed."""
    answer = post(api, *[event(order_id=f"N-{n}") for n in range(10_000)])
    assert (answer.status_code, answer.json()["stored"]) == (200, 10_000)


def test_a_heartbeat_keeps_a_quiet_source_fresh(api: httpx.Client, shop):
    """Nothing happened at the carrier, but it is there; an instant of the future counts as now."""
    for at, heard in ((seconds(14_000), seconds(14_000)), (hours(9), NOW), (hours(1), NOW)):
        answer = api.post("/api/v1/heartbeat", json={"source": "carrier", "at": at.isoformat()}, headers=AUTHORISED)
        assert answer.status_code == 204
        with shop.begin() as connection:
            assert watermarks(connection)["carrier"] == heard
    assert api.get("/api/v1/lifeline").json()["stale"] is False


def test_a_heartbeat_that_says_nothing_is_a_problem(api: httpx.Client):
    """It needs a source and an instant with its zone."""
    assert api.post("/api/v1/heartbeat", json={"source": "carrier"}, headers=AUTHORISED).status_code == 422
    assert api.post("/api/v1/heartbeat", json={"source": "carrier", "at": AT}).status_code == 401


@pytest.mark.parametrize("at", [1_700_000_000, 1.7e9, True, None])
def test_a_time_must_be_written_out(api: httpx.Client, at: object):
    """A number could mean seconds or milliseconds, in any zone: it is refused, with a word on how to write it."""
    event = {"order_id": "N1", "event_id": "n1", "kind": "left", "node": "place", "at": at}
    answer = api.post("/api/v1/events", json={"events": [event]}, headers=AUTHORISED)
    assert answer.status_code == 422
    assert [(one["field"], "2026-02-25T09:30:00+08:00" in one["reason"]) for one in answer.json()["rejected"]] == [
        ("at", True)
    ]


@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/", "/api/v2/lifeline"])
def test_a_path_that_there_is_not_is_a_problem_not_a_page(api: httpx.Client, path: str):
    """404 with problem details that name the path."""
    answer = api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert path in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [("POST", "/api/v1/lifeline", "GET"), ("GET", "/api/v1/events", "POST"), ("HEAD", "/api/v1/lifeline", "GET")],
)
def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes(
    api: httpx.Client, method: str, path: str, taken: str
):
    """405 with the header that HTTP wants; no page of the site answers in its place."""
    answer = api.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, taken)
    assert answer.headers["content-type"] == "application/problem+json"
