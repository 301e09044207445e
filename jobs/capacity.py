"""Whether there is room for a submission: no drain, queued images per account and in all, free disk. Only
reads and refuses."""

import shutil
from pathlib import Path

from sqlalchemy import Connection

from jobs.tools import Tools
from storage.errors import RateLimited, Unavailable
from storage.model import Account, Dialect
from storage.records import images as image_records
from storage.records import switches

QUEUE_FULL_RETRY_S = 30
OVERLOADED_RETRY_S = 60


def check_capacity(tools: Tools, account: Account, dialect: Dialect, count: int) -> None:
    """For `count` more images. RateLimited("queue_full") past an account's cap, Unavailable("overloaded") past ours."""
    check_disk(tools)
    with tools.database.read() as tx:
        check_queues(tools, tx, account.id, dialect, count)


def check_queues(tools: Tools, tx: Connection, account_id: str, dialect: Dialect, count: int) -> None:
    """The same for the queues alone, inside the transaction that is about to add the images."""
    settings = tools.settings
    check_open(tx)
    if image_records.queued_count(tx) + count > settings.queue_cap:
        raise Unavailable(
            "Too much work is waiting; please try again later.", code="overloaded", retry_after=OVERLOADED_RETRY_S
        )
    waiting = image_records.queued_count(tx, account_id) if dialect is Dialect.PRINT else 0
    if dialect is Dialect.PRINT and waiting + count > settings.print_queue_cap:
        most = settings.print_queue_cap
        raise RateLimited(
            f"At most {most} images of one account may wait at a time; {waiting} wait and {count} came.",
            code="queue_full",
            details={"max": most, "waiting": waiting, "given": count},
            retry_after=QUEUE_FULL_RETRY_S,
        )


def check_open(tx: Connection) -> None:
    """Unavailable("overloaded") while the operator takes no new work."""
    if switches.find(tx, switches.DRAINED) is not None:
        raise Unavailable(
            "The service takes no new work for the moment; please try again later.",
            code="overloaded",
            retry_after=OVERLOADED_RETRY_S,
        )


def check_disk(tools: Tools) -> None:
    """Unavailable("overloaded") when the data folder's disk is nearly full."""
    if free_mb(tools.settings.data_dir) < tools.settings.disk_floor_mb:
        raise Unavailable(
            "The service is short of space; please try again later.", code="overloaded", retry_after=OVERLOADED_RETRY_S
        )


def free_mb(folder: Path) -> int:
    """Free disk in MiB where `folder` is, or is going to be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free >> 20
