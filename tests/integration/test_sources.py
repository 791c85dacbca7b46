"""Sources on the pages and in the API: the small shop, whose last word was the ERP's at half past three."""

import httpx
import pytest

from dashboard.clock import FixedClock
from datasource.source_history import events_between, heard_by, told
from tests.builders import NOON, hours, minutes
from tests.serving import AUTHORISED


def by_key(api: httpx.Client) -> dict[str, dict]:
    """The answer's sources by their keys."""
    return {one["key"]: one for one in api.get("/api/v1/sources").json()["sources"]}


def test_each_source_says_how_long_it_is_silent_and_what_it_feeds(api: httpx.Client):
    """At four: the channel spoke at 1:30, the payment at 1:31, the ERP at 3:30; nobody heard WMS or carrier."""
    told = by_key(api)
    assert list(told) == ["channel", "payment", "erp", "", "carrier", "wms"]
    assert (told["erp"]["silence_seconds"], told["erp"]["state"], told["erp"]["nodes"]) == (1800, "silent", ["review"])
    assert (told["payment"]["heard_at"], told["payment"]["nodes"]) == ("2026-03-02T05:31:00Z", ["pay"])
    assert (told["wms"]["state"], told["wms"]["heard_at"], told["wms"]["nodes"]) == ("never", None, [])
    assert (told["erp"]["events_last_hour"], told["channel"]["events_last_hour"]) == (1, 0)
    assert told["erp"]["usual_pause_seconds"] is None
    assert (told["erp"]["quiet_after_seconds"], told["erp"]["silent_after_seconds"]) == (120, 900)


def test_a_heartbeat_ends_the_silence_of_its_source_alone(api: httpx.Client, clock: FixedClock):
    """The ERP's node has its colour again, the payment's is still stale; both names say so."""
    before = {node["key"]: node for node in api.get("/api/v1/lifeline").json()["nodes"]}
    assert (before["review"]["status"], before["review"]["reason_rule"]) == ("grey", "stale")
    assert before["review"]["reason"] == "ERP has been silent since 15:30: these numbers may be old"
    told = {"source": "erp", "at": hours(4).isoformat()}
    assert api.post("/api/v1/heartbeat", json=told, headers=AUTHORISED).status_code == 204
    clock.instant = hours(4) + (minutes(0.1) - NOON)
    after = {node["key"]: node for node in api.get("/api/v1/lifeline").json()["nodes"]}
    assert (after["review"]["reason_rule"], after["review"]["stale"]) == ("few", False)
    assert (after["pay"]["reason_rule"], after["pay"]["stale"], after["pay"]["silent_source"]) == (
        "stale",
        True,
        "payment",
    )
    assert by_key(api)["erp"]["state"] == "heard"


def test_the_past_is_never_stale(api: httpx.Client):
    """What was known then is shown as it was judged."""
    nodes = api.get("/api/v1/lifeline", params={"at": hours(3.9).isoformat()}).json()["nodes"]
    assert {node["stale"] for node in nodes} == {False}


@pytest.mark.usefixtures("shop")
def test_the_history_of_a_source(store):
    """Events by minute, by node and source, in an hour, and the newest; all with their bounds."""
    with store.read() as connection:
        messages, departures = told(connection, NOON, hours(4))
        last_hour = events_between(connection, hours(3), hours(4))
        heard = heard_by(connection, NOON, hours(3.5))
    payment = messages["payment"]
    first = int(NOON.timestamp()) // 60
    assert (payment.minutes - first).tolist() == [1, 91]
    assert payment.counts.tolist() == [2, 1]
    assert departures == {("place", "channel"): 3, ("pay", "payment"): 3, ("review", "erp"): 1}
    assert last_hour == {"erp": 1}
    assert heard["erp"] == hours(3.5)
