"""Sending a message again that was given up: one door for the page and the interface."""

from callbacks.reads import Reads
from callbacks.services import Services
from dashboard.permissions import Caller
from datasource import outbox
from datasource.outbox import OutboxMessage, message


class Gone(Exception):  # noqa: N818 - it says what is
    """There is no such message."""


class NotDead(Exception):  # noqa: N818 - it says what is
    """The message was not given up: it is ``state``."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def send_again(services: Services, reads: Reads, message_id: str, caller: Caller) -> OutboxMessage:
    """Let it wait again, and write down who did so; answers it as it now stands.

    Raises:
        Gone: there is no such message.
        NotDead: it was not given up, or somebody else was faster.
        StoreError: the store did not answer.
    """
    with services.store.begin() as connection:
        done = outbox.send_again(connection, [message_id], caller, services.clock.now())
        found = message(connection, message_id)
    if found is None:
        raise Gone
    if not done:
        raise NotDead(found.state)
    reads.outbox.forget()
    return found
