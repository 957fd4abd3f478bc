"""Alembic's entry: runs the versions over the connection it is given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
