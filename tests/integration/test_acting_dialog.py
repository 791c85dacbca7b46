"""The dialog's commands: previewed, done once, undone, and refused in words; a viewer has no way in."""

import json
from collections.abc import Iterator
from threading import Event
from time import sleep
from typing import Any

import httpx
import pytest

from dashboard.clock import FixedClock
from dashboard.permissions import Caller, CallerKind, Role
from datasource import write_back
from datasource.errors import StoreUnavailable
from datasource.order_marks import order_marks
from datasource.store import Store
from layouts import ids
from tests.serving import serving

CALLBACK = "/_dash-update-component"
PARTS = (ids.ACTING_HEAD, ids.ACTING_FORM, ids.ACTING_SAID, ids.ACTING_ASKS, ids.ACTING_FOOT, ids.ACTING_ASIDE)


class Person:
    """Somebody at a page, whose browser sends the dialog's commands."""

    def __init__(self, client: httpx.Client, url: str = "/node/review", lang: str = "en") -> None:
        self.client, self.shown = client, {"url": url, "lang": lang, "theme": "light"}
        self.state: dict[str, Any] = {}

    def sends(self, do: str, **more: Any) -> str:
        """The command; answers what the dialog says then, as text."""
        answer = self.answer(do, **more)
        assert answer.status_code == 200, answer.text
        told = answer.json()["response"]
        self.state = told[ids.ACTING_STATE]["data"]
        return " ".join(words(told.get(part, {}).get("children")) for part in PARTS)

    def answer(self, do: str, **more: Any) -> httpx.Response:
        """The server's answer to the command."""
        outputs = [{"id": ids.ACTING_STATE, "property": "data"}]
        outputs += [{"id": part, "property": "children"} for part in PARTS]
        body = {
            "output": "..{}..".format("...".join(f"{one['id']}.{one['property']}" for one in outputs)),
            "outputs": outputs,
            "inputs": [{"id": ids.ACTING_COMMAND, "property": "data", "value": {"do": do, "number": "1", **more}}],
            "changedPropIds": [f"{ids.ACTING_COMMAND}.data"],
            "state": [{"id": "shown", "property": "data", "value": self.shown}],
        }
        return self.client.post(CALLBACK, json=body)

    def opens(self, kind: str, *orders: str, **more: Any) -> str:
        """Press a button of these orders."""
        return self.sends("open", ask={"kind": kind, "orders": list(orders), "title": "Finance review", **more})

    def applies(self, reason: str = "because") -> str:
        """Do what was previewed."""
        return self.sends("apply", preview=self.state["preview"], key=self.state["key"], reason=reason)


def words(part: Any) -> str:
    """All text below a component as Dash sends it."""
    if isinstance(part, dict):
        return words(part.get("props", {}).get("children"))
    if isinstance(part, list):
        return " ".join(filter(None, map(words, part)))
    return "" if part is None else str(part)


@pytest.fixture
def person(server: str) -> Iterator[Person]:
    """An operator of every team at the review's page."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield Person(client)


def held(store: Store, *orders: str) -> list[bool]:
    """Whether each order is on hold."""
    with store.read() as connection:
        marks = order_marks(connection, orders)
    return [any(mark.kind == "hold" for mark in marks.get(order, ())) for order in orders]


def test_a_hold_from_preview_to_undo(person: Person, shop: Store):
    """The preview changes nothing; applying does, once for one key; undoing brings back what was."""
    assert "2 orders would change" in person.opens("hold", "A", "C")
    assert person.state["step"] == "preview" and held(shop, "A", "C") == [False, False]
    preview = dict(person.state)
    assert "Done: 2 of 2 orders changed" in person.applies()
    done = person.state["action"]
    person.state = preview
    person.applies()
    assert person.state["action"] == done and held(shop, "A", "C") == [True, True]
    assert "2 orders go back" in person.sends("undo_ask", action=done)
    person.sends("undo", action=done, key=person.state["key"], reason="a mistake")
    assert person.state["step"] == "done" and held(shop, "A", "C") == [False, False]
    assert "was undone already" in person.sends("undo_ask", action=done) and person.state["step"] == "gone"
    assert "It was undone." in person.sends("look", action=done)


def test_parameters_come_before_the_preview(person: Person):
    """What is needed is said; once it is there, what would change."""
    told = person.opens("assign", "A")
    assert "to see what would change" in told and "Logistics" in told and "preview" not in person.state
    told = person.sends("preview", ask=person.state["ask"], params={"to": "logistics"})
    assert "1 order would change" in told and "Logistics" in told and person.state["step"] == "preview"


def test_all_that_match_are_taken_as_the_list_is_now(person: Person):
    """Those in the list of the page, filtered as in the grid; the others are not."""
    person.opens("note", every=True)
    assert "2 orders would change" in person.sends("preview", ask=person.state["ask"], params={"text": "look"})
    person.shown["url"] = "/node/review?state=left"
    person.opens("note", every=True)
    told = person.sends("preview", ask=person.state["ask"], params={"text": "look"})
    assert "1 order would change" in told and "B" in told
    person.shown["url"] = "/node/review"
    only = {"filterType": "text", "type": "contains", "filter": "C"}
    person.opens("note", every=True, filters={"order_id": only})
    assert "1 order would change" in person.sends("preview", ask=person.state["ask"], params={"text": "look"})


def test_the_second_of_two_is_told(person: Person):
    """Both previewed; the one who applies second is refused in words, and nothing happens twice."""
    person.opens("hold", "A")
    second = Person(person.client)
    second.opens("hold", "A")
    person.applies("first")
    assert "Nothing was changed" in second.applies("second")
    assert "No order would change" in second.opens("hold", "A")


def test_errors_are_words(person: Person):
    """An expired preview, an unknown action, nothing ticked."""
    told = person.sends("apply", preview="gone", key="k" * 32, reason="x")
    assert person.state["step"] == "gone" and told.strip()
    assert person.opens("hold").strip() and person.state["step"] == "asking"
    assert person.answer("open", ask={"kind": "none-such", "orders": ["A"]}).status_code == 204
    assert person.answer("dance").status_code == 204


def test_who_leaves_a_preview_is_not_worked_for(person: Person, monkeypatch: pytest.MonkeyPatch):
    """The connection ends, as when the dialog is closed: the work hears of it and leaves off."""
    begun, left = Event(), Event()

    def endless(*asked: Any) -> None:
        begun.set()
        while asked[-1]():
            sleep(0.01)
        left.set()
        raise write_back.NobodyWaits

    monkeypatch.setattr(write_back, "preview", endless)
    with httpx.Client(base_url=person.client.base_url, timeout=1) as leaving, pytest.raises(httpx.ReadTimeout):
        Person(leaving).opens("hold", "A")
    assert begun.wait(10) and left.wait(10)


def test_a_store_that_is_away_is_one_line_in_the_log(person: Person, monkeypatch: pytest.MonkeyPatch, capsys):
    """No trace of where in the callback that was noticed; the dialog is told nothing, so that it may ask again."""

    def away(*_: Any) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(write_back, "preview", away)
    capsys.readouterr()
    assert person.answer("open", ask={"kind": "hold", "orders": ["A"]}).json()["response"] == {}
    told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(told) == 1 and "callback_failed" in told[0] and "StoreUnavailable" in told[0]


def test_the_dialog_speaks_chinese(person: Person):
    """As the page does."""
    person.shown["lang"] = "zh"
    assert "1 个订单将变更" in person.opens("hold", "A")


def test_a_viewer_is_refused(shop: Store, clock: FixedClock):
    """No button on the page, no check box in the list, and no answer to a command."""
    viewer = Caller("vi", CallerKind.VISITOR, Role.VIEWER)
    with (
        serving(shop, clock, keep=False, visitor=viewer) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        layout = client.get("/_dash-layout", headers={"Referer": f"{address}/node/review"}).text
        assert '"data-act"' not in layout and "rowSelection" not in layout and "orders-grid" in layout
        assert Person(client).answer("open", ask={"kind": "hold", "orders": ["A"]}).status_code == 403
    assert held(shop, "A") == [False]


def test_an_operator_is_offered_the_buttons(server: str):
    """Of the page and of the order; what was done stands on the order's page."""
    with httpx.Client(base_url=server, timeout=30) as client:
        page = json.loads(client.get("/_dash-layout", headers={"Referer": f"{server}/node/review"}).text)
        assert "pass_review" in json.dumps(page)
        person = Person(client, "/order/A")
        person.opens("hold", "A")
        person.applies("the customer rang")
        order = client.get("/_dash-layout", headers={"Referer": f"{server}/order/A"}).text
        assert "the customer rang" in order and "release_hold" in order
