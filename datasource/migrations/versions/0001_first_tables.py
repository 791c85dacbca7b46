"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table; the fold's one row begins at generation 0."""
    op.create_table(
        "baseline",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("day_type", sa.Text(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rmst_seconds", sa.Double(), nullable=False),
        sa.Column("overdue_per_hour", sa.Double(), nullable=False),
        sa.Column("hours_used", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "day_type", "hour", "version", name=op.f("pk_baseline")),
    )
    op.create_index("ix_baseline_version", "baseline", ["version"], unique=False)
    op.create_table(
        "baseline_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("history_days", sa.Double(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_baseline_version")),
    )
    op.create_table(
        "config_version",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_config_version")),
    )
    op.create_table(
        "fold_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("folded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute_from", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fold_state")),
        comment="One row. Minutes before minute_from are no longer kept in rollup_minute.",
    )
    op.create_table(
        "node_visit",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exit", sa.Text(), nullable=True),
        sa.Column("dwell_seconds", sa.Double(), nullable=True),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.Column("measured", sa.Boolean(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", "node", "number", name=op.f("pk_node_visit")),
    )
    op.create_index("ix_node_visit_due", "node_visit", ["node", "due_at"], unique=False)
    op.create_index(
        "ix_node_visit_exception",
        "node_visit",
        ["node", "left_at"],
        unique=False,
        postgresql_where=sa.text("exception IS NOT NULL"),
    )
    op.create_index("ix_node_visit_left", "node_visit", ["node", "left_at"], unique=False)
    op.create_index(
        "ix_node_visit_open",
        "node_visit",
        ["node", "due_at"],
        unique=False,
        postgresql_include=["entered_at"],
        postgresql_where=sa.text("exit IS NULL"),
    )
    op.create_index(
        "ix_node_visit_unmeasured",
        "node_visit",
        ["node", "entered_at"],
        unique=False,
        postgresql_where=sa.text("NOT measured"),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("outer_order_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column(
            "dimensions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    op.create_index(
        "ix_orders_order_id_prefix",
        "orders",
        ["order_id"],
        unique=False,
        postgresql_ops={"order_id": "text_pattern_ops"},
    )
    op.create_index(
        "ix_orders_outer_order_id",
        "orders",
        ["outer_order_id"],
        unique=False,
        postgresql_ops={"outer_order_id": "text_pattern_ops"},
    )
    op.create_table(
        "rollup_hour",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("left", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("missed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("measured", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dwell_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cells", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("counts", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "start", name=op.f("pk_rollup_hour")),
    )
    op.create_index("ix_rollup_hour_start", "rollup_hour", ["start"], unique=False)
    op.create_table(
        "rollup_minute",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("left", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("missed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("measured", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dwell_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cells", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("counts", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "start", name=op.f("pk_rollup_minute")),
    )
    op.create_index("ix_rollup_minute_start", "rollup_minute", ["start"], unique=False)
    op.create_table(
        "rollup_open_due",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "start", name=op.f("pk_rollup_open_due")),
    )
    op.create_table(
        "rollup_open_entry",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "start", name=op.f("pk_rollup_open_entry")),
    )
    op.create_table(
        "slice",
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slice", name=op.f("pk_slice")),
        comment="Every slice ever rolled up, but for 'all', which always is.",
    )
    op.create_table(
        "source_watermark",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_watermark")),
        comment="heard_at: the newest instant the source told of. at: when that became known.",
    )
    op.create_table(
        "status_change",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("node", "slice", "at", name=op.f("pk_status_change")),
    )
    op.create_table(
        "system_status",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "system", name=op.f("pk_system_status")),
    )
    op.create_table(
        "visit_change",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("slices", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit", sa.Text(), nullable=True),
        sa.Column("dwell_us", sa.BigInteger(), nullable=True),
        sa.Column("measured", sa.Boolean(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_id", "change_id", name=op.f("pk_visit_change")),
        comment="Differences that the fold has not summed yet. sign 0: something else of the order changed.",
    )
    op.create_table(
        "node_event",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("corrects", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_node_event_order_id")),
        sa.PrimaryKeyConstraint("order_id", "event_id", name=op.f("pk_node_event")),
    )
    op.create_index("ix_node_event_at", "node_event", ["at"], unique=False, postgresql_using="brin")

    op.execute("INSERT INTO fold_state (id, generation) VALUES (1, 0)")
    # A queue that is always being emptied: cleaned early, so that a drain does not wade through its own past.
    op.execute("ALTER TABLE visit_change SET (autovacuum_vacuum_scale_factor = 0.05)")
    op.execute("ALTER TABLE rollup_minute SET (fillfactor = 70)")
    op.execute("ALTER TABLE rollup_hour SET (fillfactor = 70)")
