"""Where the browser is: the first view with its data already in it, and every step from page to page."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Response, after_this_request, request

from callbacks.gate import caller_here, sign_out_token_here
from callbacks.languages import preferred
from callbacks.pages.address import OWN_THEMES, Address, AddressError
from callbacks.pages.router import Pages
from callbacks.pages.shown import SHOWN
from callbacks.rendering import rendered
from datasource.errors import StoreError
from layouts import ids
from layouts.acting_dialog import acting_frame
from layouts.attributes import data
from layouts.texts import LANGUAGES, Texts
from layouts.who import fill_who, who_line

_YEAR = 366 * 24 * 3600


def register(app: Dash, pages: Pages) -> None:
    """The layout, and the callbacks that follow the address."""
    app.layout = lambda: first_view(pages)

    @app.callback(
        Output(ids.PAGE, "children"),
        Output(SHOWN, "data"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        State(SHOWN, "data"),
    )
    def moved(path: str | None, search: str | None, shown: dict[str, str] | None) -> tuple[Component, dict[str, Any]]:
        url = (path or "/") + (search or "")
        if (shown and shown.get("url") == url) or not pages.may_see(url):
            raise PreventUpdate
        return view(pages, read_address(url, {**viewer(), **_choices(shown)}), url)

    in_browser: Callable[..., None] = app.clientside_callback
    in_browser(ClientsideFunction("lifeline", "show"), Input(SHOWN, "data"))


def first_view(pages: Pages) -> Component:
    """The page that the browser asked for. Dash asks for the layout apart from the page; the referrer says which."""
    url = _asked_url(request.headers.get("Referer", ""))
    children, shown = (
        (None, None) if url is None or not pages.may_see(url) else view(pages, read_address(url, viewer()), url)
    )
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh="callback-nav"),
            dcc.Store(id=SHOWN, data=shown),
            html.Div(children, id=ids.PAGE),
            *acting_frame(),
        ],
        **data(may=_may()),
    )


def view(pages: Pages, address: Address, url: str) -> tuple[Component, dict[str, Any]]:
    """The page, and what the browser must know of it."""
    page = pages.first_view(pages.with_rights(address))
    after_this_request(partial(_remember, {name: getattr(address, name) for name in address.pinned}))
    told = {"url": url, "lang": address.lang, "theme": address.theme, "shape": rendered(page).shape}
    _say_who(pages, page, address.lang)
    return page, told | {"zone": pages.time_zone(address)}


def read_address(url: str, told: Mapping[str, str]) -> Address:
    """The address; what is none of ours becomes one that the router does not know."""
    try:
        return Address.parse(url, told["lang"], told["theme"])
    except AddressError:
        return Address.parse("/not-found", told["lang"], told["theme"])


def viewer() -> dict[str, str]:
    """Language and theme of whoever asks: the cookie of an earlier choice, else what the browser prefers."""
    chosen = request.cookies.get("lang", "")
    lang = chosen if chosen in LANGUAGES else preferred(request.headers.get("Accept-Language", ""))
    return {"lang": lang, "theme": request.cookies.get("theme") or request.cookies.get("scheme", "")}


def _remember(choices: Mapping[str, str], response: Response) -> Response:
    """A language or theme that was chosen in the address holds for addresses that name none."""
    for name, value in choices.items():
        response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True)
    return response


def _say_who(pages: Pages, page: Component, lang: str) -> None:
    """Each viewer's own line on a page that is the same for all; told last, as the hub compares without it."""
    caller = caller_here()
    with suppress(StoreError):
        if caller is not None:
            line = who_line(Texts(lang), pages.services.store.lifeline(), caller, sign_out_token_here())
            fill_who(page, line)


def _may() -> str:
    """What the viewer may, for style sheets that hide what they may not; the gate refuses it anyway."""
    caller = caller_here()
    return " ".join(sorted(caller.permissions)) if caller else ""


def _choices(shown: Mapping[str, str] | None) -> dict[str, str]:
    """What holds on the page after this one; a theme that this page has of its own stays with it."""
    told = shown or {}
    names = ("lang",) if told.get("url", "").partition("?")[0].rstrip("/") in OWN_THEMES else ("lang", "theme")
    return {name: told[name] for name in names if told.get(name)}


def _asked_url(referrer: str) -> str | None:
    parts = urlsplit(referrer)
    if not referrer or parts.netloc != request.host:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
