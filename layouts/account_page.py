"""The page of somebody's own account: another password, and where they are signed in. Plain HTML, no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from layouts.formats import Formats
from layouts.login_page import Looks, document, hidden_field


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session: since when, how many seconds ago it was last used, whether this browser holds it."""

    since: datetime
    idle_seconds: float
    here: bool


@dataclass(frozen=True, slots=True)
class Account:
    """``token``: against forged forms. ``has_password``: not so where only a provider signs them in.

    ``wrong``: what was wrong with the last try. ``done``: what the last try did.
    """

    token: str
    has_password: bool
    sessions: Sequence[SignedIn]
    wrong: str = ""
    done: str = ""


def account_page(looks: Looks, formats: Formats, account: Account) -> str:
    """The page; for whoever has a password with the form that changes it."""
    say = looks.texts
    told = f'<p class="login-wrong" role="alert" id="login-wrong">{escape(account.wrong)}</p>' if account.wrong else ""
    told += f'<p class="login-done" role="status">{escape(account.done)}</p>' if account.done else ""
    title = say("identity.account.title")
    body = told + (
        _password(looks, account) if account.has_password else f'<p class="login-note">{_e(looks, "none")}</p>'
    )
    back = f'<p class="login-switch"><a href="/">{_e(looks, "back")}</a></p>'
    return document(looks, title, body, kind="password", after=_sessions(looks, formats, account) + back)


def _password(looks: Looks, account: Account) -> str:
    described = ' aria-describedby="login-wrong" aria-invalid="true"' if account.wrong else ""
    kinds = {"present": "current-password", "new": "new-password", "again": "new-password"}
    fields = "".join(
        f'<label for="{name}">{_e(looks, name)}</label><input id="{name}" name="{name}" type="password" required '
        f'autocomplete="{kind}" maxlength="256"{described if name == "present" else ""}>'
        for name, kind in kinds.items()
    )
    button = f'<button class="button button-primary" type="submit">{_e(looks, "change")}</button>'
    inside = f"{hidden_field('csrf', account.token)}{fields}{button}"
    note = f'<p class="login-note">{_e(looks, "ends")}</p>'
    return f'<form method="post" action="/password" class="login-form">{inside}</form>{note}'


def _sessions(looks: Looks, formats: Formats, account: Account) -> str:
    rows = "".join(_session(looks, formats, one) for one in account.sessions)
    body = f'<ul class="sessions">{rows}</ul>{_others(looks, account) if len(account.sessions) > 1 else ""}'
    return f'<div class="panel login-panel"><h2>{_e(looks, "sessions")}</h2>{body}</div>'


def _session(looks: Looks, formats: Formats, one: SignedIn) -> str:
    since = looks.texts("identity.account.since", moment=formats.moment(one.since))
    used = looks.texts("identity.account.used", span=formats.elapsed(one.idle_seconds))
    last = f"<strong>{_e(looks, 'here')}</strong>" if one.here else escape(used)
    return f"<li><span>{escape(since)}</span><span>{last}</span></li>"


def _others(looks: Looks, account: Account) -> str:
    present = (
        f'<label for="shown">{_e(looks, "present")}</label><input id="shown" name="present" type="password" required '
        'autocomplete="current-password" maxlength="256">'
    )
    button = f'<button class="button" type="submit">{_e(looks, "end_others")}</button>'
    inside = f"{hidden_field('csrf', account.token)}{present if account.has_password else ''}{button}"
    return f'<form method="post" action="/password/others" class="login-form">{inside}</form>'


def _e(looks: Looks, name: str) -> str:
    return escape(looks.texts(f"identity.account.{name}"))
