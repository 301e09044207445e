"""Is the database's schema the one that this program speaks of? Reads only; migrating is the database's own door."""

from enum import StrEnum
from functools import cache

from alembic.script import ScriptDirectory

from storage.errors import Unavailable
from storage.records.database import Database, migration_config


class SchemaState(StrEnum):
    """A newer schema serves the programs of the version before it: migrations add, and take away one release later."""

    CURRENT = "current"
    MISSING = "missing"
    BEHIND = "behind"
    AHEAD = "ahead"  # made by a newer program; this one does not know it


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this program knows, newest first."""
    return tuple(step.revision for step in ScriptDirectory.from_config(migration_config()).walk_revisions())


def schema_state(database: Database) -> SchemaState:
    """Raises Unavailable when the database does not answer."""
    found = database.version()
    if not found:
        return SchemaState.MISSING
    if found == revisions()[0]:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if found in revisions() else SchemaState.AHEAD


def require_schema(database: Database) -> None:
    """Unavailable when what this program reads and writes is not all there."""
    state = schema_state(database)
    if state in (SchemaState.MISSING, SchemaState.BEHIND):
        raise Unavailable(f"The database's schema is {state}.", code="database_busy", cause=state)
