"""``GET /api/v1/lifeline``: the numbers of the small shop, worked out by hand."""

import httpx
import pytest

from tests.builders import hours

FIELDS = {
    *(
        "key",
        "label",
        "owner",
        "allowance_seconds",
        "in_progress",
        "overdue",
        "oldest_overdue_seconds",
        "entered",
        "left",
    ),
    *("mean_seconds", "p50_seconds", "p95_seconds", "timeout_rate", "timeout_rate_low", "timeout_rate_high"),
    *("timeout_rate_settled", "due", "congestion_index", "baseline_seconds", "baseline_provisional", "load_index"),
    *("status", "reason", "top_exception", "optimisation"),
}


def node(answer: dict, key: str) -> dict:
    """The numbers of one node."""
    return next(node for node in answer["nodes"] if node["key"] == key)


def test_the_numbers_of_the_last_hour(api: httpx.Client):
    """A and C wait at the review, both overdue; B left it after 3:29; of the one due in the hour, C, none was out."""
    answer = api.get("/api/v1/lifeline", params={"window": "1h"}).json()
    review = node(answer, "review")
    assert answer["as_of"] == "2026-03-02T08:00:00Z"
    assert (answer["window_seconds"], answer["window_used_seconds"], answer["slice"]) == (3600, 3600, "all")
    assert (review["in_progress"], review["overdue"], review["left"], review["entered"]) == (2, 2, 1, 0)
    assert review["mean_seconds"] == 209 * 60
    assert review["p50_seconds"] == review["p95_seconds"] == pytest.approx(209 * 60, rel=0.01)  # rollups keep 1 %
    assert review["oldest_overdue_seconds"] == 119 * 60
    assert (review["due"], review["timeout_rate_settled"]) == (1, 1.0)
    assert (review["status"], review["allowance_seconds"]) == ("grey", 7200)


def test_every_field_of_the_interface_is_there(api: httpx.Client):
    """The issue names them; a program may rely on each."""
    answer = api.get("/api/v1/lifeline").json()
    assert answer.keys() >= {
        "as_of",
        "window_seconds",
        "window_used_seconds",
        "slice",
        "source_watermark",
        "stale",
        "nodes",
    }
    assert [node["key"] for node in answer["nodes"]][:3] == ["place", "pay", "review"]
    assert all(node.keys() >= FIELDS for node in answer["nodes"])


def test_what_cannot_be_known_is_null(api: httpx.Client):
    """Nobody ever came to the pick: counts are 0, but times, rates and ratios are not."""
    pick = node(api.get("/api/v1/lifeline").json(), "pick")
    assert (pick["in_progress"], pick["left"], pick["due"]) == (0, 0, 0)
    unknown = (
        "mean_seconds",
        "p95_seconds",
        "oldest_overdue_seconds",
        "timeout_rate_settled",
        "congestion_index",
        "load_index",
    )
    assert [pick[name] for name in unknown] == [None] * len(unknown)


def test_without_a_window_it_widens_with_one_it_does_not(api: httpx.Client):
    """Three orders are too few for an hour."""
    assert api.get("/api/v1/lifeline").json()["window_used_seconds"] == 86400
    assert api.get("/api/v1/lifeline", params={"window": "4h"}).json()["window_used_seconds"] == 14400


def test_a_slice_counts_its_orders_only(api: httpx.Client):
    """A and C are of Douyin, A alone is of Douyin and Hangzhou."""
    assert node(api.get("/api/v1/lifeline", params={"slice": "channel=douyin"}).json(), "review")["in_progress"] == 2
    both = api.get("/api/v1/lifeline", params={"slice": "channel=douyin,warehouse=HZ1"}).json()
    assert (both["slice"], node(both, "review")["in_progress"]) == ("channel=douyin,warehouse=HZ1", 1)


def test_an_instant_of_the_past(api: httpx.Client):
    """At two o'clock all three were at the review and none was overdue; a lost plus sign is understood."""
    for at in ("2026-03-02T06:00:00Z", "2026-03-02T14:00:00+08:00", "2026-03-02T14:00:00"):
        review = node(api.get("/api/v1/lifeline", params={"at": at, "window": "4h"}).json(), "review")
        assert (review["in_progress"], review["overdue"], review["left"]) == (3, 0, 0)
    assert api.get("/api/v1/lifeline?at=2026-03-02T14:00:00+08:00").json()["as_of"] == "2026-03-02T06:00:00Z"


def test_texts_follow_the_language(api: httpx.Client):
    """``lang`` outranks ``Accept-Language``; an unknown language gets English."""
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert node(api.get("/api/v1/lifeline", headers=chinese).json(), "review")["label"] == "财务审核"
    assert node(api.get("/api/v1/lifeline?lang=en", headers=chinese).json(), "review")["label"] == "Finance review"
    assert node(api.get("/api/v1/lifeline", headers={"Accept-Language": "fr"}).json(), "review")["owner"] == "Finance"


def test_the_trouble_at_the_review_is_told_with_its_cure(api: httpx.Client):
    """A has no complete invoice; the lifeline knows what helps."""
    review = node(api.get("/api/v1/lifeline").json(), "review")
    assert review["top_exception"] == "Invoice data incomplete"
    assert review["optimisation"] == "Fill from the invoice library"


def test_stale_once_no_source_was_heard_for_two_minutes(api: httpx.Client, clock):
    """The last word was at 3:30; at four that is half an hour ago."""
    answer = api.get("/api/v1/lifeline").json()
    assert (answer["source_watermark"], answer["stale"]) == ("2026-03-02T07:30:00Z", True)
    clock.instant = hours(3.52)
    assert api.get("/api/v1/lifeline").json()["stale"] is False


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("window=soon", "window"),
        ("window=0h", "window"),
        ("window=9999d", "window"),
        ("window=99999999999999999999h", "window"),
        ("at=yesterday", "at"),
        ("at=2099-01-01T00:00:00Z", "at"),
        ("at=0001-01-01T00:00:00", "at"),
        ("slice=douyin", "slice"),
        ("slice=colour=red", "slice"),
        ("slice=channel=a,channel=b", "slice"),
    ],
)
def test_a_filter_that_cannot_be_used_is_a_problem(api: httpx.Client, query: str, parameter: str):
    """422 with problem details that name the parameter, in the language asked for."""
    answer = api.get(f"/api/v1/lifeline?{query}&lang=zh")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["parameter"] == parameter
    assert answer.json()["title"] == "请求无效"
