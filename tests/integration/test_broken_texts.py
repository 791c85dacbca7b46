"""Texts that no store can hold, with a NUL or half of a character: told by the field, wherever somebody puts one."""

import json
import tracemalloc
from urllib.parse import quote

import httpx
import pytest

from callbacks.broken_text import broken_in_address, broken_in_json
from tests.people import PASSWORD

KEY = {"Idempotency-Key": "a-key-of-ours"}
HALF = "\ud800"
"""JSON can carry it, UTF-8 cannot."""

ADDRESSES = [
    ("GET", "/api/v1/actions/a%00b", "path"),
    ("POST", "/api/v1/actions/a%00b/undo", "path"),
    ("POST", "/api/v1/actions/a%00b/cancel", "path"),
    ("POST", "/api/v1/actions/ho%00ld/preview", "path"),
    ("POST", "/api/v1/outbox/a%00b/send", "path"),
    ("GET", "/api/v1/orders/a%00b", "path"),
    ("GET", "/api/v1/nodes/a%00b", "path"),
    ("GET", "/api/v1/nodes/review/orders?order_id=%00", "order_id"),
    ("GET", "/api/v1/nodes/review/orders?sort=%00", "sort"),
    ("GET", "/api/v1/nodes/review/orders.csv?operator=a%00", "operator"),
    ("GET", "/api/v1/lifeline?slice=channel%3D%00", "slice"),
    ("GET", "/api/v1/outbox?subject=%00", "subject"),
    ("GET", "/api/v1/outbox?action_id=%00", "action_id"),
    ("GET", "/api/v1/outbox?target=%00", "target"),
    *(("GET", f"/api/v1/audit?{name}=a%00", name) for name in ("actor", "kind", "subject", "action_id", "cursor")),
    ("GET", "/api/v1/audit.csv?kind=%00", "kind"),
    ("GET", "/api/v1/trends?n%00=1", "n\ufffd"),
]


def test_a_deep_and_wide_body_takes_no_more_than_its_size():
    """Nine hundred lists around twenty thousand numbers: their names written out would take 150 MB."""
    body = b"[" * 900 + b"1," * 20_000 + b'"\\ud83d\\ude00"' + b"]" * 900
    tracemalloc.start()
    try:
        assert broken_in_json(body) is None
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("method", "path", "field"), ADDRESSES)
def test_an_address_that_no_text_can_be(api: httpx.Client, method: str, path: str, field: str):
    """The parameter by its name; at such a path there is nothing."""
    answer = api.request(method, path, headers=KEY, json=None if method == "GET" else {})
    told(answer, field, 404 if field == "path" else 422)


@pytest.mark.parametrize("wrong", ["\0", "a\0b", HALF, f"a{HALF}b"])
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/actions/hold/preview", {"orders": ["A", "{}"]}, "orders.1"),
        ("/api/v1/actions/hold/preview", {"query": {"node": "review", "order_id": "{}"}}, "query.order_id"),
        ("/api/v1/actions/hold/preview", {"query": {"node": "review", "filters": {"a": "{}"}}}, "query.filters.a"),
        ("/api/v1/actions/suspend_intake/preview", {"subjects": ["{}"]}, "subjects.0"),
        ("/api/v1/actions/note/preview", {"orders": ["A"], "params": {"text": "{}"}}, "params.text"),
        ("/api/v1/actions", {"preview_id": "{}", "reason": "why"}, "preview_id"),
        ("/api/v1/actions", {"preview_id": "a", "reason": "{}"}, "reason"),
        ("/api/v1/actions/a/undo", {"reason": "{}"}, "reason"),
        (
            "/_dash-update-component",
            {"output": "a.b", "inputs": [{"value": "{}"}]},
            "inputs.0.value",
        ),
    ],
)
def test_a_body_that_no_text_can_be(api: httpx.Client, path: str, body: dict, field: str, wrong: str):
    """The field by its way from the outermost one, escaped or not."""
    written = json.dumps(body).replace('"{}"', json.dumps(wrong))
    plain = json.dumps(body).replace("{}", wrong).encode("utf-8", "surrogatepass")
    headers = {**KEY, "Content-Type": "application/json", "Origin": str(api.base_url).rstrip("/")}
    told(api.post(path, content=written, headers=headers), field)
    if "\0" not in wrong:  # which JSON takes escaped only
        told(api.post(path, content=plain, headers=headers), field)


@pytest.mark.parametrize("field", ["name", "password"])
def test_a_form_that_no_text_can_be(api: httpx.Client, field: str):
    """The sign-in form, however it is sent."""
    form = api.get("/login").text
    fields = {"csrf": form.split('name="csrf" value="')[1].split('"')[0], "name": "boss", "password": PASSWORD}
    origin, wrong = {"Origin": str(api.base_url).rstrip("/")}, {**fields, field: "a\0b"}
    told(api.post("/login", data=wrong, headers=origin), field)
    told(api.post("/login", files={name: (None, value) for name, value in wrong.items()}, headers=origin), field)


def test_half_a_character_in_a_filter_within_the_address(api: httpx.Client):
    """The grid's own model is JSON in a parameter; a cursor is JSON in disguise."""
    for model in ('{"operator": {"type": "contains", "filter": "\\ud800"}}', '{"\\ud800": {}}', "[" * 4000):
        told(api.get(f"/api/v1/nodes/review/orders?filters={quote(model)}"), "filters")


def test_a_page_whose_address_no_text_can_be_is_no_page(api: httpx.Client):
    """For a person a page, 404; in a layout and a call the page that says so, or the problem."""
    for path in ("/order/%00", "/node/a%00", "/?slice=channel%3D%00", "/audit?actor=%00"):
        answer = api.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        layout = api.get("/_dash-layout", headers={"Referer": f"{str(api.base_url).rstrip('/')}{path}"})
        assert (layout.status_code, "There is no page at this address" in layout.text) == (200, True)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/actions/hold/preview", {"orders": ["A", ""]}, "orders.1"),
        ("/api/v1/actions/hold/preview", {"subjects": ["A"]}, "orders"),
        ("/api/v1/actions/suspend_intake/preview", {"orders": ["A"]}, "subjects"),
        ("/api/v1/actions/hold/preview", {"query": {"node": "review", "colour": "red"}}, "query.colour"),
        ("/api/v1/actions/hold/preview", {"query": {"node": "review", "order_id": "none such"}}, "query"),
        ("/api/v1/actions/note/preview", {"orders": ["A"], "params": {"words": "x"}}, "words"),
        ("/api/v1/actions", {"preview_id": "a", "reason": " "}, "reason"),
        ("/api/v1/actions", {"reason": "why"}, "preview_id"),
        ("/api/v1/actions", b"{", "body"),
    ],
)
def test_a_problem_names_the_field_that_is_wrong(api: httpx.Client, path: str, body: object, field: str):
    """Whatever is wrong with it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = api.post(path, content=content, headers={**KEY, "Content-Type": "application/json"})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert problem.get("parameter") or problem["errors"][0]["parameter"] == field
    assert problem.get("parameter", field) == field


def test_a_key_that_cannot_be_read_is_named(api: httpx.Client):
    """A header too."""
    told(
        api.post("/api/v1/actions", json={"preview_id": "a", "reason": "b"}, headers={"Idempotency-Key": "x"}),
        "Idempotency-Key",
    )


def test_whole_texts_are_left_alone():
    """A pair of halves is a character; an escaped backslash escapes nothing."""
    assert broken_in_json(rb'{"a": "\ud83d\ude00", "b": "\\u0000"}') is None
    assert broken_in_json(rb'{"a": {"b\u0000": 1}}') == "a.b\ufffd"
    assert broken_in_json(rb'"\ud83d"') == "body"
    assert broken_in_json(b"no JSON \x00") is None
    assert broken_in_address("/order/\U0001f600", "q=%F0%9F%98%80&r=%25%30%30") is None
    assert broken_in_address("/", "q=%C0%80") is None  # two bytes that are no character become a sign for that


def told(answer: httpx.Response, field: str, status: int = 422) -> None:
    """Whether it is a problem that names the field."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["parameter"] == field
