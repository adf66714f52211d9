"""Alembic's entry: runs migrations on the connection `storage.migrate` passes in."""

from alembic import context

from opswheel.storage.migrate import configure

connection = context.config.attributes["connection"]
configure(context, connection)
with context.begin_transaction():
    context.run_migrations()
