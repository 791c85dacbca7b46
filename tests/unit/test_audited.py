"""What an audit entry changed: every value that differs and no other, however deep it lies."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.audited import AuditAsked, Audited, Changed, changed, subject_of
from tests.builders import NOON

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3), lambda inner: st.dictionaries(st.text(max_size=3), inner)
)
STATES = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


def at_path(state: Any, path: tuple[str, ...]) -> Any:
    """The value there, ``None`` where there is none."""
    for name in path:
        if not isinstance(state, dict) or name not in state:
            return None
        state = state[name]
    return state


def test_only_what_differs_is_told():
    """A hold that was set, a node that was left; the version in between did not change."""
    before = {"node": "pick", "version": 3, "marks": {"note": {"text": "call"}}}
    after = {"node": "pack", "version": 3, "marks": {"hold": {"by": "li.wei"}, "note": {"text": "call"}}}
    assert changed(before, after) == (
        Changed(("node",), "pick", "pack"),
        Changed(("marks", "hold", "by"), None, "li.wei"),
    )


def test_what_is_gone_comes_last():
    """A mark taken away, and a value added before it."""
    found = changed({"hold": True, "a": 1}, {"a": 2, "b": 1})
    assert [one.path for one in found] == [("a",), ("b",), ("hold",)]


def test_one_is_not_true():
    """JSON tells them apart, and so does the audit."""
    assert changed({"frozen": 1}, {"frozen": True}) == (Changed(("frozen",), 1, True),)


@given(STATES, STATES)
def test_each_told_value_is_the_true_one(before: dict, after: dict):
    """Before and after stand in the states at that path, and they differ."""
    for one in changed(before, after):
        for state, value in ((before, one.before), (after, one.after)):
            # A mapping that stands where the other side has a value is told by its own values.
            assert value == at_path(state, one.path) or (value is None and isinstance(at_path(state, one.path), dict))
        assert repr(one.before) != repr(one.after)


@given(STATES)
def test_nothing_differs_from_itself(state: dict):
    """No change, nothing told."""
    assert changed(state, state) == ()


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("DB-1", "order:DB-1"),
        (" DB-1 ", "order:DB-1"),
        ("sku:A-1", "sku:A-1"),
        ("order:x:y", "order:x:y"),
        ("7:1", "order:7:1"),
    ],
)
def test_a_bare_text_means_an_order(text: str, subject: str):
    """Prefixed texts mean what they say."""
    assert subject_of(text) == subject


def test_an_entry_knows_its_order():
    """And one about a SKU has none."""
    assert [entry(subject).order_id for subject in ("order:A", "sku:A", "order:")] == ["A", None, None]


def test_a_page_narrows_nothing():
    """Paging is no filter: an empty page of it is no filter without a match."""
    assert not AuditAsked(before_seq=4).narrowed and AuditAsked(since=NOON).narrowed


def entry(subject: str = "order:A", at: datetime = NOON, **changes: Any) -> Audited:
    """An entry at noon."""
    told = {"actor": "li.wei", "origin": "127.0.0.1", "kind": "hold", "action_id": None, "reason": None}
    told |= {"before": None, "after": None, "seq": 1, "hash": "ab"} | changes
    return Audited(at=at, subject=subject, **told)
