"""A file is shown to nobody before the store itself says that it is there, whole."""

import dataclasses
from typing import Any

import pytest
from engine_rig import NoEngines, Rig

from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.model import Image, ImageState
from storage.objects import ObjectMissing, ObjectStoreDown
from storage.records import artifacts, batches, images


class LateStore:
    """Takes every file, and shows the next ones only so many bytes of it, or not at all (None)."""

    def __init__(self, real: Any) -> None:
        self.real, self.shown, self.prefix = real, 0, "-"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def stat(self, key: str) -> Any:
        found = self.real.stat(key)
        if not key.startswith(self.prefix):
            return found
        if self.shown is None:
            raise ObjectMissing(key)
        return dataclasses.replace(found, bytes=self.shown)


@pytest.fixture
def store(rig: Rig) -> LateStore:
    late = LateStore(rig.tools.objects)
    rig.tools = dataclasses.replace(rig.tools, objects=late)
    return late


def one(rig: Rig) -> Image:
    return submit(rig.tools, rig.order(1), rig.doorbell).images[0]


def now_of(rig: Rig, image: Image) -> tuple[Image, int]:
    with rig.tools.database.read() as tx:
        return images.get_image(tx, image.id), len(artifacts.list_artifacts(tx, image.batch_id))


@pytest.mark.parametrize("shown", [None, 3])
def test_a_result_that_cannot_be_seen_yet_is_not_told(rig: Rig, store: LateStore, shown: int | None) -> None:
    image = one(rig)
    store.prefix, store.shown = "out/", shown
    assert run_image(rig.tools, image.id, NoEngines()).settled is None
    after, files = now_of(rig, image)
    assert (after.state, files, [*store.real.list("out/")]) == (ImageState.QUEUED, 0, [])
    with rig.tools.database.read() as tx:
        assert images.attempts_of(tx, image.id)[0].code == "storage_unavailable"
    store.prefix = "-"
    rig.clock.forward(3)
    run_image(rig.tools, image.id, NoEngines())
    assert now_of(rig, image)[0].state is ImageState.SUCCEEDED and now_of(rig, image)[1] == 1


def test_an_archive_that_is_shorter_than_what_was_written_ends_no_batch(rig: Rig, store: LateStore) -> None:
    image = one(rig)
    run_image(rig.tools, image.id, NoEngines())
    store.prefix, store.shown = "zip/", 3
    with pytest.raises(ObjectStoreDown):
        run_packaging(rig.tools, image.batch_id)
    with rig.tools.database.read() as tx:
        assert not batches.get_batch(tx, image.batch_id).final
    assert [*store.real.list("zip/")] == []
    store.prefix = "-"
    rig.clock.forward(3)
    assert run_packaging(rig.tools, image.batch_id) is not None
