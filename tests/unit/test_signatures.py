"""The signature of a message: who made it, when, and that nothing else passes for it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.signatures import TOLERANCE, Verdict, sign, verify_signature
from tests.builders import NOON

SECRET, BODY = "a-secret-for-tests-only", '{"id":"1","kind":"note","body":{"text":"拣货"}}'.encode()
SECOND = timedelta(seconds=1)


def verdict(header: str | None, body: bytes = BODY, *, secret: str = SECRET, after: timedelta = SECOND) -> Verdict:
    """What a receiver thinks of it."""
    return verify_signature(secret, header, body, NOON + after)


def test_a_known_signature():
    """Worked out with another program: ``printf '%s' '1772424000.hello' | openssl dgst -sha256 -hmac key``."""
    assert sign("key", b"hello", NOON) == (
        "t=1772424000,v1=2e632f6b8af3888ee04cc8076b0ff57bd86ac9b54f15ed027ad153c1f6cf0f45"
    )


def test_what_was_signed_is_genuine():
    """Now, and for five minutes; a receiver's clock may be behind as well."""
    header = sign(SECRET, BODY, NOON)
    assert verdict(header) is Verdict.GENUINE
    assert verdict(header, after=TOLERANCE) is Verdict.GENUINE
    assert verdict(header, after=-TOLERANCE) is Verdict.GENUINE


def test_an_old_one_that_is_sent_again_is_refused():
    """What was recorded six minutes ago, and what claims to be of the future."""
    header = sign(SECRET, BODY, NOON)
    assert verdict(header, after=TOLERANCE + SECOND) is Verdict.STALE
    assert verdict(header, after=-TOLERANCE - SECOND) is Verdict.STALE


def test_an_old_one_with_a_new_time_is_forged():
    """The time is signed with the body."""
    old = sign(SECRET, BODY, NOON - timedelta(hours=1))
    again = f"t={int(NOON.timestamp())},v1={old.partition('v1=')[2]}"
    assert verdict(again) is Verdict.FORGED


def test_another_body_or_another_secret_is_forged():
    """By one byte, or by one character."""
    header = sign(SECRET, BODY, NOON)
    assert verdict(header, BODY + b" ") is Verdict.FORGED
    assert verdict(header, secret=SECRET + "x") is Verdict.FORGED
    assert verdict(header[:-1] + ("0" if header[-1] != "0" else "1")) is Verdict.FORGED


def test_two_signatures_while_a_secret_changes():
    """One of them by the secret that the receiver has is enough."""
    ours, other = (sign(secret, BODY, NOON).partition(",")[2] for secret in (SECRET, "the-next-secret-of-ours"))
    stamp = f"t={int(NOON.timestamp())}"
    assert verdict(f"{stamp},{other},{ours}") is Verdict.GENUINE
    assert verdict(f"{stamp}, {other}") is Verdict.FORGED


@pytest.mark.parametrize(
    "header",
    [None, "", "nonsense", "v1=00", "t=1772424000", "t=x,v1=00", "t=1,t=2,v1=00", "t=9999999999999,v1=0", "t=²,v1=0"],
)
def test_no_signature_at_all(header: str | None):
    """Neither is taken for one, nor breaks the receiver."""
    assert verdict(header) is Verdict.UNREADABLE


def test_an_unknown_version_is_none():
    """Only ``v1`` is known; letters outside ASCII break nothing."""
    assert verdict(sign(SECRET, BODY, NOON).replace("v1", "v0")) is Verdict.UNREADABLE
    assert verdict("t=1772424000,v1=é") is Verdict.FORGED


def test_the_code_of_the_docs_does_what_it_says(monkeypatch: pytest.MonkeyPatch):
    """A receiver that copies it takes what we sign, and nothing else."""
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    genuine = names["genuine"]
    header = sign(SECRET, BODY, NOON)
    for after, expected in ((0, True), (300, True), (301, False), (-301, False)):
        monkeypatch.setattr(names["time"], "time", lambda at=after: NOON.timestamp() + at)
        assert genuine(SECRET, header, BODY) is expected
    monkeypatch.setattr(names["time"], "time", NOON.timestamp)
    assert not genuine(SECRET, header, BODY + b" ")
    assert not genuine("another-secret-entirely", header, BODY)
    assert not any(
        genuine(SECRET, other, BODY) for other in ("", "t=1", "v1=00", "t=x,v1=é", header.replace("t=", "t=1"))
    )
