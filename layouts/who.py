"""Who is signed in, in the side bar: name, role, and the way out. Filled in for each viewer, as pages are shared."""

from collections.abc import Iterator

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from layouts import ids
from layouts.attributes import aria, data
from layouts.texts import Texts

_VISITORS = frozenset({"demo", "replay"})


def who_line(texts: Texts, lifeline: Lifeline, caller: Caller, token: str) -> list[Component]:
    """The line of a caller. ``token``: shows that the form which signs out was made for them."""
    name = html.Span(caller_name(texts, caller), className="who-name", **data(who=caller.name))
    if caller.kind is not CallerKind.PERSON:
        return [name, html.A(texts("identity.who.sign_in"), href="/login", className="who-way")]
    out = html.Form(
        [
            dcc.Input(type="hidden", name="csrf", value=token, id=ids.SIGN_OUT_TOKEN),
            html.Button(texts("identity.who.sign_out"), type="submit", className="link-button who-way"),
        ],
        action="/logout",
        method="post",
        className="who-out",
    )
    role = html.Span(role_name(texts, lifeline, caller.role, caller.team), className="who-role")
    change = html.A(texts("identity.who.account"), href="/password", className="who-way")
    who = html.Span([name, role], className="who-is", **aria(label=texts("identity.who.label")), role="group")
    return [who, change, out]


def caller_name(texts: Texts, caller: Caller) -> str:
    """What pages call a caller."""
    if caller.kind is CallerKind.VISITOR and texts.has(f"identity.who.{caller.name}"):
        return texts(f"identity.who.{caller.name}")
    return texts("identity.who.kiosk") if caller.kind is CallerKind.KIOSK else caller.shown_name or caller.name


def actor_name(texts: Texts, actor: str) -> str:
    """Who did something, by the name that it was written down with: nobody else bears that of the demo's operator."""
    return texts(f"identity.who.{actor}") if actor in _VISITORS else actor


def role_name(texts: Texts, lifeline: Lifeline | None, role: Role, team: str | None) -> str:
    """A role in words, with its team."""
    if team is None:
        return texts(f"identity.role.{role.value}")
    label = texts.label(lifeline.teams.get(team), team) if lifeline else team
    return texts("identity.role.operator_of", team=label)


def fill_who(page: Component, line: list[Component]) -> None:
    """Put the line into its place on a page; nothing where the page has none."""
    place = next((part for part in _walk(page) if getattr(part, "id", None) == ids.WHO), None)
    if place is not None:
        place.children = line


def _walk(part: object) -> Iterator[Component]:
    if isinstance(part, Component):
        yield part
        yield from _walk(getattr(part, "children", None))
    elif isinstance(part, (list, tuple)):
        for one in part:
            yield from _walk(one)
