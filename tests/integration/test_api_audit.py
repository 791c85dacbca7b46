"""The audit over HTTP: its pages, its filters, its file, who may not; and the chain's state."""

import csv
import io
import json
from collections.abc import Iterator
from time import monotonic, sleep

import httpx
import pytest

from dashboard.clock import FixedClock
from dashboard.permissions import Caller, CallerKind, Role
from datasource.audit import Entry, append
from datasource.store import Store
from tests.builders import hours, minutes
from tests.integration.conftest import NOW
from tests.serving import serving

PATIENCE_SECONDS = 20.0
HOLD = {"hold": {"by": "li.wei"}}


def entries() -> list[tuple[Entry, float]]:
    """Six writes: four on A, the last an hour after the first, one of a formula's writer, and one of a SKU."""
    return [
        (Entry("li.wei", "10.0.0.1", "hold", "order:A", "act-1", "customer called", {}, HOLD), 0),
        (Entry("li.wei", "10.0.0.1", "release_hold", "order:A", "act-2", "all well", HOLD, {}), 10),
        (Entry("token:wms", "10.0.0.2", "hold", "order:A", "act-3", "=HYPERLINK(1)", {}, HOLD), 20),
        (Entry("=cmd()", "10.0.0.3", "note", "order:B", "act-4", "+1", None, {"note": {"text": "-2"}}), 30),
        (Entry("chen.jing", "10.0.0.4", "suspend_intake", "sku:A", "act-5", "缺货", {"intake": "open"}, None), 40),
        (Entry("li.wei", "10.0.0.1", "hold", "order:A", "act-6", None, {}, HOLD), 60),
    ]


@pytest.fixture
def shop(shop: Store) -> Store:
    """The small shop, with its audit."""
    for entry, after in entries():
        with shop.begin() as connection:
            append(connection, [entry], minutes(after))
    return shop


def seqs(answer: httpx.Response) -> list[int]:
    """The entries of a page."""
    assert answer.status_code == 200, answer.text
    return [one["seq"] for one in answer.json()["entries"]]


def test_an_entry_tells_everything(api: httpx.Client):
    """Who, when, from where, what, on what, why, before and after; and its hash."""
    answer = api.get("/api/v1/audit").json()
    first = answer["entries"][-1]
    assert {name: first[name] for name in first if name != "hash"} == {
        "seq": 1,
        "at": "2026-03-02T04:00:00Z",
        "actor": "li.wei",
        "origin": "10.0.0.1",
        "kind": "hold",
        "subject": "order:A",
        "order_id": "A",
        "action_id": "act-1",
        "reason": "customer called",
        "before": {},
        "after": HOLD,
    }
    assert len(first["hash"]) == 64
    assert answer["chain"] is None  # nobody follows it behind this server


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("actor=li.wei", [6, 2, 1]),
        ("kind=hold", [6, 3, 1]),
        ("subject=A", [6, 3, 2, 1]),
        ("subject=order:A", [6, 3, 2, 1]),
        ("subject=sku:A", [5]),
        ("action_id=act-2", [2]),
        ("since=2026-03-02T12:30:00%2B08:00", [6, 5, 4]),
        ("until=2026-03-02T12:20:00%2B08:00", [2, 1]),
        ("since=2026-03-02T12:10:00", [6, 5, 4, 3, 2]),
        ("span=3h", [6]),
        ("span=10m&until=2026-03-02T12:20:00%2B08:00", [2]),
        ("kind=hold&actor=token:wms", [3]),
        ("actor=nobody", []),
        ("actor=&kind=&subject=", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_the_filters(api: httpx.Client, query: str, expected: list[int]):
    """Each by itself and together; an instant without a zone is the store's."""
    assert seqs(api.get(f"/api/v1/audit?{query}")) == expected


def test_the_cursor_walks_through_the_audit_once(api: httpx.Client):
    """Two at a time, until there is no cursor."""
    seen, cursor = [], ""
    while cursor is not None:
        answer = api.get("/api/v1/audit", params={"limit": 2, "cursor": cursor})
        seen += seqs(answer)
        cursor = answer.json()["cursor"]
    assert seen == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        *("since=soon", "until=x", "span=soon", "span=0h", "span=99999d", "cursor=x", "cursor=-1"),
        *("limit=0", "limit=1001", "format=xml", f"actor={'x' * 300}", "kind=a%00b"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_cannot_be_asked_is_a_problem(api: httpx.Client, query: str, lang: str):
    """Problem details in both languages; for the file before its first byte."""
    answer = api.get(f"/api/v1/audit?{query}&lang={lang}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["title"] == {"en": "The request is not valid", "zh": "请求无效"}[lang]


def read_csv(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a file."""
    assert answer.content.startswith(b"\xef\xbb\xbfseq,at,actor")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("way", ["/api/v1/audit.csv?", "/api/v1/audit?format=csv&"])
def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(api: httpx.Client, way: str):
    """What would be a formula stands behind an apostrophe, whoever wrote it; times are the store's."""
    answer = api.get(way)
    rows = read_csv(answer)
    assert [rows[3]["what"], rows[5]["what"]] == ["Hold", "Hold"]
    assert 'filename="audit-20260302T0800Z.csv"' in answer.headers["content-disposition"]
    by_seq = {row["seq"]: row for row in rows}
    assert list(by_seq) == ["6", "5", "4", "3", "2", "1"]
    assert (by_seq["4"]["actor"], by_seq["4"]["reason"], by_seq["3"]["reason"]) == ("'=cmd()", "'+1", "'=HYPERLINK(1)")
    assert by_seq["1"]["at"] == "2026-03-02 12:00:00+08:00"
    assert json.loads(by_seq["1"]["after"]) == HOLD and by_seq["5"]["after"] == ""


def test_the_file_holds_what_was_asked_for(api: httpx.Client):
    """The same filters."""
    assert [row["seq"] for row in read_csv(api.get("/api/v1/audit.csv?kind=hold&actor=li.wei"))] == ["6", "1"]


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["Stop: Hold", "Undo: Hold"]), ("zh", ["停止：挂起", "撤销：挂起"])]
)
def test_a_kind_is_found_with_what_undid_and_stopped_it(shop: Store, api: httpx.Client, lang: str, words: list[str]):
    """Taken back and stopped, in words of the reader's language; each can be asked for alone."""
    with shop.begin() as connection:
        for kind, subject in (("undo:hold", "order:A"), ("stop:hold", "action:act-6"), ("undo:note", "order:B")):
            append(connection, [Entry("li.wei", "10.0.0.1", kind, subject, "act-7")], NOW)
    assert seqs(api.get("/api/v1/audit?kind=hold")) == [8, 7, 6, 3, 1]
    assert seqs(api.get("/api/v1/audit?kind=undo:hold")) == [7]
    assert seqs(api.get("/api/v1/audit?subject=action:act-6")) == [8]
    rows = read_csv(api.get(f"/api/v1/audit.csv?kind=hold&lang={lang}"))
    assert [row["what"] for row in rows[:2]] == words and rows[0]["kind"] == "stop:hold"


def test_the_chain_is_followed_behind_the_pages(shop: Store, clock: FixedClock):
    """As soon as the server is up; the answer says when."""
    with serving(shop, clock) as address, httpx.Client(base_url=address) as api:
        deadline = monotonic() + PATIENCE_SECONDS
        while (chain := api.get("/api/v1/audit").json()["chain"]) is None:
            assert monotonic() < deadline
            sleep(0.05)
    assert chain == {"checked_at": "2026-03-02T08:00:00Z", "entries": 6, "broken": None}


@pytest.fixture(params=["viewer", "events token", "nobody"])
def refused(request: pytest.FixtureRequest, shop: Store, clock: FixedClock) -> Iterator[tuple[httpx.Client, int]]:
    """A client that may not read the audit, and the status that says so."""
    callers = {
        "viewer": (Caller("viewer", CallerKind.VISITOR, Role.VIEWER), 403),
        "events token": (Caller("viewer", CallerKind.VISITOR, Role.VIEWER), 403),
        "nobody": (None, 401),
    }
    visitor, status = callers[request.param]
    headers = {"Authorization": "Bearer a-token-for-tests-only"} if request.param == "events token" else {}
    with (
        serving(shop, clock, keep=False, visitor=visitor) as address,
        httpx.Client(base_url=address, headers=headers) as api,
    ):
        yield api, status


def test_whoever_may_not_is_refused(refused: tuple[httpx.Client, int]):
    """By the server, for each way to it."""
    api, status = refused
    for path in ("/api/v1/audit", "/api/v1/audit.csv", "/api/v1/audit?format=csv"):
        answer = api.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_the_audit_of_long_ago_is_one_stream(shop: Store, api: httpx.Client):
    """More than a block: every entry once, the newest first."""
    many = [Entry("li.wei", "::1", "note", f"order:{number}") for number in range(1_200)]
    with shop.begin() as connection:
        append(connection, many, hours(4))
    assert [int(row["seq"]) for row in read_csv(api.get("/api/v1/audit.csv"))] == list(range(1206, 0, -1))
