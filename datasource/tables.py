"""Every table of the store, whichever room describes it: what the migrations are compared with."""

from datasource import acting_tables, people_tables, schema

ROOMS = (schema, people_tables, acting_tables)
metadata = schema.metadata
