"""The server around pages and API: health, metrics, headers, names, documents, and the first view with its data."""

import gzip
import json
import re
import socket
from collections.abc import Callable

import brotli
import httpx
import pytest
from dash import Dash
from flask import Flask

from callbacks.acting import Acting
from callbacks.caching import cache_for
from callbacks.metrics import Metrics
from callbacks.pages.router import Pages
from callbacks.reads import Reads
from callbacks.server import build_site
from callbacks.services import Services
from dashboard.clock import FixedClock
from dashboard.settings import Settings
from datasource.store import Store
from tests.serving import serving
from tests.unit.test_house import ROOT


def layout(api: httpx.Client, path: str, **headers: str) -> dict:
    """What the browser gets as the first view of a page."""
    api.cookies.clear()
    answer = api.get("/_dash-layout", headers={"Referer": f"{api.base_url}{path}"} | headers)
    return answer.json()


def text(part) -> str:
    """All words of a page, in reading order."""
    if isinstance(part, list):
        return " ".join(filter(None, map(text, part)))
    if isinstance(part, dict):
        return text(part.get("props", {}).get("children"))
    return "" if part is None else str(part)


def test_health(api: httpx.Client):
    """200 while the database answers."""
    answer = api.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_a_database_that_is_away_shows_everywhere_and_nowhere_as_a_fault(clock: FixedClock):
    """503 for programs, a page that says so for people, and the process lives on."""
    away = Store.open("postgresql://nobody@127.0.0.1:1/none")
    with serving(away, clock, keep=False) as address, httpx.Client(base_url=address, timeout=30) as api:
        assert api.get("/healthz").status_code == 503
        answer = api.get("/api/v1/lifeline")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["status"] == 503
        asked, key = {"preview_id": "a", "reason": "r"}, {"Idempotency-Key": "key-number-1"}
        for acting in (
            api.post("/api/v1/actions/hold/preview", json={"orders": ["A"]}),
            api.post("/api/v1/actions", json=asked, headers=key),
            api.post("/api/v1/actions/a/undo", json={"reason": "r"}, headers=key),
            api.get("/api/v1/actions/a"),
        ):
            assert (acting.status_code, acting.json()["status"]) == (503, 503)
        assert "could not be read" in text(layout(api, "/"))
        assert "could not be read" in text(layout(api, "/wall"))
        assert api.get("/metrics").status_code == 200
    away.close()


def test_metrics(api: httpx.Client):
    """Requests by route, never by address: an order's id is nobody's label."""
    api.get("/api/v1/orders/A")
    told = api.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=1.0.0")
    assert 'lifeline_requests_total{route="/api/v1/orders/{order_id:path}",status="200"} 1.0' in told.text
    assert "lifeline_generation" in told.text
    assert "lifeline_source_silence_seconds 1800.0" in told.text


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/lifeline", "/assets/theme.css", "/api/docs", "/no/such/page", "/healthz"]
)
def test_every_answer_has_its_headers(api: httpx.Client, path: str):
    """Nothing from elsewhere, no framing elsewhere, no guessing of types, no address of a page to other sites."""
    headers = api.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8050", "", "localhost.evil.example", "["])
def test_a_host_name_that_is_not_ours_is_turned_away(api: httpx.Client, host: str):
    """A name that an attacker points at this machine reads nothing (421, or 400 where it is no name at all)."""
    for path in ("/", "/api/v1/lifeline", "/_dash-layout"):
        assert api.get(path, headers={"Host": host}).status_code in {400, 421}


def test_names_of_this_machine_and_addresses_are_ours(api: httpx.Client):
    """localhost, the host's own name, and IP addresses, which nobody can rebind."""
    for host in ("localhost", "LOCALHOST:1234", socket.gethostname(), "192.0.2.7:8050", "[::1]:8050"):
        assert api.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["Finance review", "2"]),
        ("/node/review", ["Lifeline", "Finance review", "Affected orders"]),
        ("/order/A", ["TB-1", "Stuck at finance review"]),
        (
            "/sources",
            ["Sources", "WMS", "never heard", "30\u00a0min ago", "silent after 15\u00a0min", "Finance review"],
        ),
        ("/?window=4h&slice=channel%3Ddouyin", ["Finance review"]),
        ("/node/moon", ["There is no node “moon”"]),
        ("/order/none", ["none"]),
        ("/?tz=Europe/Berlin", ["Times in Europe/Berlin", "08:30", "use the store's"]),
        ("/?tz=store", ["Times in Asia/Shanghai", "15:30", "use my zone"]),
        ("/?tz=viewer", ["Times in Asia/Shanghai"]),
        ("/?tz=Mars/Olympus", ["“Mars/Olympus” is no time zone"]),
        ("/?tz=../../etc/passwd", ["is no time zone"]),
        ("/wall", ["Finance review", "this is the picture of 15:30", "Dispatched today, against usual", "16:00"]),
        ("/wall?scenes=problems,channel=*&every=30s", ["Problems", "Channel: Douyin", "Channel: Tmall"]),
        ("/wall?scenes=wall,nope", ["This wall cannot be shown", "There is no scene “nope”", "node:KEY"]),
        ("/wall?every=soon", ["“soon” is no pace"]),
        ("/wall?window=soon", ["“soon” is no window"]),
        ("/nowhere", ["There is no page at this address", "/nowhere"]),
        ("/node", ["There is no page at this address"]),
        ("/?window=soon", ["A filter in the address cannot be used", "“soon” is no window"]),
        ("/node/review?at=2099-01-01", ["lies in the future"]),
        ("/?slice=colour=red", ["This lifeline has no dimension “colour”"]),
    ],
)
def test_the_first_view_holds_its_data(api: httpx.Client, path: str, words: list[str]):
    """No empty frame that fills later; what cannot be shown says why, and never as an error of the server."""
    shown = text(layout(api, path))
    assert [word for word in words if word not in shown] == []


def test_language_and_theme_of_the_first_view(api: httpx.Client):
    """By the address, else by the cookie of an earlier choice, else by what the browser prefers."""

    def words(path: str, **headers: str) -> tuple[str, str]:
        shown = json.dumps(layout(api, path, **headers))
        return "zh" if "\\u751f\\u547d\\u7ebf" in shown else "en", re.search(r'"data-theme": "(\w+)"', shown)[1]

    chinese = {"Accept-Language": "zh-CN,zh;q=0.9"}
    assert words("/") == ("en", "light")
    assert words("/", **chinese) == ("zh", "light")
    assert words("/", Cookie="lang=en; theme=dark", **chinese) == ("en", "dark")
    assert words("/", Cookie="scheme=dark") == ("en", "dark")
    assert words("/?lang=zh&theme=light", Cookie="lang=en; theme=dark") == ("zh", "light")
    assert words("/?lang=xx&theme=neon") == ("en", "light")


def test_a_wall_is_dark_whatever_was_chosen_for_the_other_pages(api: httpx.Client):
    """Unless its own address says otherwise; and every page can wear the wall's colours."""

    def theme(path: str, **headers: str) -> str:
        return re.search(r'"data-theme": "(\w+)"', json.dumps(layout(api, path, **headers)))[1]

    assert (theme("/wall"), theme("/wall", Cookie="theme=light")) == ("wall", "wall")
    assert (theme("/wall?theme=light"), theme("/wall?theme=dark")) == ("light", "dark")
    assert (theme("/?theme=wall"), theme("/", Cookie="theme=wall")) == ("wall", "wall")


def test_a_wall_knows_its_edition(api: httpx.Client):
    """The same in each view of one process: what an open page compares."""
    told = {re.search(r'"data-edition": "(\w{12})"', json.dumps(layout(api, "/wall")))[1] for _ in range(2)}
    assert len(told) == 1


def test_a_choice_in_the_address_holds_for_the_next_page(api: httpx.Client):
    """What the address names becomes a cookie; what it does not name, or names wrongly, does not."""
    layout(api, "/?lang=zh&theme=neon")
    assert dict(api.cookies) == {"lang": "zh"}
    layout(api, "/node/review")
    assert dict(api.cookies) == {}


def test_the_document_says_its_language_and_names_no_other_server(api: httpx.Client):
    """Offline sites are common: nothing in it is fetched from anywhere else."""
    document = api.get("/", headers={"Accept-Language": "zh"}).text
    assert '<html lang="zh-Hans">' in document
    assert re.findall(r'(?:src|href)="(?:https?:)?//', document) == []


def test_the_grid_is_fetched_by_the_pages_that_have_one(api: httpx.Client):
    """Its script is named, and there, but no page runs it at once; Dash's old table is left out."""
    document = api.get("/").text
    (source,) = re.findall(r'<script type="text/plain" id="late-grid" data-source="([^"]+)"', document)
    assert api.get(source).text.count("window.dash_ag_grid=") == 1
    assert not re.search(r'src="[^"]*(?:dash_ag_grid\.|dash_table)', document)
    assert document.index("late-grid") < document.index("grid_late") < document.index("dash_renderer")


@pytest.mark.parametrize(
    ("taken", "encoding", "unpacked"),
    [
        ("gzip, deflate", "gzip", gzip.decompress),
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
    ],
)
def test_scripts_are_compressed_once_and_kept(
    api: httpx.Client, taken: str, encoding: str, unpacked: Callable[[bytes], bytes]
):
    """The same bytes each time in the best encoding taken, smaller than the file, and right when unpacked."""
    path = re.search(r'src="(/_dash-component-suites/dash/dash-renderer/build/dash_renderer[^"]+)"', api.get("/").text)[
        1
    ]

    def raw_bytes() -> bytes:
        with api.stream("GET", path, headers={"Accept-Encoding": taken}) as answer:
            assert answer.headers["content-encoding"] == encoding
            return b"".join(answer.iter_raw())

    raw = [raw_bytes(), raw_bytes()]
    plain = api.get(path, headers={"Accept-Encoding": "identity"}).content
    assert raw[0] == raw[1]
    assert unpacked(raw[0]) == plain
    assert len(raw[0]) < len(plain) / 2


def test_the_api_describes_itself_without_a_script_or_another_server(api: httpx.Client):
    """Every route of the interface is in the schema and on the page, in both languages."""
    schema = api.get("/api/openapi.json").json()
    assert schema["paths"].keys() == {
        "/api/v1/lifeline",
        "/api/v1/sources",
        "/api/v1/trends",
        "/api/v1/trends.csv",
        "/api/v1/nodes/{key}/orders",
        "/api/v1/nodes/{key}/orders.csv",
        "/api/v1/orders/{order_id}",
        "/api/v1/events",
        "/api/v1/heartbeat",
        "/api/v1/actions",
        "/api/v1/actions/{kind}/preview",
        "/api/v1/actions/{action_id}",
        "/api/v1/actions/{action_id}/undo",
        "/api/v1/actions/{action_id}/cancel",
        "/api/v1/audit",
        "/api/v1/audit.csv",
        "/api/v1/outbox",
        "/api/v1/outbox/{message_id}/send",
        "/healthz",
        "/metrics",
    }
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schema)))
    assert referred <= schema["components"]["schemas"].keys()
    for lang, title in (("en", "HTTP interface"), ("zh", "HTTP 接口")):
        page = api.get(f"/api/docs?lang={lang}").text
        assert title in page
        assert all(path in page for path in schema["paths"])
        assert "<script" not in page
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_the_api_is_documented(api: httpx.Client):
    """``docs/api.md`` names every route and every field of an event."""
    told = (ROOT / "docs" / "api.md").read_text("utf-8")
    schema = api.get("/api/openapi.json").json()
    routes = [re.sub(r"\{(order|action|message)_id\}", "{id}", path) for path in schema["paths"]]
    fields = schema["components"]["schemas"]["EventIn"]["properties"]
    assert [name for name in (*routes, *fields) if f"`{name}`" not in told and name not in told] == []


def test_every_callback_names_parts_that_there_are(shop, clock: FixedClock):
    """Dash checks them against the layout that holds every part; a wrong id would fail only in a browser."""
    services = Services(shop, clock, Settings(), Metrics.fresh())
    flask = Flask("check")
    site: Dash = build_site(flask, Pages(services, Reads(services, cache_for(flask, None)), Acting(services)))
    known = {part.id for part in site.validation_layout._traverse() if getattr(part, "id", None)}
    named = set()
    for callback in site._callback_list:
        named |= {told["id"] for told in (*callback["inputs"], *callback["state"])}
        named |= {output.rpartition(".")[0] for output in callback["output"].strip(".").split("...")}
    of_many = {name for name in named if name.startswith("{")}  # a part for each of what the page lists
    assert {name for name in named if name} - of_many <= known


def test_two_servers_in_a_process_do_not_mix(shop, clock: FixedClock):
    """Each has its own app, callbacks and metrics."""
    with serving(shop, clock, keep=False) as one, serving(shop, clock, keep=False) as other:
        httpx.get(f"{one}/api/v1/lifeline")
        assert "/api/v1/lifeline" in httpx.get(f"{one}/metrics").text
        assert "/api/v1/lifeline" not in httpx.get(f"{other}/metrics").text
