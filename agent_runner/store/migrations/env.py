"""Alembic's entry: runs the migrations on the connection that store/migrations hands over."""

from alembic import context

from agent_runner.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.SQLModel.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
