"""Passwords: what one must be like, and argon2id to keep and check them, with work for a name that is not there too."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256

_WORDS = """
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 0123456789012 1234567890ab
password1234 password12345 password123456 passwordpassword password123! passw0rd1234 p@ssw0rd1234
qwertyuiopas qwertyuiop123 qwerty123456 1q2w3e4r5t6y 1qaz2wsx3edc zaq12wsxcde3 qazwsxedcrfv asdfghjkl123
abcdefghijkl abcd12345678 abc123456789 letmein12345 iloveyou1234 welcome12345 administrator admin1234567
changemeplease changeme1234 adminadminadmin qwertyqwerty lifelinelifeline orderlifeline correcthorsebatterystaple
5201314520131 woaini5201314 a12345678910 zxcvbnm12345 1234qwerasdf
"""
_WELL_KNOWN = frozenset(_WORDS.split())

Hasher = PasswordHasher()
"""argon2id with the parameters of RFC 9106 that argon2-cffi takes by itself; a stronger one renews old hashes."""


class WeakPassword(ValueError):  # noqa: N818 - the word for it
    """The password is not good enough. ``text``: a key under ``identity.password``."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values


def check_password(password: str, name: str) -> None:
    """Raises ``WeakPassword`` for one that is too short, too long, well known, or made of the person's name."""
    if len(password) < SHORTEST:
        raise WeakPassword("short", least=SHORTEST)
    if len(password) > LONGEST:
        raise WeakPassword("long", most=LONGEST)
    plain = password.casefold()
    if plain in _WELL_KNOWN or len(set(plain)) < 4 or name.casefold() * 2 in plain or plain.startswith(name.casefold()):
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
