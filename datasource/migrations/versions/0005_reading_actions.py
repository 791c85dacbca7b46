"""What pages ask of actions, messages and the audit, without reading all that ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts of an action that is over, and the indexes."""
    op.add_column("action", sa.Column("done", sa.Integer(), nullable=True))
    op.add_column("action", sa.Column("failed", sa.Integer(), nullable=True))
    op.execute(_COUNT)
    taken_back = sa.text("undoes IS NOT NULL")
    op.create_index("ix_action_undoes", "action", ["undoes"], unique=False, postgresql_where=taken_back)
    op.create_index("ix_audit_actor", "audit", ["actor", "seq"], unique=False)
    op.create_index("ix_audit_kind", "audit", ["kind", "seq"], unique=False)
    delivered = sa.text("state = 'delivered'")
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at"], unique=False, postgresql_where=delivered)
    op.create_index("ix_outbox_newest", "outbox", ["seq"], unique=False)


_COUNT = """
UPDATE action SET done = counted.done, failed = counted.failed
  FROM (SELECT action_id, count(*) FILTER (WHERE outcome = 'done') AS done,
               count(*) FILTER (WHERE outcome NOT IN ('done', 'waiting')) AS failed
          FROM action_item GROUP BY action_id) AS counted
 WHERE counted.action_id = action.action_id AND action.finished_at IS NOT NULL
"""
