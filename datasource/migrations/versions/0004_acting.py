"""What people set on orders, the actions, the outbox and the audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "action",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_action")),
        comment="status: running, done, partial, failed, cancelled.",
    )
    op.create_index("ix_action_made_at", "action", ["made_at"], unique=False)
    op.create_index(
        "ix_action_open", "action", ["made_at"], unique=False, postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_index("uq_action_actor_key", "action", ["actor", "idempotency_key"], unique=True)
    op.create_table(
        "action_item",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("inverse", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("action_id", "subject", name=op.f("pk_action_item")),
        comment="subject: order:ID, sku:KEY or outlet:KEY. outcome: waiting, done, refused, failed, cancelled.",
    )
    op.create_index("ix_action_item_subject", "action_item", ["subject"], unique=False)
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        comment="Append-only: each row's hash covers its content and the hash of the row before.",
    )
    op.create_index("ix_audit_action_id", "audit", ["action_id"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "fund_flow",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("fee_type", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "flow_id", name=op.f("pk_fund_flow")),
        comment="One movement of money of an order; amount is signed: what the shop receives is positive.",
    )
    op.create_table(
        "order_mark",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "kind", "key", name=op.f("pk_order_mark")),
        comment="What people set on an order: hold, assignee, ticket, note, settlement, label_provider, delivery ...",
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox")),
        comment="What an outside system is to be told, at least once. state: waiting, delivered, dead.",
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_outbox_due", "outbox", ["target", "next_at"], unique=False, postgresql_where=waiting)
    op.create_index("ix_outbox_waiting", "outbox", ["subject", "target", "seq"], unique=False, postgresql_where=waiting)
    op.create_index("ix_outbox_subject", "outbox", ["subject"], unique=False)
    op.create_index("ix_outbox_action_id", "outbox", ["action_id"], unique=False)
    op.create_index("ix_outbox_seq", "outbox", ["state", "target", "seq"], unique=False)
    op.create_table(
        "demo_request",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_demo_request")),
        comment="What came to an order of the demo shop from outside. at: when the shop took it up.",
    )
    op.create_index("ix_demo_request_at", "demo_request", ["at"], unique=False)
    op.create_table(
        "outlet",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("frozen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("outlet", name=op.f("pk_outlet")),
        comment="A carrier's outlet; a frozen one gets no new orders.",
    )
    op.create_table(
        "preview",
        sa.Column("preview_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("subjects", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("preview_id", name=op.f("pk_preview")),
        comment="A frozen list of subjects and what an action would do to each.",
    )
    op.create_index("ix_preview_expires_at", "preview", ["expires_at"], unique=False)
    op.create_table(
        "sku",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("locked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("intake", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_sku")),
        comment="intake: open or suspended. name: by language.",
    )
    op.create_table(
        "stock_hold",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "sku", name=op.f("pk_stock_hold")),
        comment="Stock locked for an order. state: locked, shipped, released.",
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        comment="One row: the newest row of the audit. Locked by whoever appends, and what a cut-off end is found by.",
    )
    op.execute("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    op.execute(_ROLE)


# The application works as this role: it may do anything with the tables but change what the audit holds. Each step by
# itself: another database of the server may be making the role just now, and an owner may not be allowed to make it.
_ROLE = """
DO $$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lifeline_app') THEN
      CREATE ROLE lifeline_app NOLOGIN;
    END IF;
  EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
  END;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lifeline_app') THEN
    RETURN;
  END IF;
  BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER) THEN
      GRANT lifeline_app TO CURRENT_USER;
    END IF;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
  BEGIN
    GRANT USAGE, CREATE ON SCHEMA public TO lifeline_app;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
  GRANT ALL ON ALL TABLES IN SCHEMA public TO lifeline_app;
  GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO lifeline_app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO lifeline_app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO lifeline_app;
  REVOKE ALL ON audit, alembic_version FROM lifeline_app;
  GRANT SELECT, INSERT ON audit TO lifeline_app;
  GRANT SELECT ON alembic_version TO lifeline_app;
END $$
"""
