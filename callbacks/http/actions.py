"""Acting for programs: what may be done, what it would change, doing it once, how far it is, and taking it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from callbacks.acting import Acting
from callbacks.filters import read_filters
from callbacks.http.action_answers import action_answer, kind_answer, preview_answer
from callbacks.http.action_models import (
    ActionAnswer,
    ApplyIn,
    CatalogueAnswer,
    PreviewAnswer,
    PreviewIn,
    QueryIn,
    UndoIn,
)
from callbacks.http.asking import CallerOf, known
from callbacks.http.orders import FILTERED
from callbacks.http.problems import DESCRIPTION, Problem, language
from callbacks.matching import ListAsked, matching_orders
from callbacks.services import Services
from dashboard.acting import ActionStatus
from dashboard.actions import kind_of
from dashboard.audited import ORDER
from datasource.write_back import Action, Asked
from layouts.context import Context
from layouts.texts import Texts

SHORTEST_KEY, LONGEST_KEY = 8, 200
KEY_WORDS = "A word of yours for this very request. Sent again with it, the request is answered, not done again."

ITEMS = "`false`: how far it is, with an empty `items`; for whoever asks again and again while thousands are at work."

IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", description=KEY_WORDS)]

EVERY: dict[int | str, dict[str, Any]] = dict.fromkeys((401, 403, 422, 503), DESCRIPTION)
RUNNING: dict[int | str, dict[str, Any]] = {202: {"model": ActionAnswer, "description": "It goes on; ask again."}}


def router(services: Services, acting: Acting, caller_of: CallerOf) -> APIRouter:
    """The routes. ``caller_of``: who asks, of a request that passed the gate."""
    routes = APIRouter(prefix="/api/v1/actions", tags=["actions"], responses=EVERY)

    @routes.get("", summary="What may be done")
    def catalogue(request: Request) -> CatalogueAnswer:
        """Every action with its parameters, and whether this caller may take it."""
        texts, caller = Texts(language(request)), known(caller_of, request)
        told = [kind_answer(kind, texts, may=may) for kind, may in acting.catalogue(caller)]
        return CatalogueAnswer(most=services.settings.batch_most, actions=told)

    @routes.post(
        "/{kind}/preview", summary="What an action would change", responses={404: DESCRIPTION, 413: DESCRIPTION}
    )
    def preview(kind: str, asked: PreviewIn, request: Request) -> PreviewAnswer:
        """For each subject what it is and what it would be, or why it is refused. Nothing is changed.

        `query` is resolved here, once: an order that comes to the list later is not acted on.
        """
        subjects = _subjects(services, kind, asked)
        made = acting.preview(Asked(kind, subjects, asked.params), known(caller_of, request))
        return preview_answer(made, _surroundings(services, request))

    @routes.post(
        "",
        summary="Do what was previewed",
        responses={**RUNNING, 400: DESCRIPTION, 404: DESCRIPTION, 409: DESCRIPTION},
    )
    def apply(asked: ApplyIn, request: Request, response: Response, key: IdempotencyKey = "") -> ActionAnswer:
        """Each subject in a transaction of its own; one that has changed since the preview is refused.

        200 once it is over, 202 while it goes on.
        """
        made = acting.apply(asked.preview_id, asked.reason, _key(key), known(caller_of, request))
        return _told(made, _surroundings(services, request), response)

    @routes.get("/{action_id}", summary="How far an action is", responses={404: DESCRIPTION})
    def action(
        action_id: str, request: Request, response: Response, items: Annotated[bool, Query(description=ITEMS)] = True
    ) -> ActionAnswer:
        """What came of it for each subject so far."""
        found = acting.action(action_id, known(caller_of, request), items=items)
        return _told(found, _surroundings(services, request), response, went_on=200)

    @routes.post(
        "/{action_id}/undo",
        summary="Take an action back",
        responses={**RUNNING, 400: DESCRIPTION, 404: DESCRIPTION, 409: DESCRIPTION},
    )
    def undo(
        action_id: str, asked: UndoIn, request: Request, response: Response, key: IdempotencyKey = ""
    ) -> ActionAnswer:
        """A new action. A subject that has moved on since is refused, and stays as it is.

        409 with `undone_by` where nothing is left to take back, or somebody is at it.
        """
        made = acting.undo(action_id, asked.reason, _key(key), known(caller_of, request))
        return _told(made, _surroundings(services, request), response)

    @routes.post("/{action_id}/cancel", summary="Stop an action", responses={404: DESCRIPTION, 409: DESCRIPTION})
    def cancel(action_id: str, request: Request, response: Response) -> ActionAnswer:
        """What is done stays done; what waits is left as it is. One that is over stays as it ended."""
        caller = known(caller_of, request)
        acting.cancel(action_id, caller)
        return _told(acting.action(action_id, caller), _surroundings(services, request), response, went_on=200)

    return routes


def _told(action: Action, context: Context, response: Response, went_on: int = 202) -> ActionAnswer:
    if action.status is ActionStatus.RUNNING:
        response.status_code = went_on
        response.headers["Location"] = f"/api/v1/actions/{action.action_id}"
    return action_answer(action, context)


def _surroundings(services: Services, request: Request) -> Context:
    """What words are said in."""
    return Context(language(request), services.store.lifeline())


def _key(key: str) -> str:
    if not key:
        raise Problem(400, "idempotency_key", more=_wrong("Idempotency-Key"))
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(422, "idempotency_key_form", more=_wrong("Idempotency-Key"), least=SHORTEST_KEY, most=LONGEST_KEY)
    return key


def _wrong(field: str) -> dict[str, str]:
    return {"parameter": field}


def _subjects(services: Services, kind: str, asked: PreviewIn) -> tuple[str, ...]:
    try:
        of_orders = kind_of(kind).subject == ORDER
    except KeyError:
        raise Problem(404, "no_kind", kind=kind[:64]) from None
    if of_orders == (asked.subjects is not None):
        needed = "orders" if of_orders else "subjects"
        raise Problem(422, f"{needed}_needed", more=_wrong(needed), kind=kind)
    if asked.query is not None:
        return _matching(services, asked.query)
    return tuple(dict.fromkeys((asked.orders if of_orders else asked.subjects) or ()))


def _matching(services: Services, query: QueryIn) -> tuple[str, ...]:
    lifeline, now = services.store.lifeline(), services.clock.now()
    if query.node not in lifeline:
        raise Problem(404, "no_node", key=query.node)
    more = {name: value for name, value in (query.model_extra or {}).items() if value}
    columns = (*FILTERED, *(dimension.key for dimension in lifeline.dimensions))
    if unknown := [name for name in more if name not in columns]:
        raise Problem(422, "no_column", more=_wrong(f"query.{unknown[0][:64]}"), name=unknown[0][:64])
    filters = read_filters({name: getattr(query, name) for name in ("at", "window", "slice")}, lifeline, now)
    texts = {name: {"type": "contains", "filter": value} for name, value in more.items()}
    found = matching_orders(services, lifeline, ListAsked(query.node, query.state, filters, query.filters | texts))
    if not found:
        raise Problem(422, "none_match", more=_wrong("query"))
    return found
