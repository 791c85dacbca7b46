"""What the routes of acting take in and give back, as pydantic models that describe themselves, with examples."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from callbacks.http.models import Id, Key, Strict
from dashboard.whole_text import is_readable

MOST_NAMED = 100_000
LONGEST_REASON = 500


def _readable(text: str) -> str:
    if text and not is_readable(text, lines=True):
        raise ValueError("must hold something to read, and no characters that are not to be seen")
    return text


Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON),
    AfterValidator(_readable),
]


class QueryIn(BaseModel):
    """A node's list of orders, with the parameters of ``GET /api/v1/nodes/{key}/orders``.

    Besides, ``order_id``, ``outer_order_id``, ``exception``, ``operator`` and each dimension filter by a text that is
    contained.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    node: Key
    state: Literal["in_progress", "overdue", "left", "cancelled"] = "in_progress"
    at: str = Field("", max_length=64)
    window: str = Field("", max_length=16)
    slice: str = Field("", max_length=1000)
    filters: dict[str, Any] = Field(default_factory=dict, description="The grid's own filter model.")

    @model_validator(mode="after")
    def texts(self) -> "QueryIn":
        """Further parameters are texts."""
        if wrong := [name for name, value in (self.model_extra or {}).items() if not isinstance(value, str)]:
            raise ValueError(f"{wrong[0]} must be a text")
        return self


class PreviewIn(Strict):
    """On what: exactly one of ``orders``, ``query`` and ``subjects`` (SKUs or outlets); and what the action needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": {"node": "pick", "state": "overdue", "slice": "warehouse=HZ1"}, "params": {}},
                {"orders": ["DB20260225-889231"], "params": {"text": "customer called"}},
            ]
        }
    )

    orders: Annotated[list[Id], Field(min_length=1, max_length=MOST_NAMED)] | None = None
    query: QueryIn | None = None
    subjects: Annotated[list[Id], Field(min_length=1, max_length=MOST_NAMED)] | None = None
    params: Annotated[dict[Key, Any], Field(max_length=20)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def one(self) -> "PreviewIn":
        """On one thing or the other."""
        if sum(given is not None for given in (self.orders, self.query, self.subjects)) != 1:
            raise ValueError("name exactly one of orders, query and subjects")
        return self


class ApplyIn(Strict):
    """What was seen, and why it is to be done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"preview_id": "0198c0de", "reason": "wave missed by the WMS"}]}
    )

    preview_id: Id
    reason: Reason


class UndoIn(Strict):
    """Why it is to be taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "made for the wrong warehouse"}]})

    reason: Reason


class OrderChange(BaseModel):
    """What becomes of one order: only what the action reads and changes."""

    order_id: str
    before: dict[str, Any]
    after: dict[str, Any]


class OrderRefused(BaseModel):
    """An order that stays as it is, and why."""

    order_id: str
    reason: str


class SubjectChange(BaseModel):
    """The same for a SKU or an outlet."""

    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


class SubjectRefused(BaseModel):
    """The same for a SKU or an outlet."""

    subject: str
    reason: str


class Outside(BaseModel):
    """What an outside system will be told once it is done."""

    subject: str
    target: str
    kind: str
    body: dict[str, Any]


class PreviewAnswer(BaseModel):
    """What would happen; nothing has. It may be applied until ``expires_at``, by whoever made it."""

    preview_id: str
    kind: str
    params: dict[str, Any]
    expires_at: datetime
    changes: list[OrderChange | SubjectChange]
    refused: list[OrderRefused | SubjectRefused]
    outside: list[Outside]


class OrderItem(BaseModel):
    """What came of it for one order. ``outcome``: ``waiting``, ``done``, ``refused``, ``failed`` or ``cancelled``."""

    order_id: str
    outcome: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime | None


class SubjectItem(BaseModel):
    """The same for a SKU or an outlet."""

    subject: str
    outcome: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime | None


class ActionAnswer(BaseModel):
    """How far an action is. ``status``: ``running``, ``done``, ``partial``, ``failed`` or ``cancelled``.

    ``done`` and ``failed`` (refused ones too) count subjects. ``undoes``: the action that this one takes back;
    ``undoable``: whether something of this one can be taken back now; ``undone_by``: the action that took back the last
    of it.
    """

    action_id: str
    status: str
    done: int
    failed: int
    items: list[OrderItem | SubjectItem]
    total: int
    kind: str
    params: dict[str, Any]
    actor: str
    origin: str
    reason: str
    made_at: datetime
    finished_at: datetime | None
    undoes: str | None
    undoable: bool
    undone_by: str | None


class ChoiceAnswer(BaseModel):
    """One thing that a parameter may be."""

    key: str
    label: str


class ParameterAnswer(BaseModel):
    """One thing to fill in. ``kind``: ``text``, ``choice``, ``team`` or ``person``."""

    key: str
    label: str
    kind: str
    required: bool
    choices: list[ChoiceAnswer]
    longest: int


class KindAnswer(BaseModel):
    """One action. ``subject``: ``order``, ``sku`` or ``outlet``; ``may``: whether this caller may take it.

    ``nodes``: where it is for; ``tells``: the systems that it sends to; ``inverse``: the action that does the opposite.
    """

    key: str
    label: str
    subject: str
    may: bool
    undoable: bool
    inverse: str | None
    nodes: list[str]
    tells: list[str]
    params: list[ParameterAnswer]


class CatalogueAnswer(BaseModel):
    """Every action, and to how many subjects at once one may be applied."""

    most: int
    actions: list[KindAnswer]
