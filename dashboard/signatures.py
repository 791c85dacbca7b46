"""The signature of a message to an outside system: what the courier writes, and how a receiver checks it.

``Lifeline-Signature: t=1772000000,v1=5257a8...``: ``v1`` is the HMAC-SHA256 of the time, a full stop and the body, by
the secret that both sides know, in hexadecimal. The time is signed with the body, so that an old message cannot be sent
again as a new one.
"""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

HEADER = "Lifeline-Signature"
TIMESTAMP = "Lifeline-Timestamp"
DELIVERY = "Lifeline-Delivery"
TOLERANCE = timedelta(minutes=5)


class Verdict(StrEnum):
    """What a signature is worth."""

    GENUINE = "genuine"
    UNREADABLE = "unreadable"  # no time, or no signature of a version that is known
    STALE = "stale"  # signed too long ago, or in the future: perhaps recorded and sent again
    FORGED = "forged"  # not by this secret, or not this body


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value for a body that is sent at an instant."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def verify_signature(
    secret: str, header: str | None, body: bytes, now: datetime, tolerance: timedelta = TOLERANCE
) -> Verdict:
    """Whether a body came from somebody who knows the secret, and not long ago.

    One that is recorded and sent again within the tolerance is genuine still: its ``id`` is known by then, and a
    receiver does nothing twice for one id. ``body``: the bytes as they came, before anything reads them.
    """
    stamp, signatures = _parts(header or "")
    if stamp is None or not signatures:
        return Verdict.UNREADABLE
    expected = _digest(secret, stamp, body).encode()
    # No "any": every signature is compared, and each in constant time.
    if not sum(hmac.compare_digest(expected, given.encode()) for given in signatures):
        return Verdict.FORGED
    apart = abs(now.timestamp() - stamp)
    return Verdict.GENUINE if apart <= tolerance.total_seconds() else Verdict.STALE


def _digest(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()


def _parts(header: str) -> tuple[int | None, list[str]]:
    """The time, and every signature of version 1: there are two while a secret is being changed."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t" and value.isascii() and value.isdecimal()]
    stamp = int(stamps[0]) if len(stamps) == 1 and len(stamps[0]) <= 12 else None
    return stamp, [value for name, _, value in pairs if name == "v1" and value]
