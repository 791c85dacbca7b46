"""Signing in with a password: counted, slow for a machine, and the same for a name that is not there."""

from dataclasses import dataclass
from threading import BoundedSemaphore

from callbacks.logs import log
from callbacks.services import Services
from callbacks.signing import Signer
from datasource.credentials import fingerprint
from datasource.login_failures import count_attempt, forgive
from datasource.passwords import check_password
from datasource.people import By, Person, check_sign_in, find_person, set_password
from datasource.sessions import begin_session, end_other_sessions, end_session

AT_ONCE = 2
"""So many passwords are hashed at once: each takes 64 MB and all of a core."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``before``: the secret of the session that the browser had, which ends."""

    name: str
    password: str
    address: str
    before: str = ""


class Login:
    """The one place that makes sessions. Threads may share it."""

    def __init__(self, services: Services, signer: Signer) -> None:
        self._services, self._signer = services, signer
        self._hashing = BoundedSemaphore(AT_ONCE)
        self._log = log("identity")

    def by_password(self, attempt: Attempt) -> str | None:
        """The secret of a new session; ``None`` where name or password is wrong.

        Raises:
            TooManyFailures: there were too many wrong ones, by this name or from this address.
            StoreError: the store did not answer.
        """
        person = self._checked(attempt)
        return None if person is None else self.of(person, attempt.address, attempt.before, "password")

    def _checked(self, attempt: Attempt) -> Person | None:
        store, now = self._services.store, self._services.clock.now()
        name = attempt.name.strip().lower()
        keys = {
            "name": self._signer.token("failure", f"name {name}"),
            "address": self._signer.token("failure", f"address {attempt.address}"),
        }
        with store.begin() as connection:
            count_attempt(connection, keys, now)
        with self._hashing, store.begin() as connection:
            person = check_sign_in(connection, name, attempt.password)
            if person is not None:
                forgive(connection, keys)
        if person is None:
            self._log.warning("login_refused", way="password")
        return person

    def of(self, person: Person, address: str, before: str, way: str) -> str:
        """The secret of a new session of somebody who has shown who they are."""
        now = self._services.clock.now()
        with self._services.store.begin() as connection:
            if before:
                end_session(connection, fingerprint(before), address, now)
            secret = begin_session(connection, person, address, now)
        self._log.info("login", way=way)
        return secret

    def change(self, attempt: Attempt, new: str) -> str | None:
        """Give somebody whom the present password shows another one; a new session, as all of theirs end.

        ``None`` where the present one is wrong. Raises ``TooManyFailures``, ``WeakPassword``, ``StoreError``.
        """
        check_password(new, attempt.name)
        person = self._checked(attempt)
        if person is None:
            return None
        by = By(person.name, attempt.address)
        with self._services.store.begin() as connection:
            set_password(connection, person.name, new, by, self._services.clock.now())
        return self.of(person, attempt.address, "", "password")

    def alone(self, attempt: Attempt, kept: bytes) -> bool:
        """Sign somebody out everywhere but in the session ``kept``, once they have shown their password.

        Whoever has none, and signs in at a provider, need show nothing. Answers whether what they showed was right.
        Raises ``TooManyFailures``, ``StoreError``.
        """
        with self._services.store.begin() as connection:
            person = find_person(connection, attempt.name)
        if person is None or (person.has_password and self._checked(attempt) is None):
            return False
        with self._services.store.begin() as connection:
            end_other_sessions(connection, person.name, kept, attempt.address, self._services.clock.now())
        return True

    def out(self, secret: str, address: str) -> None:
        """End a session."""
        with self._services.store.begin() as connection:
            end_session(connection, fingerprint(secret), address, self._services.clock.now())
