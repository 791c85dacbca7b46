"""How messages to outside systems are put into words."""

from layouts.texts import Texts


def target_name(texts: Texts, target: str) -> str:
    """Whom a message goes to; a target without a name keeps its key."""
    return texts(f"outbox.target.{target}") if texts.has(f"outbox.target.{target}") else target


def message_state(texts: Texts, state: str, last_error: str | None) -> str:
    """How a message stands; one that failed before and waits is being tried again."""
    shown = "retrying" if state == "waiting" and last_error else state
    return texts(f"outbox.state.{shown}")


def fault_text(texts: Texts, last_error: str | None, last_status: int | None) -> str:
    """Why the last attempt failed; nothing where it did not."""
    if not last_error or not texts.has(f"outbox.fault.{last_error}"):
        return last_error or ""
    return texts(f"outbox.fault.{last_error}", status=last_status or "–")
