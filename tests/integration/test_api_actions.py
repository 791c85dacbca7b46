"""Acting over HTTP: the catalogue, the preview, doing it once, how far it is, taking it back; and who may not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.actions import CATALOGUE
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Permission, Role
from datasource.fold import fold
from datasource.recording import record
from datasource.store import Store
from tests.builders import NOON, hours, order_events
from tests.contract.acting_shop import REACHED, contents, open_shop
from tests.serving import serving

NOW = hours(4)
HOLD = "/api/v1/actions/hold/preview"
PROBLEM = "application/problem+json"


@pytest.fixture
def clock() -> FixedClock:
    """Four o'clock."""
    return FixedClock(NOW)


@pytest.fixture
def acted(store: Store, lifeline: Lifeline) -> Store:
    """A shop to act on, folded."""
    open_shop(store, lifeline)
    with store.begin() as connection:
        fold(connection, NOW, lifeline)
    return store


@contextmanager
def client(store: Store, clock: FixedClock, visitor: Caller | None) -> Iterator[httpx.Client]:
    """A client that is taken for this caller."""
    with (
        serving(store, clock, keep=False, visitor=visitor) as address,
        httpx.Client(base_url=address, timeout=30) as api,
    ):
        yield api


@pytest.fixture
def api(acted: Store, clock: FixedClock) -> Iterator[httpx.Client]:
    """A client that may do everything."""
    with client(acted, clock, Caller("li.wei", CallerKind.VISITOR, Role.ADMIN)) as api:
        yield api


def previewed(api: httpx.Client, kind: str = "hold", **asked: Any) -> dict[str, Any]:
    """The answer to a preview; of one order unless told otherwise."""
    answer = api.post(f"/api/v1/actions/{kind}/preview", json=asked or {"orders": ["PICK"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


def applied(
    api: httpx.Client, preview: dict[str, Any], key: str = "key-number-1", reason: str = "customer called"
) -> Any:
    """The answer to applying it."""
    asked = {"preview_id": preview["preview_id"], "reason": reason}
    return api.post("/api/v1/actions", json=asked, headers={"Idempotency-Key": key})


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer must be."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told = answer.json()
    assert told["status"] == status and told["title"] and told["detail"] and told["type"].startswith("/api/docs#")
    return told


def test_a_preview_says_what_would_become_of_each_order_and_changes_nothing(api: httpx.Client, acted: Store):
    """Of one that may be held before and after, and no more; of the others why not."""
    before = contents(acted)
    told = previewed(api, orders=["PICK", "DONE", "none", "PICK"])
    assert [set(one) for one in told["changes"]] == [{"order_id", "before", "after"}]
    assert told["changes"][0]["order_id"] == "PICK" and told["changes"][0]["before"] != told["changes"][0]["after"]
    assert [(set(one), one["order_id"]) for one in told["refused"]] == [
        ({"order_id", "reason"}, "DONE"),
        ({"order_id", "reason"}, "none"),
    ]
    assert told["kind"] == "hold" and told["expires_at"] > "2026-03-02T08:00:00Z"
    assert contents(acted) == before


def test_what_was_previewed_is_done_and_told(api: httpx.Client):
    """Done at once, as it is few; the item is what the preview said; and it can be asked for again."""
    preview = previewed(api, orders=["PICK", "DONE"])
    answer = applied(api, preview)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {name: told[name] for name in ("status", "done", "failed", "total", "kind", "actor", "reason")} == {
        "status": "partial",
        "done": 1,
        "failed": 1,
        "total": 2,
        "kind": "hold",
        "actor": "li.wei",
        "reason": "customer called",
    }
    by_order = {item["order_id"]: item for item in told["items"]}
    assert by_order["PICK"]["outcome"] == "done" and by_order["PICK"]["at"] == "2026-03-02T08:00:00Z"
    assert {name: by_order["PICK"][name] for name in ("before", "after")} == {
        name: preview["changes"][0][name] for name in ("before", "after")
    }
    assert (by_order["DONE"]["outcome"], bool(by_order["DONE"]["reason"])) == ("refused", True)
    assert api.get(f"/api/v1/actions/{told['action_id']}").json() == told


def test_the_audit_has_it(api: httpx.Client):
    """Who, why, and the same before and after."""
    preview = previewed(api)
    action = applied(api, preview).json()["action_id"]
    entry = api.get("/api/v1/audit?subject=PICK").json()["entries"][0]
    assert (entry["actor"], entry["kind"], entry["reason"], entry["action_id"]) == (
        "li.wei",
        "hold",
        "customer called",
        action,
    )
    assert (entry["before"], entry["after"]) == tuple(preview["changes"][0][name] for name in ("before", "after"))


def test_the_same_key_does_it_once(api: httpx.Client, acted: Store):
    """The stored answer for the same request, 409 for another one, and nothing twice."""
    preview = previewed(api)
    first = applied(api, preview)
    after = contents(acted)
    assert applied(api, preview).json() == first.json()
    problem(applied(api, preview, reason="another reason"), 409)
    problem(applied(api, previewed(api, orders=["REVIEW"])), 409)
    assert {name: rows for name, rows in contents(acted).items() if name != "preview"} == after


def test_a_preview_is_used_up(api: httpx.Client):
    """With another key there is nothing left to apply."""
    preview = previewed(api)
    assert applied(api, preview).status_code == 200
    problem(applied(api, preview, "key-number-2"), 404)


def test_a_preview_ends(api: httpx.Client, clock: FixedClock):
    """What was seen an hour ago is not done."""
    preview = previewed(api)
    clock.instant = hours(5)
    problem(applied(api, preview), 404)


def test_undo_is_a_new_action(api: httpx.Client):
    """The order is as before; the undone action is named, and neither it nor the undo can be taken back again."""
    preview = previewed(api)
    action = applied(api, preview).json()
    assert action["undoable"]
    way, headers = f"/api/v1/actions/{action['action_id']}/undo", {"Idempotency-Key": "undo-number-1"}
    undone = api.post(way, json={"reason": "wrong order"}, headers=headers)
    assert undone.status_code == 200, undone.text
    told = undone.json()
    assert (told["undoes"], told["status"], told["done"]) == (action["action_id"], "done", 1)
    change = preview["changes"][0]
    assert (told["items"][0]["before"], told["items"][0]["after"]) == (change["after"], change["before"])
    assert api.post(way, json={"reason": "wrong order"}, headers=headers).json() == told
    problem(api.post(way, json={"reason": "another"}, headers=headers), 409)
    once_more = {"Idempotency-Key": "undo-number-2"}
    problem(api.post(f"/api/v1/actions/{told['action_id']}/undo", json={"reason": "x"}, headers=once_more), 409)
    refused = problem(api.post(way, json={"reason": "once more"}, headers=once_more), 409)
    assert (refused["code"], refused["undone_by"]) == ("undone", told["action_id"])
    assert told["action_id"] in refused["detail"]
    stands = api.get(f"/api/v1/actions/{action['action_id']}").json()
    assert (action["undone_by"], stands["undoable"], stands["undone_by"]) == (None, False, told["action_id"])


def test_whoever_polls_may_leave_the_items_out(api: httpx.Client):
    """The rest of the answer is the same."""
    told = applied(api, previewed(api, orders=["PICK", "DONE"])).json()
    way = f"/api/v1/actions/{told['action_id']}"
    assert api.get(f"{way}?items=false").json() == {**told, "items": []}
    problem(api.get(f"{way}?items=some"), 422)


def test_somebody_who_is_not_there_is_not_assigned_to(api: httpx.Client):
    """The answer lists who may be."""
    asked = {"orders": ["PICK"], "params": {"to": "ghost"}}
    told = problem(api.post("/api/v1/actions/assign/preview", json=asked), 422)
    assert (told["code"], "“ghost” is neither" in told["detail"], "warehouse" in told["detail"]) == (
        "param_nobody",
        True,
        True,
    )


def test_cancel_leaves_what_is_over_as_it_is(api: httpx.Client):
    """It ended before."""
    action = applied(api, previewed(api)).json()
    answer = api.post(f"/api/v1/actions/{action['action_id']}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["done"]) == (200, "done", 1)


def test_a_large_action_goes_on_after_its_answer(api: httpx.Client, acted: Store, lifeline: Lifeline):
    """202 and where to ask; and in the end every order is done."""
    names = [f"PICK{number}" for number in range(100, 140)]
    with acted.begin() as connection:
        events = [event for name in names for event in order_events(name, NOON, ("place", 5.0), ("pay", 10.0))]
        record(connection, events, lifeline, NOW)
    answer = applied(api, previewed(api, orders=names))
    action = answer.json()["action_id"]
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/actions/{action}")
    for _ in range(200):
        told = api.get(f"/api/v1/actions/{action}").json()
        if told["status"] != "running":
            break
    assert (told["status"], told["done"], len(told["items"])) == ("done", 40, 40)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"node": "pick"}, {"PICK", "PICK2"}),
        ({"node": "pick", "slice": "warehouse=HZ1"}, {"PICK", "PICK2"}),
        ({"node": "pick", "order_id": "k2"}, {"PICK2"}),
        (
            {"node": "pick", "filters": {"order_id": {"filterType": "text", "type": "endsWith", "filter": "CK"}}},
            {"PICK"},
        ),
        ({"node": "review", "state": "in_progress", "carrier": "zto"}, {"REVIEW"}),
    ],
)
def test_a_query_means_the_orders_of_that_list(api: httpx.Client, query: dict[str, Any], expected: set[str]):
    """The same as the list has, resolved once."""
    told = previewed(api, query=query)
    assert {one["order_id"] for one in (*told["changes"], *told["refused"])} == expected


def test_a_query_is_frozen_at_the_preview(api: httpx.Client, acted: Store, lifeline: Lifeline):
    """An order that comes to the node afterwards is not acted on."""
    preview = previewed(api, query={"node": "review"})
    with acted.begin() as connection:
        record(connection, order_events("LATE", NOON, ("place", 5.0), ("pay", 10.0)), lifeline, NOW)
    assert [item["order_id"] for item in applied(api, preview).json()["items"]] == ["REVIEW"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"orders": []}, 422),
        ({"orders": ["A"], "query": {"node": "pick"}}, 422),
        ({"orders": "A"}, 422),
        ({"orders": ["x" * 200]}, 422),
        ({"orders": ["a\u0000b"]}, 422),
        ({"subjects": ["MILK"]}, 422),
        ({"query": {"node": "moon"}}, 404),
        ({"query": {"state": "overdue"}}, 422),
        ({"query": {"node": "pick", "colour": "red"}}, 422),
        ({"query": {"node": "pick", "state": "lost"}}, 422),
        ({"query": {"node": "pick", "order_id": 4}}, 422),
        ({"query": {"node": "pick", "slice": "moon=1"}}, 422),
        ({"query": {"node": "pick", "filters": {"colour": {"type": "contains", "filter": "x"}}}}, 422),
        ({"query": {"node": "pick", "order_id": "nothing like it"}}, 422),
        ({"orders": ["PICK"], "params": {"colour": "red"}}, 422),
        ({"orders": ["PICK"], "more": 1}, 422),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_cannot_be_previewed_is_a_problem(api: httpx.Client, asked: dict[str, Any], status: int, lang: str):
    """In both languages, with its title in that language."""
    told = problem(api.post(f"{HOLD}?lang={lang}", json=asked), status)
    assert (told["title"] in {"请求无效", "未找到"}) == (lang == "zh")


def test_too_many_orders_are_refused_with_their_number(api: httpx.Client):
    """1,001 named ones."""
    told = problem(api.post(HOLD, json={"orders": [f"X{number}" for number in range(1001)]}), 422)
    assert "1001" in told["detail"] and "1000" in told["detail"]


@pytest.mark.parametrize(
    ("headers", "asked", "status"),
    [
        ({}, {"reason": "r"}, 400),
        ({"Idempotency-Key": "x" * 201}, {"reason": "r"}, 422),
        ({"Idempotency-Key": "x" * 7}, {"reason": "r"}, 422),
        ({"Idempotency-Key": "key-number-1"}, {}, 422),
        ({"Idempotency-Key": "key-number-1"}, {"reason": "  "}, 422),
        ({"Idempotency-Key": "key-number-1"}, {"reason": "x" * 501}, 422),
        ({"Idempotency-Key": "key-number-1"}, {"reason": "a\u0000b"}, 422),
        ({"Idempotency-Key": "key-number-1"}, {"reason": "r", "preview_id": "none"}, 404),
    ],
)
def test_what_cannot_be_applied_is_a_problem(api: httpx.Client, headers: dict, asked: dict, status: int):
    """No key, a bad one, no reason, one too long, no such preview."""
    preview = previewed(api)
    body = {"preview_id": preview["preview_id"], **asked}
    problem(api.post("/api/v1/actions", json=body, headers=headers), status)


def test_what_is_not_there_is_not_found(api: httpx.Client):
    """No such kind, no such action; and what is no JSON."""
    problem(api.post("/api/v1/actions/dance/preview", json={"orders": ["A"]}), 404)
    problem(api.get("/api/v1/actions/none"), 404)
    problem(
        api.post("/api/v1/actions/none/undo", json={"reason": "r"}, headers={"Idempotency-Key": "key-number-1"}), 404
    )
    problem(api.post("/api/v1/actions/none/cancel"), 404)
    problem(api.post(HOLD, content=b"{"), 422)


def test_a_sku_and_an_outlet_are_subjects(api: httpx.Client):
    """Named so, and answered so."""
    told = previewed(api, "suspend_intake", subjects=["MILK", "none"])
    assert [set(one) for one in told["changes"]] == [{"subject", "before", "after"}]
    assert [one["subject"] for one in told["refused"]] == ["none"]
    done = applied(api, told).json()
    assert [(item["subject"], item["outcome"]) for item in done["items"]] == [("MILK", "done"), ("none", "refused")]
    problem(api.post("/api/v1/actions/suspend_intake/preview", json={"orders": ["PICK"]}), 422)


def test_what_goes_outside_is_told_before(api: httpx.Client):
    """A new pick list goes to the WMS; after it is applied, the outbox has it."""
    told = previewed(api, "retry_dispatch", orders=["PICK"])
    assert [(one["subject"], one["target"], one["kind"]) for one in told["outside"]] == [
        ("PICK", "wms", "pick_list.created")
    ]
    action = applied(api, told).json()["action_id"]
    messages = api.get(f"/api/v1/outbox?action_id={action}").json()["messages"]
    assert [(one["target"], one["kind"]) for one in messages] == [("wms", "pick_list.created")]


def test_the_catalogue_says_what_this_caller_may(acted: Store, clock: FixedClock):
    """An operator of the warehouse, finance, a viewer; each with every action, its words and its parameters."""
    for role, team, may, may_not in (
        (Role.ADMIN, None, {kind.key for kind in CATALOGUE}, set()),
        (Role.FINANCE, None, {"freeze_settlement", "note"}, {"retry_dispatch"}),
        (Role.VIEWER, None, set(), {kind.key for kind in CATALOGUE}),
    ):
        with client(acted, clock, Caller("x", CallerKind.VISITOR, role, team)) as api:
            told = {one["key"]: one for one in api.get("/api/v1/actions?lang=zh").json()["actions"]}
        allowed = {key for key, one in told.items() if one["may"]}
        assert told.keys() == {kind.key for kind in CATALOGUE}
        assert may <= allowed and not may_not & allowed
    assert told["note"]["params"][0] | {"label": ""} == {
        "key": "text",
        "label": "",
        "kind": "text",
        "required": True,
        "choices": [],
        "longest": 2000,
    }
    assert not told["cancel_order"]["undoable"] and told["hold"]["inverse"] == "release_hold"


WAYS = (
    ("POST", HOLD, {"orders": ["PICK"]}),
    ("POST", "/api/v1/actions", {"preview_id": "p", "reason": "r"}),
    ("GET", "/api/v1/actions/none", None),
    ("POST", "/api/v1/actions/none/undo", {"reason": "r"}),
    ("POST", "/api/v1/actions/none/cancel", None),
)


@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        (Caller("viewer", CallerKind.VISITOR, Role.VIEWER), 403),
        (Caller("replay", CallerKind.VISITOR, Role.VIEWER, extra=frozenset({Permission.REPLAY})), 403),
        (None, 401),
    ],
)
def test_whoever_may_not_act_is_refused_at_every_door(acted: Store, clock: FixedClock, visitor: Any, status: int):
    """By the server, whatever the page shows; and nothing is changed."""
    before = contents(acted)
    with client(acted, clock, visitor) as api:
        for verb, way, body in WAYS:
            problem(api.request(verb, way, json=body, headers={"Idempotency-Key": "key-number-1"}), status)
    assert contents(acted) == before


def test_a_role_may_do_its_own_actions_only(acted: Store, clock: FixedClock):
    """An operator may not freeze a settlement, finance may not retry a dispatch; told in the caller's language."""
    for role, kind in ((Role.OPERATOR, "freeze_settlement"), (Role.FINANCE, "retry_dispatch")):
        with client(acted, clock, Caller("x", CallerKind.VISITOR, role, "logistics")) as api:
            told = problem(api.post(f"/api/v1/actions/{kind}/preview", json={"orders": ["PICK"]}), 403)
            assert told["code"] == "denied"


ORDERS = st.lists(st.sampled_from(sorted(REACHED)), min_size=1, max_size=4, unique=True)
KINDS = st.sampled_from([kind.key for kind in CATALOGUE if kind.subject == "order"])
PARAMS = {"text": "a note", "title": "a ticket", "to": "finance", "provider": "cainiao", "invoice": "INV-1"}


def own(change: dict[str, Any]) -> tuple[Any, Any]:
    """Before and after, without what is left of a SKU: that is no order's own, and the batch changes it for all."""
    states = json.loads(json.dumps([change["before"], change["after"]]))
    for state in states:
        for name, part in state.items():
            if name.startswith("stock:") and part:
                part.pop("available", None)
    return tuple(states)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(KINDS, ORDERS), min_size=1, max_size=3))
def test_what_is_applied_is_what_was_previewed(api: httpx.Client, acted: Store, steps: list[tuple[str, list[str]]]):
    """Whatever is done in whatever order: the items are the preview's changes, refused orders stay as they were."""
    kinds = {kind.key: kind for kind in CATALOGUE}
    for kind, orders in steps:
        params = {one.key: one.choices[0] if one.choices else PARAMS.get(one.key, "x1") for one in kinds[kind].params}
        preview = previewed(api, kind, orders=orders, params=params)
        refused = {one["order_id"]: contents(acted, one["order_id"]) for one in preview["refused"]}
        told = applied(api, preview, preview["preview_id"]).json()
        done = {item["order_id"]: item for item in told["items"] if item["outcome"] == "done"}
        assert {one["order_id"]: own(one) for one in preview["changes"]} == {
            order: own(item) for order, item in done.items()
        }
        assert {order: contents(acted, order) for order in refused} == refused
        assert told["failed"] == len(refused)


def test_every_answer_is_described(api: httpx.Client):
    """Each route with its answers; a problem for each error; bodies with examples."""
    schema = api.get("/api/openapi.json").json()
    for verb, way, body in (*WAYS, ("GET", "/api/v1/actions", None)):
        path = way.replace("/hold/", "/{kind}/").replace("/none", "/{action_id}")
        route = schema["paths"][path][verb.lower()]
        assert {"200", "401", "403", "503"} <= route["responses"].keys() and route["summary"]
        if body is not None:
            name = route["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schema["components"]["schemas"][name]["examples"]
