"""Runs the migrations on the connection that ``Store.migrate`` hands over."""

from alembic import context

from datasource.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
