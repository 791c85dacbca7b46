"""How far each source has told: the instants that say whether what is shown is fresh."""

from datetime import datetime

from sqlalchemy import Connection, text

from datasource.rollup_merge import add_heard


def hear(connection: Connection, source: str, at: datetime, now: datetime) -> None:
    """Note that a source has told of everything up to ``at``: a heartbeat, where nothing happened."""
    add_heard(connection, {source: at}, now)


def watermarks(connection: Connection) -> dict[str, datetime]:
    """The newest instant that each source told of; events that name no source stand under the empty name."""
    return {
        row.source: row.heard_at for row in connection.execute(text("SELECT source, heard_at FROM source_watermark"))
    }
