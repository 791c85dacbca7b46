"""``GET /api/v1/trends`` and the page over the small shop: A stuck at the review since 0:01, B there until 3:30."""

import csv
import io

import httpx
import pytest

from tests.builders import hours


def trends(api: httpx.Client, **asked: str) -> dict:
    """The answer."""
    answer = api.get("/api/v1/trends", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_numbers_of_a_node_by_the_hour(api: httpx.Client):
    """Noon to four: A and B came in the first hour, C in the second; B went on in the fourth, in which C was due."""
    told = trends(api, node="review", span="38h")
    assert (told["step_seconds"], told["window_seconds"], told["slice"]) == (3600.0, 3600.0, "all")
    (review,) = told["nodes"]
    assert told["steps"][-1] == {
        "start": "2026-03-02T07:00:00Z",
        "end": "2026-03-02T08:00:00Z",
        "window_opens": "2026-03-02T07:00:00Z",
    }
    numbers = review["numbers"]
    assert numbers["entered"][-4:] == [2, 1, 0, 0]
    assert numbers["left"][-4:] == [0, 0, 0, 1]
    assert numbers["in_progress"][-4:] == [2, 3, 3, 2]
    assert numbers["timeout_rate_settled"][-2:] == [1.0, 1.0]
    assert numbers["mean_seconds"][-1] == 209 * 60
    assert numbers["in_progress"][0] is None  # before the first order nothing is known
    assert review["status"][-1] == "grey"


def test_the_present_is_that_of_the_lifeline(api: httpx.Client):
    """What ``now`` says is what ``GET /api/v1/lifeline`` says of the last hour."""
    now = {node["key"]: node["now"] for node in trends(api, span="7d")["nodes"]}
    for node in api.get("/api/v1/lifeline", params={"window": "1h"}).json()["nodes"]:
        same = ("in_progress", "overdue", "entered", "left", "mean_seconds", "timeout_rate_settled")
        assert {name: now[node["key"]]["numbers"][name] for name in same} == {name: node[name] for name in same}


def test_one_number_of_a_slice_in_the_past(api: httpx.Client):
    """At two in the afternoon two of douyin were at the review; ``now`` is that instant, as the lifeline has it."""
    told = trends(api, number="in_progress", span="2d", at=hours(2).isoformat(), slice="channel=douyin")
    review = next(node for node in told["nodes"] if node["key"] == "review")
    assert list(review["numbers"]) == ["in_progress"]
    assert review["numbers"]["in_progress"][-1] == 2
    then = {"at": hours(2).isoformat(), "slice": "channel=douyin"}
    there = next(node for node in api.get("/api/v1/lifeline", params=then).json()["nodes"] if node["key"] == "review")
    at = "2026-03-02T06:00:00Z"
    assert review["now"] == {"at": at, "numbers": {"in_progress": 2.0}, "status": there["status"]}
    assert told["until"] == "2026-03-02T06:00:00Z"


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"span": "soon"}, "span"),
        ({"span": "400d"}, "span"),
        ({"node": "moon"}, "node"),
        ({"number": "luck"}, "number"),
    ],
)
def test_what_cannot_be_asked_for_is_told(api: httpx.Client, asked, parameter):
    """A problem that names the parameter."""
    answer = api.get("/api/v1/trends", params=asked)
    assert (answer.status_code, answer.json()["parameter"]) == (422, parameter)


def test_the_series_as_a_table(api: httpx.Client):
    """A row for each node and hour, numbers as numbers, local times, and the file is named."""
    answer = api.get("/api/v1/trends.csv", params={"node": "review", "span": "38h", "number": "entered"})
    assert 'filename="trends-review-20260302T0800Z.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["entered"] for row in rows[-4:]] == ["2", "1", "0", "0"]
    assert (rows[-1]["node"], rows[-1]["end"], rows[-1]["status"]) == ("review", "2026-03-02 16:00:00+08:00", "grey")


def test_the_description_has_the_routes(api: httpx.Client):
    """Both, with their parameters."""
    paths = api.get("/api/openapi.json").json()["paths"]
    names = {one["name"] for one in paths["/api/v1/trends"]["get"]["parameters"]}
    assert names == {"node", "number", "span", "at", "slice", "lang"}
    assert "/api/v1/trends.csv" in paths
