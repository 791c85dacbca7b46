"""The settings: read once from the environment, checked at the start, frozen afterwards. No secret has a default."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dashboard.deliveries import Fault
from dashboard.identity_settings import IdentitySettings, Oidc, networks, oidc_issuer, roles_of_claims, secret_key, yes
from dashboard.webhooks import TARGETS, Allowed, Webhooks, fault_of_url, read_allowed, read_webhook_url

T = TypeVar("T")

MINIMUM_TOKEN = 16
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("auto", "console", "json")


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was told.

    ``database_url``: ``None`` starts the embedded server in ``data`` (``None``: the user's data folder).
    ``api_token``: ``None`` refuses to write through the API. ``hosts``: names, beside this machine's own and IP
    addresses, under which a browser may reach the server. ``workers``: threads that answer pages.
    ``cache_url``: a Redis to share cached reads in; ``None`` keeps them in memory. ``webhooks``: which outside systems
    are told, where, and signed how. ``identity``: who may come in. ``batch_most``: how many orders one action takes.
    """

    data: Path | None = None
    database_url: str | None = None
    api_token: str | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    hosts: tuple[str, ...] = ()
    cache_url: str | None = None
    log_level: str = "info"
    log_format: str = "auto"
    workers: int = 16
    webhooks: Webhooks = field(default_factory=Webhooks)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    batch_most: int = 1_000

    def __repr__(self) -> str:
        return f"Settings(data={self.data!r}, host={self.host!r}, port={self.port!r})"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives; a variable that is empty counts as absent.

    Raises:
        SettingsError: a variable holds a value that cannot be used.
    """
    given = {key: value.strip() for key, value in (os.environ if environment is None else environment).items()}
    given = {key: value for key, value in given.items() if value}
    return Settings(
        data=_read(given, "LIFELINE_DATA", Path, None),
        database_url=_read(given, "DATABASE_URL", database_url, None),
        api_token=_read(given, "LIFELINE_API_TOKEN", _token, None),
        host=_read(given, "LIFELINE_HOST", str, "127.0.0.1"),
        port=_read(given, "LIFELINE_PORT", _port, 8050),
        hosts=_read(given, "LIFELINE_HOSTS", _names, ()),
        cache_url=_read(given, "LIFELINE_CACHE_URL", _cache_url, None),
        log_level=_read(given, "LIFELINE_LOG_LEVEL", _one_of(LOG_LEVELS), "info"),
        log_format=_read(given, "LIFELINE_LOG_FORMAT", _one_of(LOG_FORMATS), "auto"),
        workers=_read(given, "LIFELINE_WORKERS", _workers, 16),
        webhooks=_webhooks(given),
        identity=_identity(given),
        batch_most=_read(given, "LIFELINE_BATCH_MOST", _batch_most, 1_000),
    )


def database_url(text: str) -> str:
    """A PostgreSQL address as the store takes it; ``postgres://`` and ``postgresql://`` are read as psycopg's.

    Raises:
        ValueError: it is not the address of a PostgreSQL database.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("takes an address such as postgresql://user@host/database")
    return f"postgresql+psycopg://{rest}"


def _identity(given: Mapping[str, str]) -> IdentitySettings:
    return IdentitySettings(
        secret_key=_read(given, "LIFELINE_SECRET_KEY", secret_key, None),
        https=_read(given, "LIFELINE_HTTPS", yes, False),
        metrics_open=_read(given, "LIFELINE_METRICS_OPEN", yes, False),
        proxies=_read(given, "LIFELINE_PROXIES", networks, ()),
        oidc=_oidc(given),
    )


def _oidc(given: Mapping[str, str]) -> Oidc | None:
    names = {name: f"LIFELINE_OIDC_{name.upper()}" for name in ("issuer", "client_id", "client_secret")}
    if not any(name in given for name in names.values()):
        return None
    if missing := [name for name in names.values() if name not in given]:
        raise SettingsError(f"{missing[0]} takes its value too where OpenID Connect is to be used")
    return Oidc(
        issuer=_read(given, names["issuer"], oidc_issuer, ""),
        client_id=given[names["client_id"]],
        client_secret=given[names["client_secret"]],
        claim=given.get("LIFELINE_OIDC_CLAIM", "groups"),
        roles=_read(given, "LIFELINE_OIDC_ROLES", roles_of_claims, ()),
    )


def _read(given: Mapping[str, str], name: str, parse: Callable[[str], T], otherwise: T) -> T:
    if name not in given:
        return otherwise
    try:
        return parse(given[name])
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from None


def _webhooks(given: Mapping[str, str]) -> Webhooks:
    urls = {target: _read(given, f"LIFELINE_WEBHOOK_{target.upper()}", read_webhook_url, "") for target in TARGETS}
    allowed = _read(given, "LIFELINE_WEBHOOK_ALLOW", read_allowed, Allowed())
    found = {target: url for target, url in urls.items() if url}
    for target, url in found.items():
        if fault := fault_of_url(url, allowed):
            raise SettingsError(f"LIFELINE_WEBHOOK_{target.upper()} takes {_SENDABLE[fault]}")
    return Webhooks(found, _read(given, "LIFELINE_WEBHOOK_SECRET", _token, None), allowed)


_SENDABLE = {
    Fault.FORBIDDEN_ADDRESS: "an address of the open internet: this one is private, and LIFELINE_WEBHOOK_ALLOW lists "
    "neither its network nor (which is not enough for a link-local one) its host",
    Fault.PLAIN_HTTP: "an https address: http is only for private ones that LIFELINE_WEBHOOK_ALLOW lists",
}


def _token(text: str) -> str:
    if len(text) < MINIMUM_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"takes at least {MINIMUM_TOKEN} printable ASCII characters without spaces")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ValueError("takes a number from 0 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise ValueError("takes a number from 1 to 256")
    return int(text)


def _batch_most(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ValueError("takes a number from 1 to 100000")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _cache_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("takes an address such as redis://localhost:6379/0")
    return text


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"takes one of {', '.join(words)}")
        return text.lower()

    return parse


def user_language(environment: Mapping[str, str] | None = None) -> str:
    """The language of the command line, as the system's locale has it: ``zh`` or ``en``."""
    given = os.environ if environment is None else environment
    locale = next((given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
