"""An outage of the whole store uses up no image's tries; a fault of one object does."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest
from engine_rig import NoEngines, Rig

from jobs.image import run_image
from jobs.outage import fail_or_wait, store_is_out
from jobs.settling import claim
from jobs.submit import submit
from storage.errors import ImageFault
from storage.model import Image, ImageState
from storage.names import STAGING
from storage.objects import ObjectStoreDown
from storage.records import images, ledger
from storage.records.invariants import verify


class Failing:
    """A store whose methods of these names fail, for the keys that start with `prefix`."""

    def __init__(self, real: Any, *names: str, prefix: str = "") -> None:
        self._real, self._names, self._prefix = real, names, prefix

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in self._names:
            return found

        def failing(*words: Any, **more: Any) -> Any:
            if words and not str(words[0]).startswith(self._prefix):
                return found(*words, **more)
            raise ObjectStoreDown("told to fail")

        return failing


class Forgetful(Failing):
    """A store that gives back something else."""

    @contextmanager
    def read(self, key: str) -> Iterator[BinaryIO]:
        with self._real.read(key) as stream:
            stream.read(1)
            yield stream


def with_store(rig: Rig, store: Any) -> Rig:
    return dataclasses.replace(rig, tools=dataclasses.replace(rig.tools, objects=store))


def tries(rig: Rig, image: Image, count: int) -> Image:
    """Run the image `count` times, each after its pause."""
    for _ in range(count):
        run_image(rig.tools, image.id, NoEngines())
        rig.clock.forward(76)
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        return images.get_image(tx, image.id)


@pytest.mark.parametrize("names", [("probe", "put", "adopt"), ("put", "adopt"), ("put", "adopt", "delete")])
def test_while_the_store_is_out_an_image_waits_and_then_succeeds(rig: Rig, names: tuple[str, ...]) -> None:
    image = submit(rig.tools, rig.order(1), rig.doorbell).images[0]
    out = with_store(rig, Failing(rig.tools.objects, *names))
    waiting = tries(out, image, 5)
    assert (waiting.state, waiting.attempts, waiting.error_code) == (ImageState.QUEUED, 5, None)
    done = tries(rig, image, 1)
    assert (done.state, done.attempts) == (ImageState.SUCCEEDED, 6)
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).spent == 2


def test_an_object_that_cannot_be_kept_fails_its_image_after_three_tries(rig: Rig) -> None:
    image = submit(rig.tools, rig.order(1), rig.doorbell).images[0]
    out = with_store(rig, Failing(rig.tools.objects, "put", "adopt", prefix="out/"))
    failed = tries(out, image, 3)
    assert (failed.state, failed.attempts, failed.error_code) == (ImageState.FAILED, 3, "storage_unavailable")


@pytest.mark.parametrize("names", [("probe",), ("put",), ("read",), ("delete",)])
def test_a_store_is_out_when_it_lacks_one_of_its_arts(rig: Rig, names: tuple[str, ...]) -> None:
    assert store_is_out(with_store(rig, Failing(rig.tools.objects, *names)).tools)
    assert store_is_out(with_store(rig, Forgetful(rig.tools.objects)).tools)


def test_a_store_that_works_is_asked_without_a_trace(rig: Rig) -> None:
    assert not store_is_out(rig.tools)
    assert [*rig.tools.objects.list(STAGING)] == []


def test_other_faults_end_as_ever(rig: Rig) -> None:

    image = submit(rig.tools, rig.order(1), rig.doorbell).images[0]
    claimed = claim(rig.tools, image.id)
    assert claimed is not None
    settled = fail_or_wait(rig.tools, claimed[0], claimed[2], ImageFault("source_http_404"))
    assert settled is not None and settled.image.error_code == "source_http_404"
