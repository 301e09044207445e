"""A commit whose answer never came may have been done all the same: what it made true stays whole, and is told once."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from engine_rig import Blot, NoEngines, Rig, install_blot
from sqlalchemy import text

from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.errors import Unavailable
from storage.model import BatchState, Image, ImageState
from storage.records import artifacts, batches, images
from storage.records.invariants import verify


class CutOff:
    """A database whose next `times` durable commits are done without an answer."""

    def __init__(self, real: Any, times: int = 0) -> None:
        self.real, self.times = real, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Any]:
        with self.real.write(durable=durable) as tx:
            yield tx
        if durable and self.times:
            self.times -= 1
            raise Unavailable("cut", code="database_busy")


@pytest.fixture
def cut(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> CutOff:
    """The rig's database, which can be made to keep its answers; the pauses before another try are left out."""
    monkeypatch.setattr("jobs.settling.time.sleep", lambda seconds: None)
    database = CutOff(rig.tools.database)
    rig.tools = dataclasses.replace(rig.tools, database=database)
    return database


def one(rig: Rig) -> Image:
    return submit(rig.tools, rig.order(1, callback_url="https://shop.example/hook"), rig.doorbell).images[0]


def whole(rig: Rig, batch_id: str) -> int:
    """How many files are recorded; each of them is there."""
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        found = artifacts.list_artifacts(tx, batch_id)
    assert all(rig.tools.objects.stat(file.key).bytes == file.bytes for file in found)
    return len(found)


def told(rig: Rig, event: str) -> int:
    with rig.tools.database.read() as tx:
        return int(tx.scalar(text("SELECT count(*) FROM deliveries WHERE event = :e"), {"e": event}))


@pytest.mark.parametrize("times", [1, 4])
def test_an_image_that_was_settled_after_all_keeps_its_file(rig: Rig, cut: CutOff, times: int) -> None:
    image = one(rig)
    cut.times = times
    if times == 1:
        assert run_image(rig.tools, image.id, NoEngines()).left == 0, "packaging is rung for"
    else:
        with pytest.raises(Unavailable):
            run_image(rig.tools, image.id, NoEngines())
    with rig.tools.database.read() as tx:
        assert images.get_image(tx, image.id).state is ImageState.SUCCEEDED
    assert whole(rig, image.batch_id) == 1 and told(rig, "job.completed") == 1


@pytest.mark.parametrize("times", [1, 4])
def test_a_batch_that_was_finished_after_all_keeps_its_archive(rig: Rig, cut: CutOff, times: int) -> None:
    image = one(rig)
    run_image(rig.tools, image.id, NoEngines())
    cut.times = times
    if times == 1:
        assert run_packaging(rig.tools, image.batch_id) is None
    else:
        with pytest.raises(Unavailable):
            run_packaging(rig.tools, image.batch_id)
    with rig.tools.database.read() as tx:
        assert batches.get_batch(tx, image.batch_id).state is BatchState.COMPLETED
    assert whole(rig, image.batch_id) == 3 and told(rig, "batch.completed") == 1


def test_files_stay_when_nobody_can_tell_whether_they_are_recorded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    image = one(rig)
    database = CutOff(rig.tools.database)

    def away(**ignored: Any) -> Any:
        raise Unavailable("away", code="database_busy")

    class Late(Blot):
        def run(self, work: Any) -> Any:
            made = super().run(work)
            database.write = database.read = away  # type: ignore[method-assign]
            return made

    install_blot(Late())
    monkeypatch.setattr("jobs.settling.time.sleep", lambda seconds: None)
    with pytest.raises(Unavailable):
        run_image(dataclasses.replace(rig.tools, database=database), image.id, NoEngines())
    assert len([*rig.tools.objects.list("out/")]) == 1, "the sweep removes it when the batch is over"
