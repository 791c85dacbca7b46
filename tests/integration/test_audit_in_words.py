"""Everything that is written into the audit can be read: what was done, what it changed, from what to what."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from callbacks.audit_reads import audited
from dashboard.acting import Message
from dashboard.actions import CATALOGUE
from dashboard.audited import OTHER_KINDS, Changed, changed
from dashboard.clock import FixedClock
from dashboard.deliveries import Attempt, Fault
from dashboard.lifeline import Lifeline
from dashboard.permissions import Permission, Role
from datasource.action_work import work
from datasource.api_tokens import add_token, revoke_token
from datasource.audit import Noted, entries
from datasource.credentials import fingerprint
from datasource.kiosks import add_kiosk, revoke_kiosk
from datasource.outbox import claim, enqueue, failed, send_again
from datasource.people import By, Person, add_person, disable_person, link_person, set_password, set_role
from datasource.sessions import begin_session, end_other_sessions, end_session
from datasource.store import Store
from datasource.write_back import Asked, begin, cancel, preview, undo
from layouts.audit_words import kind_name, subject_words, value_words
from layouts.context import Context
from tests.builders import days
from tests.contract.acting_shop import LI, open_shop
from tests.looks import context
from tests.people import PASSWORD

NOW = days(1)
WHERE = {
    "pass_review": "REVIEW",
    "switch_label_provider": "PICKUP",
    "confirm_delivery": "SIGN",
    "reject_delivery": "SIGN",
    "cancel_order": "PICK2",
    "release_stock": "REFUND",
}
PARAMS = {"provider": "backup", "to": "logistics", "invoice_title": "Acme", "tax_number": "91", "why": "late"}
CODED = frozenset({"role", "scopes", "state", "status", "intake", "provider", "target", "error", "kind", "node", "to"})
"""Names whose values are words of the program, to be said in the reader's language."""


def every_action(store: Store, lifeline: Lifeline) -> None:
    """Each kind done to something that it fits; what can be taken back is, and one is stopped."""
    clock = FixedClock(NOW)
    for kind in CATALOGUE:
        subject = {"sku": "MILK", "outlet": "ZTO-440305"}.get(kind.subject) or WHERE.get(kind.key, "PICK")
        params = {one.key: PARAMS.get(one.key, "a text") for one in kind.params}
        made = preview(store, Asked(kind.key, (subject,), params), LI, NOW, lifeline)
        done = work(
            store, begin(store, made.preview_id, "because", f"key:{made.preview_id}", LI, NOW)[0].action_id, clock
        )
        assert done.done == 1, (kind.key, done.items)
        if kind.inverse is None and done.undoable:
            work(store, undo(store, done.action_id, "a mistake", f"undo:{kind.key}", LI, NOW)[0].action_id, clock)
    made = preview(store, Asked("note", ("DISPATCH",), {"text": "x"}), LI, NOW, lifeline)
    cancel(store, begin(store, made.preview_id, "because", "to-be-stopped", LI, NOW)[0].action_id, LI, NOW)


def every_person(connection: Connection) -> None:
    """Whatever is done to people, displays and tokens."""
    by = By("admin", "::1")
    chen = Person("chen", "Chen", Role.OPERATOR, "warehouse", NOW)
    add_person(connection, chen, by, password=PASSWORD)
    set_role(connection, "chen", Role.FINANCE, None, by, NOW)
    set_password(connection, "chen", PASSWORD + " of mine", by, NOW)
    link_person(connection, "chen", "https://id.example", "subject-1", by, NOW)
    first = fingerprint(begin_session(connection, chen, "::1", NOW))
    begin_session(connection, chen, "::1", NOW)
    end_other_sessions(connection, "chen", first, "::1", NOW)
    end_session(connection, first, "::1", NOW)
    disable_person(connection, "chen", by, NOW)
    kiosk, _ = add_kiosk(connection, "Hall", "/wall", by, NOW)
    revoke_kiosk(connection, kiosk, by, NOW)
    token, _ = add_token(connection, "wms", list(Permission), NOW + timedelta(days=9), by, NOW)
    revoke_token(connection, token, by, NOW)


def a_message(connection: Connection) -> None:
    """One that was given up is sent again."""
    enqueue(connection, "order:PICK", [Message("carrier", "label.requested", {})], None, NOW)
    for one in claim(connection, "carrier", NOW, 50):
        failed(connection, one, Attempt(503, Fault.STATUS), None)
        send_again(connection, [one.message_id], LI, NOW)


@pytest.fixture
def written(store: Store, lifeline: Lifeline) -> list[Noted]:
    """An audit with everything in it."""
    open_shop(store, lifeline)
    every_action(store, lifeline)
    with store.begin() as connection:
        every_person(connection)
        a_message(connection)
        return entries(connection, limit=None)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_that_is_written_is_said_in_words(written: list[Noted], lang: str):
    """What was done, on what, and the name of each value that it changed."""
    view = context(lang)
    kinds = {one.entry.kind for one in written}
    assert {*OTHER_KINDS, *(kind.key for kind in CATALOGUE), "undo:note", "stop:note"} <= kinds
    assert [kind for kind in kinds if kind_name(view, kind) in {kind, ""}] == []
    assert [one.entry.subject for one in written if not subject_words(view, audited(one))[0]] == []
    steps = {step for one in written for change in changes(one) for step in change.path}
    assert {step for step in steps if not view.texts.has(named(view, step))} == set()


def test_values_that_are_words_of_the_program_are_said_in_chinese(written: list[Noted]):
    """In English some are the very words."""
    view = context("zh")
    told = {
        (change.path[-1], value)
        for change in (change for one in written for change in changes(one) if change.path[-1] in CODED)
        for side in (change.before, change.after)
        for value in (side if isinstance(side, list) else [side])
        if isinstance(value, str)
    }
    assert {name for name, _ in told} == CODED
    assert {(name, value) for name, value in told if value_words(view, name, value) == value} == set()


def changes(noted: Noted) -> tuple[Changed, ...]:
    """What an entry changed."""
    return changed(noted.entry.before, noted.entry.after)


def named(view: Context, step: str) -> str:
    """The text that names a value."""
    bare = step.partition(":")[0]
    found = f"acting_ui.field.{bare}"
    return found if view.texts.has(found) else f"audit.field.{bare}"
