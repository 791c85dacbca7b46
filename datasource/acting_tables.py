"""The tables of acting: what people set on an order, its stock and money, the actions, their messages, the audit.

``order_mark``, ``stock_hold`` and ``fund_flow`` are an order's tables; the rest are undistributed.
"""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from datasource.schema import INSTANT, MONEY, key_part, metadata, needed

order_mark = Table(
    "order_mark",
    metadata,
    key_part("order_id", Text()),
    key_part("kind", Text()),
    key_part("key", Text()),
    needed("value", JSONB(), "'{}'"),
    needed("at", INSTANT),
    needed("by", Text()),
    comment="What people set on an order: hold, assignee, ticket, note, settlement, label_provider, delivery ...",
)

stock_hold = Table(
    "stock_hold",
    metadata,
    key_part("order_id", Text()),
    key_part("sku", Text()),
    needed("quantity", Integer()),
    needed("state", Text()),
    needed("at", INSTANT),
    comment="Stock locked for an order. state: locked, shipped, released.",
)

fund_flow = Table(
    "fund_flow",
    metadata,
    key_part("order_id", Text()),
    key_part("flow_id", Text()),
    needed("fee_type", Text()),
    needed("amount", MONEY),
    needed("currency", Text()),
    needed("source", Text()),
    needed("at", INSTANT),
    comment="One movement of money of an order; amount is signed: what the shop receives is positive.",
)

sku = Table(
    "sku",
    metadata,
    key_part("sku", Text()),
    needed("name", JSONB(), "'{}'"),
    needed("available", Integer()),
    needed("locked", Integer(), "0"),
    needed("intake", Text(), "'open'"),
    needed("version", BigInteger(), "0"),
    needed("at", INSTANT),
    comment="intake: open or suspended. name: by language.",
)

outlet = Table(
    "outlet",
    metadata,
    key_part("outlet", Text()),
    needed("carrier", Text()),
    needed("region", Text()),
    needed("name", JSONB(), "'{}'"),
    needed("frozen", Boolean(), "false"),
    needed("version", BigInteger(), "0"),
    needed("at", INSTANT),
    comment="A carrier's outlet; a frozen one gets no new orders.",
)

preview = Table(
    "preview",
    metadata,
    key_part("preview_id", Text()),
    needed("kind", Text()),
    needed("params", JSONB(), "'{}'"),
    needed("subjects", ARRAY(Text())),
    needed("actor", Text()),
    needed("answer", JSONB()),
    needed("made_at", INSTANT),
    needed("expires_at", INSTANT),
    Index("ix_preview_expires_at", "expires_at"),
    comment="A frozen list of subjects and what an action would do to each.",
)

action = Table(
    "action",
    metadata,
    key_part("action_id", Text()),
    needed("kind", Text()),
    needed("params", JSONB(), "'{}'"),
    needed("actor", Text()),
    needed("origin", Text()),
    needed("reason", Text()),
    needed("status", Text()),
    needed("total", Integer()),
    Column("undoes", Text()),
    needed("idempotency_key", Text()),
    needed("request_hash", LargeBinary()),
    needed("made_at", INSTANT),
    Column("finished_at", INSTANT),
    Column("cancel_at", INSTANT),
    Column("done", Integer()),
    Column("failed", Integer()),
    Index("uq_action_actor_key", "actor", "idempotency_key", unique=True),
    Index("ix_action_made_at", "made_at"),
    Index("ix_action_open", "made_at", postgresql_where=text("finished_at IS NULL")),
    Index("ix_action_undoes", "undoes", postgresql_where=text("undoes IS NOT NULL")),
    comment="status: running, done, partial, failed, cancelled.",
)

action_item = Table(
    "action_item",
    metadata,
    key_part("action_id", Text()),
    key_part("subject", Text()),
    needed("place", Integer()),
    needed("outcome", Text(), "'waiting'"),
    Column("reason", JSONB(none_as_null=True)),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    Column("inverse", JSONB(none_as_null=True)),
    Column("version", BigInteger()),
    Column("at", INSTANT),
    Index("ix_action_item_subject", "subject"),
    comment="subject: order:ID, sku:KEY or outlet:KEY. outcome: waiting, done, refused, failed, cancelled.",
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    needed("at", INSTANT),
    needed("actor", Text()),
    needed("origin", Text()),
    needed("kind", Text()),
    needed("subject", Text()),
    Column("action_id", Text()),
    Column("reason", Text()),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    needed("previous", LargeBinary()),
    needed("hash", LargeBinary()),
    Index("ix_audit_at", "at"),
    Index("ix_audit_subject", "subject"),
    Index("ix_audit_actor", "actor", "seq"),
    Index("ix_audit_kind", "kind", "seq"),
    Index("ix_audit_action_id", "action_id"),
    comment="Append-only: each row's hash covers its content and the hash of the row before.",
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer(), primary_key=True, autoincrement=False),
    needed("seq", BigInteger()),
    needed("hash", LargeBinary()),
    comment="One row: the newest row of the audit. Locked by whoever appends, and what a cut-off end is found by.",
)

outbox = Table(
    "outbox",
    metadata,
    key_part("message_id", Text()),
    Column("seq", BigInteger(), Identity(always=True), nullable=False),
    needed("target", Text()),
    needed("kind", Text()),
    needed("subject", Text()),
    needed("body", JSONB()),
    Column("action_id", Text()),
    needed("state", Text(), "'waiting'"),
    needed("attempts", Integer(), "0"),
    needed("made_at", INSTANT),
    needed("next_at", INSTANT),
    Column("delivered_at", INSTANT),
    Column("last_at", INSTANT),
    Column("last_status", Integer()),
    Column("last_error", Text()),
    Index("ix_outbox_due", "target", "next_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_outbox_waiting", "subject", "target", "seq", postgresql_where=text("state = 'waiting'")),
    Index("ix_outbox_subject", "subject"),
    Index("ix_outbox_action_id", "action_id"),
    Index("ix_outbox_seq", "state", "target", "seq"),
    Index("ix_outbox_newest", "seq"),
    Index("ix_outbox_delivered_at", "delivered_at", postgresql_where=text("state = 'delivered'")),
    comment="What an outside system is to be told, at least once. state: waiting, delivered, dead.",
)

demo_request = Table(
    "demo_request",
    metadata,
    key_part("request_id", Text()),
    Column("seq", BigInteger(), Identity(always=True), nullable=False),
    needed("subject", Text()),
    needed("kind", Text()),
    Column("node", Text()),
    needed("asked_at", INSTANT),
    Column("at", INSTANT),
    Index("ix_demo_request_at", "at"),
    comment="What came to an order of the demo shop from outside. at: when the shop took it up.",
)
