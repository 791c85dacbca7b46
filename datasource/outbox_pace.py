"""How many messages each outside system took lately."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from datasource.acting_tables import outbox


def delivered_since(connection: Connection, since: datetime) -> dict[str, int]:
    """How many were delivered after an instant, by target."""
    columns = outbox.c
    query = select(columns.target, func.count().label("delivered")).where(
        columns.state == "delivered", columns.delivered_at > since
    )
    return {row.target: row.delivered for row in connection.execute(query.group_by(columns.target))}
