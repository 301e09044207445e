"""Alembic's entry: migrates the open connection that Database.migrate hands over. Never opens one of its own."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.records import border_tables  # its import of tables.py fills the one metadata
from storage.records.columns import Moment


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Spell our own column type in generated migrations."""
    if kind == "type" and isinstance(item, Moment):
        autogen_context.imports.add("from storage.records.columns import Moment")
        return "Moment()"
    return False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=border_tables.probes.metadata, render_item=render_item)
with context.begin_transaction():
    context.run_migrations()
