"""The lifeline: the ordered nodes that an order passes, and the words that go with them. Data, read from a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import Any

from dashboard.calendar import ALWAYS, Calendar
from dashboard.lifeline_table import Row, Table

Label = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """One station. ``label`` and ``optimisation`` map a language to a text; ``tolerated_rate`` is a share of 1."""

    key: str
    position: int
    label: Label
    owner: str
    allowance: timedelta
    calendar: str = "always"
    optional: bool = False
    tolerated_rate: float = 0.10
    optimisation: Label = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to slice orders; ``values`` names the values that have a label of their own."""

    key: str
    label: Label
    values: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExceptionKind:
    """Something that goes wrong at nodes, and what helps against it."""

    key: str
    label: Label
    optimisation: Label = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusKind:
    """What a system may say of an order.

    ``reached``: it claims that this node was left. ``before``: it claims that this node was not left yet.
    """

    key: str
    label: Label
    reached: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Lifeline:
    """The nodes in order, with owners, dimensions, exceptions, statuses, systems and calendars by key.

    ``throughput``: the key of the node whose departures stand for a day's work; empty where the table names none.
    """

    name: str
    time_zone: str
    currency: str
    nodes: tuple[Node, ...]
    teams: Mapping[str, Label] = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()
    exceptions: Mapping[str, ExceptionKind] = field(default_factory=dict)
    statuses: Mapping[str, StatusKind] = field(default_factory=dict)
    systems: Mapping[str, Label] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    outer_ids: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    throughput: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {node.key: node for node in self.nodes})

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, key: object) -> bool:
        return key in self._nodes()

    def node(self, key: str) -> Node:
        """The node with this key. Raises ``KeyError`` if the lifeline has none."""
        return self._nodes()[key]

    def next_after(self, position: int) -> Node | None:
        """The node where an order waits once it left the one at ``position``: the next that is not optional."""
        return next((node for node in self.nodes[position + 1 :] if not node.optional), None)

    def throughput_node(self) -> Node | None:
        """The node whose departures stand for a day's work; ``None`` where there is no node.

        It is the one that the table names. Without that it is the last one before the first that may take longer than
        a day: what happens further on, on the road or in after-sales, tells of other days.
        """
        if self.throughput:
            return self.node(self.throughput)
        own = [node for node in self.nodes if not node.optional]
        quick = list(takewhile(lambda node: node.allowance <= timedelta(days=1), own))
        return next(iter([*quick[-1:], *own[-1:], *self.nodes[-1:]]), None)

    def calendar(self, node: Node) -> Calendar:
        """The clock that the node's durations run on."""
        return self.calendars.get(node.calendar, ALWAYS)

    def _nodes(self) -> Mapping[str, Node]:
        return self.__dict__["_by_key"]  # type: ignore[no-any-return]


def read_lifeline(content: Mapping[str, Any]) -> Lifeline:
    """Build a lifeline from its table, as read from TOML or from the store.

    Raises:
        LifelineError: names the field that is missing, of the wrong type, or refers to nothing.
    """
    table = Table(content)
    calendars = table.calendars()
    teams = table.labels("teams")
    nodes = tuple(_node(row, position) for position, row in enumerate(table.rows("nodes")))
    table.check_nodes([(node.key, node.owner, node.calendar) for node in nodes], teams, calendars)
    return Lifeline(
        name=table.text("name"),
        time_zone=table.time_zone("time_zone"),
        currency=table.text("currency", ""),
        nodes=nodes,
        teams=teams,
        dimensions=tuple(_dimension(row) for row in table.rows("dimensions", needed=False)),
        exceptions={row.key: _exception(row) for row in table.keyed("exceptions")},
        statuses={row.key: _status(row, nodes) for row in table.keyed("statuses")},
        systems=table.labels("systems"),
        calendars=calendars,
        outer_ids=table.texts("outer_ids"),
        table=content,
        throughput=table.one_of("throughput", [node.key for node in nodes]) or "",
    )


def _node(row: Row, position: int) -> Node:
    return Node(
        key=row.slug("key"),
        position=position,
        label=row.label("label"),
        owner=row.text("owner"),
        allowance=row.duration("allowance"),
        calendar=row.text("calendar", "always"),
        optional=row.flag("optional"),
        tolerated_rate=row.share("tolerated_rate", 0.10),
        optimisation=row.label("optimisation", needed=False),
    )


def _dimension(row: Row) -> Dimension:
    return Dimension(row.slug("key"), row.label("label"), row.labels("values"))


def _exception(row: Row) -> ExceptionKind:
    return ExceptionKind(row.key, row.label("label"), row.label("optimisation", needed=False))


def _status(row: Row, nodes: tuple[Node, ...]) -> StatusKind:
    known = [node.key for node in nodes]
    return StatusKind(row.key, row.label("label"), row.one_of("reached", known), row.one_of("before", known))
