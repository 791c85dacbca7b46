"""Passwords: what one must be like, and argon2id to keep and check them, with work for a name that is not there too."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

SHORTEST = 12
LONGEST = 256

_JUDGED = 72
"""Characters that are judged: what begins well enough is good enough, and judging more of it would cost time."""

_GOOD_SCORE = 3
"""Of 4, by zxcvbn: more than 10^8 guesses by who tries well-known passwords, names, dates and keyboard rows first."""

_TRIED_HERE = ("lifeline", "orderlifeline", "5201314", "woaini", "correcthorsebatterystaple")
"""What is guessed early here, beside the 30,000 passwords and 60,000 words and names that zxcvbn knows."""

Hasher = PasswordHasher()
"""argon2id with the parameters of RFC 9106 that argon2-cffi takes by itself; a stronger one renews old hashes."""


class WeakPassword(ValueError):  # noqa: N818 - the word for it
    """The password is not good enough. ``text``: a key under ``identity.password``."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values


def check_password(password: str, name: str) -> None:
    """Raises ``WeakPassword`` for one that is too short, too long, easily guessed, or made of the person's name."""
    if len(password) < SHORTEST:
        raise WeakPassword("short", least=SHORTEST)
    if len(password) > LONGEST:
        raise WeakPassword("long", most=LONGEST)
    guessed = zxcvbn(password[:_JUDGED], user_inputs=[name, *_TRIED_HERE])
    if guessed["score"] < _GOOD_SCORE or password.casefold().startswith(name.casefold()):
        raise WeakPassword("known")


def hashed(password: str, hasher: PasswordHasher = Hasher) -> str:
    """The password as it is kept."""
    return hasher.hash(password)


def is_right(kept: str | None, password: str, hasher: PasswordHasher = Hasher) -> bool:
    """Whether it is the password. Where nothing is kept as much is computed, so that the time tells nothing."""
    try:
        right = hasher.verify(kept or _nobody(hasher), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def is_old(kept: str, hasher: PasswordHasher = Hasher) -> bool:
    """Whether it was hashed with weaker parameters than those of today."""
    return hasher.check_needs_rehash(kept)


@cache
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("the password of nobody")
