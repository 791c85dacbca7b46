"""Incidents by command and by click: both order the same of the demo shop, and nobody else's page may."""

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from typer.testing import CliRunner

from app import command_line
from dashboard.clock import FixedClock
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.parameters import demo_parameters
from datasource.demo.progress import DemoProgress
from datasource.demo.shop import Opening
from datasource.incidents import newest_incidents
from datasource.store import Store
from layouts.incidents_page import button_id
from layouts.texts import Texts
from tests.builders import NOON
from tests.serving import serving

CALLBACK = "/_dash-update-component"


@pytest.fixture
def demo(shop: Store) -> Store:
    """The small shop's store, as one in which a demo lives."""
    with shop.begin() as connection:
        remember(connection, DemoMemory(Opening(1, NOON), NOON), NOON)
    return shop


@pytest.fixture
def run(clock: FixedClock, monkeypatch: pytest.MonkeyPatch):
    """Run a command in this process at four o'clock; the database is named last."""
    monkeypatch.setenv("LIFELINE_LOG_LEVEL", "error")
    monkeypatch.setenv("COLUMNS", "200")

    def run(store: Store, *arguments: str, lang: str = "en"):
        url = store.engine.url.render_as_string(hide_password=False)
        return CliRunner().invoke(command_line(Texts(lang), clock), ["incident", *arguments, "--database", url])

    return run


@pytest.fixture
def client(demo: Store, clock: FixedClock) -> Iterator[httpx.Client]:
    """A browser's view of a server with the demo."""
    progress = DemoProgress()
    progress.finish()
    with (
        serving(demo, clock, keep=False, demo=progress) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def click(client: httpx.Client, act: str, **headers: str) -> httpx.Response:
    """What the browser sends when the printer's button is pressed."""
    buttons = [button_id(plan.key) for plan in demo_parameters().incidents]
    pressed = button_id("printer-offline")
    clicks = [{"id": one, "property": "n_clicks", "value": 1 if one == pressed else None} for one in buttons]
    values = [{"id": one, "property": "value", "value": act if one == pressed else "start"} for one in buttons]
    shown = {"url": "/incidents", "lang": "en", "theme": "light"}
    body = {
        "output": "incident-said.children",
        "outputs": {"id": "incident-said", "property": "children"},
        "inputs": clicks,
        "changedPropIds": [f"{pressed}.n_clicks"],
        "state": [*values, {"id": "shown", "property": "data", "value": shown}],
    }
    return client.post(CALLBACK, json=body, headers=headers)


def noted(store: Store) -> list[tuple[str, bool]]:
    """Kind of each incident, and whether it was stopped."""
    with store.read() as connection:
        return [(one.kind, one.ended_at is not None) for one in newest_incidents(connection, 9)]


def test_commands_begin_list_and_end(run, demo: Store) -> None:
    """As the issue writes them; the list for programs says the same as the one for people."""
    begun = run(demo, "start", "printer-offline", "--node", "pickup", "--warehouse", "HZ1", "--lasts", "2h")
    assert begun.exit_code == 0
    assert begun.stdout == "printer-offline-20260302T080000Z began: Carrier pickup, Hangzhou 1, until 18:00\n"
    (listed,) = json.loads(run(demo, "list", "--json").stdout)
    assert (listed["id"], listed["node"], listed["place"]) == (begun.stdout.split()[0], "pickup", {"warehouse": "HZ1"})
    assert "since 16:00, until 18:00" in run(demo, "list").stdout
    assert "面单打印机离线" in run(demo, "list", lang="zh").stdout
    assert run(demo, "stop", "printer-offline").exit_code == 0
    assert noted(demo) == [("printer-offline", True)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "earthquake"), "earthquake"),
        (("start", "printer-offline", "--node", "review"), "pickup"),
        (("start", "printer-offline", "--warehouse", "XX"), "SZ2"),
        (("start", "printer-offline", "--lasts", "ever"), "--lasts"),
        (("start", "source-silent", "--source", "fax"), "wms"),
        (("stop", "printer-offline"), "printer-offline"),
    ],
)
def test_wrong_command_is_one_line_and_code_2(run, demo: Store, arguments: tuple[str, ...], said: str) -> None:
    """The line names what is wrong or what there is; nothing is noted."""
    told = run(demo, *arguments)
    assert told.exit_code == 2
    assert said in told.stderr and told.stderr.count("\n") == 1
    assert noted(demo) == []


@pytest.mark.parametrize("arguments", [("start", "printer-offline"), ("stop", "printer-offline"), ("list",)])
def test_store_of_real_orders_has_no_incidents(run, shop: Store, arguments: tuple[str, ...]) -> None:
    """Where no demo lives, each command says so."""
    told = run(shop, *arguments)
    assert told.exit_code == 2
    assert "lifeline run --demo" in told.stderr


def test_click_begins_and_another_ends(client: httpx.Client, demo: Store, clock: FixedClock) -> None:
    """The answer says in words what came of it."""
    origin = str(client.base_url).rstrip("/")
    begun = click(client, "start", Origin=origin)
    assert "Started. Label printer offline: Carrier pickup, Hangzhou 1" in begun.text
    assert "already" in click(client, "start", Origin=origin).text
    clock.instant += timedelta(minutes=5)
    assert "Stopped. Label printer offline" in click(client, "stop", Origin=origin).text
    assert noted(demo) == [("printer-offline", True)]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_other_sites_page_may_not_click(client: httpx.Client, demo: Store, headers: dict[str, str]) -> None:
    """A page of another site is refused before anything is done."""
    assert click(client, "start", **headers).status_code == 403
    assert noted(demo) == []


def test_page_is_there_only_with_the_demo(client: httpx.Client, api: httpx.Client) -> None:
    """Where the orders are real there is neither the page nor a way to it, and a click does nothing."""

    def shown(browser: httpx.Client) -> str:
        asked = str(browser.base_url.join("/incidents?lang=en"))
        return browser.get("/_dash-layout", headers={"Referer": asked}).text

    assert "Label printer offline" in shown(client)
    assert "No such page" in shown(api) and "Label printer offline" not in shown(api)
    assert click(api, "start", Origin=str(api.base_url).rstrip("/")).status_code == 204
