"""People, displays and tokens for tests, and clients that come in as one of them."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from re import search
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from dashboard.clock import Clock
from dashboard.identity_settings import IdentitySettings
from dashboard.permissions import Permission, Role
from dashboard.settings import Settings
from datasource.api_tokens import add_token
from datasource.kiosks import add_kiosk
from datasource.people import By, Person, add_person
from datasource.store import Store
from tests.serving import serving

SECRET = "kQ2zV8rN5tYxW1mB7cJd4fHg9LsPa3Ue6oXi0ZpRvTw="
PASSWORD = "a horse of another colour"
SETTINGS = Settings(port=0, identity=IdentitySettings(secret_key=SECRET))
BY = By("test", "test")


def add_somebody(
    store: Store, name: str, role: Role, now: datetime, team: str | None = None, password: str = PASSWORD
) -> None:
    """Somebody who signs in with the password."""
    with store.begin() as connection:
        add_person(connection, Person(name, name.title(), role, team, now), BY, password=password)


@contextmanager
def staffed(store: Store, clock: Clock):
    """A server where people sign in, and li.wei, an operator of the warehouse, who may."""
    add_somebody(store, "li.wei", Role.OPERATOR, clock.now(), "warehouse")
    with serving(store, clock, keep=False, visitor=None, settings=SETTINGS) as address:
        yield address


def add_display(store: Store, page: str, now: datetime, name: str = "Hall") -> tuple[str, str]:
    """The id and the secret of a display."""
    with store.begin() as connection:
        return add_kiosk(connection, name, page, BY, now)


def add_system(store: Store, now: datetime, *scopes: Permission, lasts: timedelta | None = None) -> tuple[str, str]:
    """The id of a token with a name of its own, and the token."""
    with store.begin() as connection:
        return add_token(connection, f"wms-{uuid4().hex[:8]}", scopes, now + lasts if lasts else None, BY, now)


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Fill the form in and send it, as a browser does."""
    form = client.get("/login").text
    token = search(r'name="csrf" value="([^"]*)"', form)[1]
    origin = {"Origin": str(client.base_url).rstrip("/")}
    told = {"csrf": token, "next": "/", "name": name, "password": password} | more
    return client.post("/login", data=told, headers=origin)


@contextmanager
def signed_in(address: str, name: str, password: str = PASSWORD):
    """A client of somebody who is signed in."""
    with httpx.Client(base_url=address, timeout=30) as client:
        assert sign_in(client, name, password).status_code == 303
        yield client


def code_of_end(socket: ClientConnection, seconds: float = 20) -> int | None:
    """The code with which the server closes the socket."""
    try:
        while True:
            socket.recv(timeout=seconds)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
