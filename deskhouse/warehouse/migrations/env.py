"""Alembic's entry: run on the connection that `deskhouse.warehouse.migrate` opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="migrations", version_table_schema="ops")
context.run_migrations()
