"""A process killed before any statement of the transactions that end images and batches, or before their commit: it
leaves nothing of them, and the next one does all of it. On both databases."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_rig import NoEngines, Rig, install_blot, open_rig
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from jobs import settling
from jobs.cancel import cancel
from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from jobs.tools import Tools, open_tools
from storage.model import Batch, Image
from storage.records import batches, images
from storage.records.border_tables import deliveries
from storage.records.invariants import verify
from storage.records.tables import artifacts, image_attempts, ledger_entries
from storage.records.tables import batches as batch_rows
from storage.records.tables import images as image_rows

Deed = Callable[[Tools], object]
TABLES = (batch_rows, image_rows, image_attempts, artifacts, ledger_entries, deliveries)
SURVIVED, MOST = 0, 80


@pytest.fixture
def rig(database_url: str, tmp_path: Path) -> Iterator[Rig]:
    install_blot()
    opened = open_rig(tmp_path / "data", database_url=database_url)
    yield opened
    opened.tools.database.dispose()


def order(rig: Rig) -> tuple[Batch, list[Image]]:
    done = submit(rig.tools, rig.order(2, callback_url="https://shop.example/hook"), rig.doorbell)
    return done.batch, done.images


def everything(rig: Rig) -> list[list[Any]]:
    """All rows that a batch's life touches."""
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        return [sorted(map(repr, tx.execute(select(table)))) for table in TABLES]


def killed_at(rig: Rig, deed: Deed, number: int) -> int:
    """Do `deed` in a process that is killed at its statement `number`; how the process ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 3
    try:
        seen = 0

        def count(*ignored: object) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        tools = open_tools(rig.tools.settings, clock=rig.clock)
        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        deed(tools)
        code = SURVIVED
    finally:
        os._exit(code)


def torn_everywhere(rig: Rig, deed: Deed) -> int:
    """Die at the first statement, at the second …, until the deed comes through; how many deaths that took."""
    before = everything(rig)
    for number in range(1, MOST):
        ended = killed_at(rig, deed, number)
        if ended == SURVIVED:
            assert everything(rig) != before
            return number - 1
        assert ended == -signal.SIGKILL
        assert everything(rig) == before, f"killed at statement {number}"
    raise AssertionError("it never came through")


def entries(rig: Rig, kind: str) -> int:
    with rig.tools.database.read() as tx:
        return len(tx.execute(select(ledger_entries).where(ledger_entries.c.kind == kind)).all())


def told(rig: Rig, name: str) -> int:
    with rig.tools.database.read() as tx:
        return len(tx.execute(select(deliveries).where(deliveries.c.event == name)).all())


@pytest.mark.parametrize("ending", ["succeeded", "failed", "put back"])
def test_an_attempt_ends_whole_or_not_at_all(rig: Rig, ending: str) -> None:
    _, [image, _] = order(rig)
    claimed = settling.claim(rig.tools, image.id)
    assert claimed is not None
    token = claimed[2]
    deeds: dict[str, Deed] = {
        "succeeded": lambda tools: settling.succeed(tools, image.id, token, {"method": "blot"}, []),
        "failed": lambda tools: settling.fail(tools, image.id, token, "no_subject", "Nothing there."),
        "put back": lambda tools: settling.put_back(tools, image.id, token, "timeout", "Late.", not_before_s=0),
    }
    assert torn_everywhere(rig, deeds[ending]) >= 4
    with rig.tools.database.read() as tx:
        assert images.get_image(tx, image.id).state == ("queued" if ending == "put back" else ending)
    moved = {"succeeded": ("capture", "job.completed"), "failed": ("release", "job.failed")}
    if ending in moved:
        kind, name = moved[ending]
        assert (entries(rig, kind), told(rig, name)) == (1, 1)


def test_a_batch_is_cancelled_whole_or_not_at_all(rig: Rig) -> None:
    batch, _ = order(rig)
    assert torn_everywhere(rig, lambda tools: cancel(tools, rig.account_id, batch.id, rig.doorbell)) >= 4
    assert entries(rig, "release") == 2


def test_a_batch_is_finished_whole_or_not_at_all(rig: Rig) -> None:
    batch, children = order(rig)
    for image in children:
        run_image(rig.tools, image.id, NoEngines())
    with rig.tools.database.write() as tx:
        lease = batches.claim_packaging(tx, batch.id, rig.clock(), 60)
    assert lease is not None

    def finish(tools: Tools) -> None:
        with tools.database.write() as tx:
            now = tools.clock()
            done = batches.finish_batch(tx, batch.id, lease.token, [], now=now, expires_at=now)
            assert done is not None
            settling.tell_batch(tools, tx, "batch.completed", done)

    assert torn_everywhere(rig, finish) >= 4
    assert (entries(rig, "capture"), told(rig, "batch.completed")) == (3, 1)
    assert run_packaging(rig.tools, batch.id) is None, "it is final"
