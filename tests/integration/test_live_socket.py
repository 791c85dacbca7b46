"""``/live`` over real sockets: who may open one, and what it says."""

import json
from contextlib import suppress
from datetime import timedelta
from socket import create_connection
from time import monotonic

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dashboard.clock import WallClock
from datasource.fold import fold
from datasource.recording import record
from tests.builders import facts, left
from tests.serving import AUTHORISED, serving


@pytest.fixture
def server(store, lifeline):
    """A living server over a store with one order that waits for its payment."""
    began = WallClock().now() - timedelta(minutes=5)
    with store.begin() as connection:
        told = [facts("A", began, began, "10.00", channel="jd"), left("place", began, "A", source="channel")]
        record(connection, told, lifeline, WallClock().now())
    with store.begin() as connection:
        fold(connection, WallClock().now(), lifeline)
    with serving(store, WallClock()) as address:
        yield address


def opened(address: str, **options) -> ClientConnection:
    """A socket as a page of this server opens it."""
    return connect(address.replace("http", "ws") + "/live", **{"origin": address, "compression": None} | options)


def subscribe(socket: ClientConnection, url: str = "/", shape: str = "", lang: str = "en") -> None:
    """Say which page is shown."""
    socket.send(json.dumps({"url": url, "lang": lang, "theme": "light", "shape": shape}))


def page(socket: ClientConnection, seconds: float = 10) -> dict:
    """The next message about the page, past those about the connection."""
    deadline = monotonic() + seconds
    while True:
        told = json.loads(socket.recv(timeout=deadline - monotonic()))
        if "props" in told:
            return told


def pay(address: str, order: str = "A") -> None:
    """The payment arrives."""
    at = WallClock().now().isoformat()
    paid = {"order_id": order, "event_id": "paid", "kind": "left", "node": "pay", "at": at, "source": "payment"}
    httpx.post(f"{address}/api/v1/events", json={"events": [paid]}, headers=AUTHORISED).raise_for_status()


def test_a_new_viewer_gets_the_whole_page(server: str):
    """A viewer of unknown shape gets the content whole, one of the right shape the props of every live part."""
    with opened(server) as socket:
        subscribe(socket)
        whole = page(socket)
        assert (whole["view"], whole["base"], whole["seq"]) == (["/", "en", "light"], None, 1)
        assert whole["props"]["live:content"]["children"]
    with opened(server) as socket:
        subscribe(socket, shape=whole["shape"])
        full = page(socket)
        assert full["base"] is None
        assert full["props"]["live:chain-count:pay"]["children"] == "1"
        assert "children" not in full["props"]["live:content"]


def test_an_event_is_on_the_socket_as_a_difference(server: str):
    """Only what differs is sent, on top of the message before. How soon, the browser tests say."""
    with opened(server) as socket:
        subscribe(socket)
        before = page(socket)
        pay(server)
        while "live:chain-count:pay" not in (told := page(socket))["props"]:
            before = told
    assert (told["base"], told["seq"]) == (before["seq"], before["seq"] + 1)
    assert told["props"]["live:chain-count:pay"] == {"children": "0"}
    assert told["props"]["live:chain-count:review"] == {"children": "1"}
    assert "live:chain-count:pick" not in told["props"]


def test_all_viewers_of_a_page_get_the_same_bytes(server: str):
    """A viewer costs a socket, not a query: the two sockets hear the very same message of the change."""

    def change(socket: ClientConnection) -> str:
        while True:
            text = str(socket.recv(timeout=10))
            # Paid, the order waits for its review: no earlier tick says so.
            if '"live:chain-count:review":{"children":"1"}' in text and '"base":null' not in text:
                return text

    with opened(server) as one, opened(server) as other:
        subscribe(one)
        page(one)
        subscribe(other)
        page(other)
        pay(server)
        assert change(one) == change(other)


def test_a_viewer_may_move_to_another_page(server: str):
    """The socket stays; what it hears of is the new page."""
    with opened(server) as socket:
        subscribe(socket)
        page(socket)
        subscribe(socket, "/node/pay?lang=zh", lang="zh")
        assert page(socket)["view"] == ["/node/pay?lang=zh", "zh", "light"]


@pytest.mark.parametrize("url", ["/nowhere", "/node/moon", "/order/none", "/?window=soon", "/?slice=x", "/%00", "/%ff"])
def test_a_page_that_does_not_exist_is_a_page_too(server: str, url: str):
    """It says so, and the socket lives on."""
    with opened(server) as socket:
        subscribe(socket, url)
        assert page(socket)["props"]["live:content"]


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1:1", "file://"])
def test_a_foreign_page_may_not_listen(server: str, origin: str | None):
    """Neither another site in the same browser, nor one without an origin."""
    with pytest.raises(InvalidStatus) as refused, opened(server, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_rebound_host_name_may_not_listen(server: str):
    """A name that an attacker points at this machine is not one of its names, though Host and Origin agree."""
    port = server.rpartition(":")[2]
    evil = f"evil.example:{port}"
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://{evil}/live", sock=_socket(port), origin=f"http://{evil}", compression=None),
    ):
        pass
    assert refused.value.response.status_code == 403


def _socket(port: str):
    return create_connection(("127.0.0.1", int(port)))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"url": 3}',
        json.dumps({"url": "//evil", "lang": "", "theme": "", "shape": ""}),
        "x" * 9000,
    ],
)
def test_a_message_that_no_page_sends_ends_the_socket(server: str, message: str):
    """It is closed with a reason code, and the server goes on."""
    with opened(server) as socket:
        socket.send(message)
        with suppress(ConnectionClosed):
            while socket.recv(timeout=5):
                pass
        assert socket.close_code in {1008, 1009}
    with opened(server) as socket:
        subscribe(socket)
        assert page(socket)


def test_messages_are_not_compressed(server: str):
    """Compression costs memory for each viewer; it is off, whatever the browser offers."""
    with opened(server, compression="deflate") as socket:
        assert socket.protocol.extensions == []
