"""Who sweeps: one at a time per database. Never needs the queue server.

On one machine a file lock decides, which dies with its holder; on PostgreSQL, where several machines may share the
database, an advisory lock does so as well.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from jobs.tools import Tools

ADVISORY_KEY = 7234002


@contextmanager
def sole_sweeper(tools: Tools) -> Iterator[bool]:
    """True for the block when nobody else sweeps now. Unavailable when the database does not answer."""
    folder = tools.settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "sweep.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _file_lock(descriptor):
            yield False
        elif tools.database.url.startswith("postgres"):
            with tools.database.read() as tx:
                yield bool(tx.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY}))
        else:
            yield True
    finally:
        os.close(descriptor)


def _file_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
