"""The history of the tables, one step a file; ``Store.migrate`` walks it."""
