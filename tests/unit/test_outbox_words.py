"""Messages to outside systems in words: who, how far, and why not."""

import pytest

from callbacks.demo_outside import listening
from dashboard.deliveries import Fault
from dashboard.webhooks import TARGETS, Webhooks
from layouts.outbox_words import fault_text, message_state, nobody_listens, target_name
from layouts.texts import Texts

EN = Texts("en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_fault_and_target_has_words(lang: str):
    """None is shown by its key."""
    texts = Texts(lang)
    assert all(fault_text(texts, fault, 503) != fault for fault in Fault)
    assert all(target_name(texts, target) != target for target in TARGETS)


def test_words_of_a_message():
    """One that failed and waits is tried again; what has no words keeps its key."""
    assert [message_state(EN, *how) for how in (("waiting", None), ("waiting", "timeout"), ("dead", "status"))] == [
        "waiting",
        "trying again",
        "given up",
    ]
    assert fault_text(EN, "status", 503) == "answered 503"
    assert fault_text(EN, None, 200) == ""
    assert fault_text(EN, "odd", None) == "odd"
    assert target_name(EN, "erp") == "erp"
    assert "LIFELINE_WEBHOOK_CHAT" in nobody_listens(EN, "chat")


def test_who_listens():
    """In the demo everybody, else those whose address is set."""
    webhooks = Webhooks({"wms": "https://wms.example/"})
    assert listening(webhooks, demo=False) == {"wms"}
    assert listening(webhooks, demo=True) == set(TARGETS)
