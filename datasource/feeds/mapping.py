"""The mapping: which columns of a file are the order, its nodes and its dimensions. Typed, and checked as a whole."""

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from dashboard.events import OWN, Kind, is_own_source

Column = Annotated[
    str, Field(min_length=1), BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)
]
ALWAYS_EMPTY = ("", "-", "NULL", "null", "None", "NaN", "nan", "NaT", "\\N", "0000-00-00 00:00:00")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[list[Column], Field(min_length=1), BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Time(_Part):
    """How time stamps are written. ``zone`` holds for stamps that name none."""

    zone: str
    formats: Annotated[list[str], Field(min_length=1), BeforeValidator(_listed)] = ["ISO8601"]

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(f"{zone!r} is not a time zone, such as Asia/Shanghai") from error
        return zone


def _of_another(text: str) -> str:
    if is_own_source(text):
        raise ValueError(f"{OWN!r} marks what people do here; name the system that the file comes from")
    return text


System = Annotated[str, AfterValidator(_of_another)]


class Amounts(_Part):
    """How amounts are written. ``units`` are suffixes and what they multiply by."""

    decimal: Literal[".", ","] = "."
    units: dict[str, int] = {"元": 1, "万元": 10_000, "万": 10_000, "亿元": 100_000_000, "亿": 100_000_000}


class OrderColumns(_Part):
    """The columns of the order itself. Several columns of ``order_id`` are joined with ``-``."""

    order_id: Columns
    outer_order_id: Column | None = None
    created_at: Column | None = None
    amount: Column | None = None
    currency: Column | None = None


class NodeColumns(_Part):
    """The columns of one node in wide form: its stamp ``left``, and what else is known of it."""

    left: Column | None = None
    entered: Column | None = None
    operator: Column | None = None
    source: Column | None = None
    exception: Column | None = None
    document: Column | None = None
    system: System | None = None

    @model_validator(mode="after")
    def _dated(self) -> "NodeColumns":
        if not (self.left or self.entered):
            raise ValueError("needs the column of a time stamp: left, entered or both")
        return self


class Band(_Part):
    """The name for amounts up to and including ``up_to``, or for all above."""

    up_to: float | None = None
    value: Annotated[str, Field(min_length=1)]


class DimensionColumn(_Part):
    """The column of a dimension; ``values`` renames, ``bands`` turns amounts into names."""

    column: Column
    values: dict[str, str] = {}
    bands: list[Band] = []

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: list[Band]) -> list[Band]:
        limits = [float("inf") if band.up_to is None else band.up_to for band in bands]
        if limits != sorted(set(limits)):
            raise ValueError("the limits must rise, the last may have none")
        return bands


class Status(_Part):
    """The column that says how an order ended. ``finished``: value -> node that is done, whether dated or not."""

    column: Column | None = None
    cancelled: list[str] = []
    cancelled_at: Column | None = None
    finished: dict[str, str] = {}
    names: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_column(self) -> "Status":
        if self.column is None and (self.cancelled or self.finished or self.names or not self.cancelled_at):
            raise ValueError("needs column, the column that holds the status")
        return self


class Join(_Part):
    """A side file. ``on``: our column -> its column; ``first`` and ``sum``: the columns that it gives."""

    file: Annotated[str, Field(min_length=1)]
    on: Annotated[dict[Column, Column], Field(min_length=1)]
    first: list[Column] = []
    sum: list[Column] = []
    where: dict[Column, str] = {}
    optional: bool = False

    @property
    def needs(self) -> set[str]:
        """The columns of the side file that are read."""
        return {*self.on.values(), *self.first, *self.sum, *self.where}


class EventColumns(_Part):
    """The columns of one event in long form; ``nodes`` and ``kinds`` say what the file's words mean."""

    node: Column
    at: Column
    id: Column | None = None
    kind: Column | None = None
    operator: Column | None = None
    source: Column | None = None
    exception: Column | None = None
    document: Column | None = None
    nodes: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    ignore: list[str] = []
    cancelled: list[str] = []

    @field_validator("kinds")
    @classmethod
    def _possible(cls, kinds: dict[str, Kind]) -> dict[str, Kind]:
        possible = (Kind.ENTERED, Kind.LEFT, Kind.FINISHED, Kind.CANCELLED, Kind.EXCEPTION)
        if wrong := [kind for kind in kinds.values() if kind not in possible]:
            raise ValueError(f"{wrong[0]} is none of {', '.join(possible)}")
        return kinds


class Mapping(_Part):
    """One kind of file. ``name`` marks the events that come from it, so it must not change between imports."""

    name: Annotated[System, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    shape: Literal["wide", "long"]
    file: str | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    empty: list[str] = []
    system: System | None = None
    time: Time
    amounts: Amounts = Amounts()
    columns: OrderColumns
    nodes: dict[str, NodeColumns] = {}
    events: EventColumns | None = None
    dimensions: dict[
        str, Annotated[DimensionColumn, BeforeValidator(lambda v: {"column": v} if isinstance(v, str) else v)]
    ] = {}
    exceptions: dict[str, str] = {}
    status: Status | None = None
    joins: dict[str, Join] = {}

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError as error:
            raise ValueError(f"{encoding!r} is not the name of an encoding, such as gb18030") from error
        return encoding

    @model_validator(mode="after")
    def _fits_shape(self) -> "Mapping":
        if self.shape == "wide" and (self.events or not self.nodes):
            raise ValueError("the wide shape needs nodes, and has no events")
        if self.shape == "long" and (self.nodes or self.status or not self.events):
            raise ValueError("the long shape needs events, and has neither nodes nor status")
        return self

    @property
    def blanks(self) -> frozenset[str]:
        """The texts that mean an empty cell."""
        return frozenset((*ALWAYS_EMPTY, *self.empty))

    def used(self) -> Iterator[tuple[str, str]]:
        """Every column that the rows are read by, with the field of the mapping that names it."""
        yield from _named(self.columns, "columns")
        for key, node in self.nodes.items():
            yield from _named(node, f"nodes.{key}", {"system"})
        if self.events:
            yield from _named(self.events, "events", {"nodes", "kinds", "ignore", "cancelled"})
        for key, dimension in self.dimensions.items():
            yield f"dimensions.{key}", dimension.column
        if self.status:
            yield from _named(self.status, "status", {"cancelled", "finished", "names"})
        for name, join in self.joins.items():
            yield from ((f"joins.{name}.on", column) for column in join.on)

    def joined(self, column: str) -> tuple[str, str] | None:
        """The join and its column that ``payments.value`` speaks of; ``None`` for a column of the file itself."""
        name, dot, rest = column.partition(".")
        return (name, rest) if dot and name in self.joins else None

    def own_columns(self) -> dict[str, str]:
        """The columns that the file itself must have, each with the first field that names it."""
        own: dict[str, str] = {}
        for field, column in self.used():
            if self.joined(column) is None:
                own.setdefault(column, field)
        return own


def _named(part: BaseModel, prefix: str, but: set[str] | None = None) -> Iterator[tuple[str, str]]:
    for field in type(part).model_fields:
        value = getattr(part, field)
        if field not in (but or ()) and value is not None:
            yield from ((f"{prefix}.{field}", column) for column in ([value] if isinstance(value, str) else value))
