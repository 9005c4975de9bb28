"""Alembic's entry: runs the migrations on the connection that kb/migrate.py hands over."""

from __future__ import annotations

from alembic import context

from kb import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Article.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
