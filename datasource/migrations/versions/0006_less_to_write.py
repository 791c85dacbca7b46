"""Less to write at each event: changes in rows by the order, no foreign key, no index that nobody reads by.

A change that waits for the fold is a row for each order told of, its visits in arrays, where each visit had a row. The
foreign key of the events asked for the order once more at every event, in the very transaction that had just locked or
made it. Minutes are read by node and slice; by time alone they are only thrown away, once an hour, all that are old.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANTS = sa.ARRAY(sa.DateTime(timezone=True))
_ADDED: dict[str, sa.ARRAY[Any]] = {
    "nodes": sa.ARRAY(sa.Text()),
    "entered_at": _INSTANTS,
    "left_at": _INSTANTS,
    "due_at": _INSTANTS,
    "exits": sa.ARRAY(sa.Text()),
    "dwell_us": sa.ARRAY(sa.BigInteger()),
    "measured": sa.ARRAY(sa.Boolean()),
    "sources": sa.ARRAY(sa.Text()),
    "heard_at": _INSTANTS,
}
_GONE = ("node", "entered_at", "left_at", "due_at", "exit", "dwell_us", "measured", "source", "at")
_COMMENT = (
    "What the fold has not summed yet: visits of an order to add (sign 1) or take back (-1), in parallel "
    "arrays. sign 0: something else of the order changed."
)


def upgrade() -> None:
    """Turn the columns into arrays; what waits stays, a visit a row."""
    # Before anything is read: what a fold under way takes, and has not committed yet, must not be counted once more.
    op.execute("LOCK TABLE visit_change IN ACCESS EXCLUSIVE MODE")
    op.drop_constraint(op.f("fk_node_event_order_id"), "node_event", type_="foreignkey")
    op.execute("CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT * FROM visit_change")
    op.execute("TRUNCATE visit_change")
    for name in _GONE:
        op.drop_column("visit_change", name)
    for name, kind in _ADDED.items():
        op.add_column("visit_change", sa.Column(name, kind, nullable=True))
    op.execute(_KEEP)
    op.create_table_comment("visit_change", _COMMENT)
    op.drop_index("ix_rollup_minute_start", table_name="rollup_minute")


_KEEP = """
INSERT INTO visit_change (order_id, sign, slices, amount, nodes, entered_at, left_at, due_at, exits, dwell_us,
                          measured, sources, heard_at)
SELECT order_id, sign, slices, amount,
       CASE WHEN sign <> 0 THEN ARRAY[node] END,
       CASE WHEN sign <> 0 THEN ARRAY[entered_at] END,
       CASE WHEN sign <> 0 THEN ARRAY[left_at] END,
       CASE WHEN sign <> 0 THEN ARRAY[due_at] END,
       CASE WHEN sign <> 0 THEN ARRAY[exit] END,
       CASE WHEN sign <> 0 THEN ARRAY[dwell_us] END,
       CASE WHEN sign <> 0 THEN ARRAY[measured] END,
       CASE WHEN at IS NOT NULL THEN ARRAY[source] END,
       CASE WHEN at IS NOT NULL THEN ARRAY[at] END
  FROM waiting
"""
