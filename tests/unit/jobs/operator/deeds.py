"""What scripts/admin wrote into the audit log, and the type of its caller in tests."""

from collections.abc import Callable
from typing import Any

from jobs.tools import Tools
from storage.records import audit

Run = Callable[..., tuple[int, Any]]


def deeds(tools: Tools) -> list[tuple[str, str, dict[str, Any]]]:
    """verb, subject and detail of every audit row that scripts/admin wrote, oldest first."""
    with tools.database.read() as tx:
        rows = audit.entries(tx, 100)[::-1]
    return [(row.verb, row.subject, dict(row.detail)) for row in rows if row.actor == "scripts/admin"]
