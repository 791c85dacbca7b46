"""How far the demo shop is with its past, for the page to say so meanwhile."""

from dataclasses import dataclass

STARTING = "demo_starting"
"""What is said before anybody looked what the store holds."""


@dataclass
class DemoProgress:
    """Written by the demo's thread, read by any other.

    ``fraction``: of the whole preparation, 0 to 1; ``text_key``: the message that says what is going on; ``done``:
    the shop lives in real time; ``refused``: the store holds other orders, so no demo runs on it.
    """

    fraction: float = 0.0
    text_key: str = STARTING
    done: bool = False
    refused: bool = False

    def report(self, fraction: float, text_key: str) -> None:
        """Say how far it is; never less than before."""
        self.fraction = max(self.fraction, min(fraction, 1.0))
        self.text_key = text_key

    def finish(self) -> None:
        """The past is complete, and the shop lives."""
        self.fraction, self.text_key, self.done = 1.0, "demo_living", True
