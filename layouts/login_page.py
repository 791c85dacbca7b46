"""The pages of whoever has no page yet: signing in, and a few words to those who are refused. Plain HTML, no script."""

from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlencode

from layouts.texts import LANGUAGES, Texts


@dataclass(frozen=True, slots=True)
class Looks:
    """Language and colours; without a theme, those that the system prefers."""

    texts: Texts
    theme: str = ""


@dataclass(frozen=True, slots=True)
class LoginForm:
    """``next``: where to go then. ``token``: against forged forms. ``wrong``: what was wrong with the last try.

    ``name``: as it was typed. ``provider``: whether an OpenID provider signs in too; ``empty``: whether nobody can yet.
    """

    next: str
    token: str
    wrong: str = ""
    name: str = ""
    provider: bool = False
    empty: bool = False


def login_page(looks: Looks, form: LoginForm) -> str:
    """The form that signs somebody in."""
    say = looks.texts
    hidden = hidden_field("csrf", form.token) + hidden_field("next", form.next)
    wrong = f'<p class="login-wrong" role="alert" id="login-wrong">{escape(form.wrong)}</p>' if form.wrong else ""
    described = ' aria-describedby="login-wrong" aria-invalid="true"' if form.wrong else ""
    focus = ("", " autofocus") if form.name else (" autofocus", "")
    fields = (
        f'<label for="name">{_e(say, "name")}</label><input id="name" name="name" autocomplete="username" required '
        f'maxlength="64" autocapitalize="none" spellcheck="false" value="{escape(form.name)}"{described}{focus[0]}>'
        f'<label for="password">{_e(say, "password_label")}</label><input id="password" name="password" '
        'type="password" '
        f'autocomplete="current-password" required maxlength="256"{described}{focus[1]}>'
    )
    button = f'<button class="button button-primary" type="submit">{_e(say, "sign_in")}</button>'
    body = f'<form method="post" action="/login" class="login-form">{hidden}{wrong}{fields}{button}</form>'
    if form.provider:
        way = f"/login/oidc?{urlencode({'next': form.next})}"
        body += f'<p class="login-or"><a class="button" href="{escape(way)}">{_e(say, "provider")}</a></p>'
    if form.empty:
        body += f'<p class="login-note">{_e(say, "nobody_yet")} <code>lifeline user add</code></p>'
    return document(looks, say("identity.login.title"), body, form.next)


def notice_page(looks: Looks, name: str) -> str:
    """A few words: ``display`` (revoked, and so dark), ``forbidden``, ``missing``, ``unavailable``."""
    say, looks = looks.texts, replace(looks, theme="dark") if name == "display" else looks
    links = {"display": "/login", "forbidden": "/", "missing": "/"}
    text = escape(say(f"identity.{name}.text"))
    body = f'<p class="login-text">{text}</p>'
    if name in links:
        link = escape(say(f"identity.{name}.link"))
        body += f'<a class="button" href="{links[name]}">{link}</a>'
    return document(looks, say(f"identity.{name}.title"), body, "", kind=name)


def document(looks: Looks, title: str, body: str, next_: str = "", kind: str = "login", after: str = "") -> str:
    """The whole page: one panel in the middle of the screen. ``after``: further panels below it."""
    say = looks.texts
    theme = f' data-theme="{looks.theme}"' if looks.theme else ""
    brand = escape(say("common.brand"))
    return (
        f'<!doctype html><html lang="{_tag(say.lang)}"{theme} class="signing-in" data-notice="{kind}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)} · {brand}</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/assets/theme.css"><link rel="stylesheet" href="/assets/base.css">'
        '<link rel="stylesheet" href="/assets/login.css"></head>'
        f'<body><main class="login"><p class="login-brand">{brand}</p><div class="panel login-panel">'
        f"<h1>{escape(title)}</h1>{body}</div>{after}"
        f"{_language(say, next_) if kind == 'login' else ''}</main></body></html>"
    )


def _language(say: Texts, next_: str) -> str:
    other = LANGUAGES[1 - LANGUAGES.index(say.lang)]
    query = urlencode({"lang": other, **({"next": next_} if next_ not in {"", "/"} else {})})
    word = escape(say("common.switch.lang"))
    return f'<p class="login-switch"><a href="/login?{escape(query)}" lang="{_tag(other)}">{word}</a></p>'


def hidden_field(name: str, value: str) -> str:
    """A field of a form that nobody sees."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _e(say: Texts, name: str) -> str:
    return escape(say(f"identity.login.{name}"))


def _tag(lang: str) -> str:
    return {"zh": "zh-Hans"}.get(lang, lang)
