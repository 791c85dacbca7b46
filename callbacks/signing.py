"""What only this server can have made: tokens of forms and values that travel through a browser and back."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


class Signer:
    """Signs with the server's secret; what is signed for one purpose is nothing for another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def token(self, purpose: str, of: str) -> str:
        """What shows that a form for the purpose was made for whoever carries ``of``."""
        return hmac.new(self._secret, f"{purpose}\0{of}".encode(), hashlib.sha256).hexdigest()

    def is_token(self, told: str, purpose: str, of: str) -> bool:
        """Whether it is that token, in the same time whatever it is."""
        return bool(of) and hmac.compare_digest(told.encode(), self.token(purpose, of).encode())

    def sealed(self, purpose: str, values: Mapping[str, str]) -> str:
        """The values as text that nobody else can make."""
        told = base64.urlsafe_b64encode(json.dumps(dict(values)).encode()).decode()
        return f"{told}.{self.token(purpose, told)}"

    def opened(self, purpose: str, text: str) -> dict[str, Any] | None:
        """The values of a sealed text; ``None`` for one that was not sealed here."""
        told, _, seal = text.rpartition(".")
        if not self.is_token(seal, purpose, told):
            return None
        values: dict[str, Any] = json.loads(base64.urlsafe_b64decode(told))
        return values
