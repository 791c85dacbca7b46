"""The tables of the store, as metadata; the migrations build the same, and a test compares the two.

Those of acting stand in ``acting_tables``, those of identity in ``people_tables``.

An order's tables carry ``order_id`` in every key, so that they could be distributed by it. ``orders`` to
``visit_change`` are such tables; all others are small or hold sums.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

INSTANT = DateTime(timezone=True)
MONEY = Numeric(14, 2)

ORDER_TABLES = (
    *("orders", "node_event", "node_visit", "system_status", "visit_change"),
    *("order_mark", "stock_hold", "fund_flow"),
)
"""The tables of single orders: ``order_id`` is in each of their keys."""


def needed(name: str, kind: TypeEngine[Any], default: str | None = None) -> Column[Any]:
    """A column that is never null."""
    return Column(name, kind, nullable=False, server_default=text(default) if default else None)


def key_part(name: str, kind: TypeEngine[Any]) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, kind, primary_key=True)


orders = Table(
    "orders",
    metadata,
    key_part("order_id", Text()),
    Column("outer_order_id", Text()),
    Column("created_at", INSTANT),
    Column("cancelled_at", INSTANT),
    Column("amount", MONEY),
    Column("currency", Text()),
    needed("dimensions", JSONB(), "'{}'"),
    needed("version", BigInteger(), "0"),
    needed("recorded_at", INSTANT),
    Index("ix_orders_order_id_prefix", "order_id", postgresql_ops={"order_id": "text_pattern_ops"}),
    Index("ix_orders_outer_order_id", "outer_order_id", postgresql_ops={"outer_order_id": "text_pattern_ops"}),
)

node_event = Table(
    "node_event",
    metadata,
    key_part("order_id", Text()),
    key_part("event_id", Text()),
    needed("kind", Text()),
    needed("at", INSTANT),
    Column("node", Text()),
    Column("operator", Text()),
    Column("source", Text()),
    Column("exception", Text()),
    Column("document", Text()),
    Column("status", Text()),
    Column("corrects", Text()),
    Column("facts", JSONB()),
    needed("recorded_at", INSTANT),
    Index("ix_node_event_at", "at", postgresql_using="brin"),
)

node_visit = Table(
    "node_visit",
    metadata,
    key_part("order_id", Text()),
    key_part("node", Text()),
    key_part("number", Integer()),
    needed("entered_at", INSTANT),
    Column("left_at", INSTANT),
    needed("due_at", INSTANT),
    Column("exit", Text()),
    Column("dwell_seconds", Double()),
    Column("exception", Text()),
    needed("measured", Boolean()),
    Column("operator", Text()),
    Column("source", Text()),
    Column("document", Text()),
)
Index(
    "ix_node_visit_open",
    node_visit.c.node,
    node_visit.c.due_at,
    postgresql_include=["entered_at"],  # so that counting them reads the index only
    postgresql_where=text("exit IS NULL"),
)
Index("ix_node_visit_left", node_visit.c.node, node_visit.c.left_at)
Index("ix_node_visit_due", node_visit.c.node, node_visit.c.due_at)
Index("ix_node_visit_unmeasured", node_visit.c.node, node_visit.c.entered_at, postgresql_where=text("NOT measured"))
Index(
    "ix_node_visit_exception",
    node_visit.c.node,
    node_visit.c.left_at,
    postgresql_where=text("exception IS NOT NULL"),
)

system_status = Table(
    "system_status",
    metadata,
    key_part("order_id", Text()),
    key_part("system", Text()),
    needed("status", Text()),
    needed("at", INSTANT),
)

visit_change = Table(
    "visit_change",
    metadata,
    key_part("order_id", Text()),
    Column("change_id", BigInteger(), Identity(always=True), primary_key=True),
    needed("sign", SmallInteger()),
    Column("slices", ARRAY(Text())),
    Column("amount", MONEY),
    Column("nodes", ARRAY(Text())),
    Column("entered_at", ARRAY(INSTANT)),
    Column("left_at", ARRAY(INSTANT)),
    Column("due_at", ARRAY(INSTANT)),
    Column("exits", ARRAY(Text())),
    Column("dwell_us", ARRAY(BigInteger())),
    Column("measured", ARRAY(Boolean())),
    Column("sources", ARRAY(Text())),
    Column("heard_at", ARRAY(INSTANT)),
    comment="What the fold has not summed yet: visits of an order to add (sign 1) or take back (-1), in parallel "
    "arrays. sign 0: something else of the order changed.",
)


def _rollup(name: str) -> Table:
    return Table(
        name,
        metadata,
        key_part("node", Text()),
        key_part("slice", Text()),
        key_part("start", INSTANT),
        *[needed(count, Integer(), "0") for count in ("entered", "left", "cancelled", "due", "missed", "measured")],
        needed("dwell_us", BigInteger(), "0"),
        needed("cells", ARRAY(Integer()), "'{}'"),
        needed("counts", ARRAY(Integer()), "'{}'"),
    )


rollup_minute = _rollup("rollup_minute")
rollup_hour = _rollup("rollup_hour")
Index("ix_rollup_hour_start", rollup_hour.c.start)

rollup_open_entry = Table(
    "rollup_open_entry",
    metadata,
    key_part("node", Text()),
    key_part("slice", Text()),
    key_part("start", INSTANT),
    needed("n", Integer()),
)

rollup_open_due = Table(
    "rollup_open_due",
    metadata,
    key_part("node", Text()),
    key_part("slice", Text()),
    key_part("start", INSTANT),
    needed("n", Integer()),
    needed("amount", Numeric(20, 2)),
)

slices = Table(
    "slice",
    metadata,
    key_part("slice", Text()),
    needed("dimension", Text()),
    needed("value", Text()),
    comment="Every slice ever rolled up, but for 'all', which always is.",
)

fold_state = Table(
    "fold_state",
    metadata,
    Column("id", Integer(), primary_key=True, autoincrement=False),
    needed("generation", BigInteger(), "0"),
    Column("folded_at", INSTANT),
    Column("minute_from", INSTANT),
    needed("rebuild", Boolean(), "false"),
    comment="One row. Minutes before minute_from are no longer kept in rollup_minute.",
)

source_watermark = Table(
    "source_watermark",
    metadata,
    key_part("source", Text()),
    needed("heard_at", INSTANT),
    needed("at", INSTANT),
    comment="heard_at: the newest instant the source told of. at: when that became known.",
)

baseline_version = Table(
    "baseline_version",
    metadata,
    Column("version", Integer(), primary_key=True, autoincrement=False),
    needed("made_at", INSTANT),
    needed("history_days", Double()),
    needed("provisional", Boolean()),
)

baseline = Table(
    "baseline",
    metadata,
    key_part("node", Text()),
    key_part("slice", Text()),
    key_part("day_type", Text()),
    Column("hour", SmallInteger(), primary_key=True, autoincrement=False),
    Column("version", Integer(), primary_key=True, autoincrement=False),
    needed("rmst_seconds", Double()),
    needed("overdue_per_hour", Double()),
    needed("hours_used", Integer()),
    needed("provisional", Boolean()),
    needed("made_at", INSTANT),
    Index("ix_baseline_version", "version"),
)

status_change = Table(
    "status_change",
    metadata,
    key_part("node", Text()),
    key_part("slice", Text()),
    key_part("at", INSTANT),
    needed("status", Text()),
    Column("previous", Text()),
    needed("rule", Text()),
    needed("figures", JSONB(), "'{}'"),
)

config_version = Table(
    "config_version",
    metadata,
    key_part("kind", Text()),
    Column("version", Integer(), primary_key=True, autoincrement=False),
    needed("content", JSONB()),
    needed("made_at", INSTANT),
    Column("made_by", Text()),
)

incident = Table(
    "incident",
    metadata,
    key_part("incident_id", Text()),
    needed("kind", Text()),
    Column("node", Text()),
    needed("place", JSONB(), "'{}'"),
    needed("began_at", INSTANT),
    Column("until", INSTANT),
    Column("ended_at", INSTANT),
    needed("made_at", INSTANT),
    Index("ix_incident_began_at", "began_at"),
    comment="What befell the shop for a while. place: dimensions and values that it hit. until: its end by plan.",
)
