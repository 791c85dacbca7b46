"""Which person an OpenID provider's claims mean: one who is known by them, or whom their groups let in."""

import re
from collections.abc import Mapping
from typing import Any

from callbacks.services import Services
from dashboard.identity_settings import Oidc
from dashboard.permissions import PROVIDER, Role
from datasource.people import By, Person, PersonRefused, add_person, find_person, person_of, set_role


class OidcRefused(Exception):  # noqa: N818 - what came of it
    """Nobody here is meant by these claims, or they are kept out."""


def person_of_claims(services: Services, settings: Oidc, claims: Mapping[str, Any], address: str) -> Person:
    """The person of the claims' subject. Where a group of theirs has a role here, they get it, new or known.

    A name never links: whoever has the name here already keeps it to themselves. Raises ``OidcRefused``.
    """
    subject, now = str(claims["sub"]), services.clock.now()
    given = role_of_claims(settings, claims)
    by = By(PROVIDER, address)
    with services.store.begin() as connection:
        known = person_of(connection, settings.issuer, subject)
        if known is None and given is not None:
            name = _name(claims)
            new = Person(name, str(claims.get("name") or name)[:80], *given, made_at=now)
            try:
                add_person(connection, new, by, oidc=(settings.issuer, subject))
            except PersonRefused as error:
                raise OidcRefused from error
        elif known is not None and known.disabled_at is None and given not in {None, (known.role, known.team)}:
            assert given is not None
            set_role(connection, known.name, *given, by, now)
        found = (known and find_person(connection, known.name)) or person_of(connection, settings.issuer, subject)
    if found is None or found.disabled_at is not None:
        raise OidcRefused
    return found


def role_of_claims(settings: Oidc, claims: Mapping[str, Any]) -> tuple[Role, str | None] | None:
    """The role, and the team, of the first group that has one; ``None`` for none."""
    told = claims.get(settings.claim, ())
    values = {str(one) for one in told} if isinstance(told, list) else {str(told)}
    return next(((role, team) for value, role, team in settings.roles if value in values), None)


def _name(claims: Mapping[str, Any]) -> str:
    told = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    return re.sub(r"[^a-z0-9._@+-]", "-", told.lower())[:64]
