"""In which language and colours somebody without a page gets theirs."""

from starlette.requests import Request

from callbacks.http.problems import language
from layouts.login_page import Looks
from layouts.texts import LANGUAGES, Texts

THEMES = ("light", "dark", "wall")


def looks_of(request: Request) -> Looks:
    """By the address, else the cookie of an earlier choice, else what the browser prefers."""
    asked, kept = request.query_params, request.cookies
    lang = asked.get("lang") or kept.get("lang", "")
    theme = asked.get("theme") or kept.get("theme") or kept.get("scheme", "")
    texts = Texts(lang if lang in LANGUAGES else language(request))
    return Looks(texts, theme if theme in THEMES else "")
