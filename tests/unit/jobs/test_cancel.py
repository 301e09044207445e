"""Cancelling returns the credits of what has not run; what runs is cut and never both charged and released."""

import threading

import pytest
from engine_rig import Blot, NoEngines, Rig, install_blot

from jobs.cancel import cancel
from jobs.image import run_image
from jobs.submit import submit
from storage.errors import NotFound
from storage.model import ImageState
from storage.records import images, ledger
from storage.records.invariants import verify


def states(rig: Rig, batch_id: str) -> list[str]:
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        return [image.state.value for image in images.list_images(tx, batch_id)]


def test_waiting_images_are_cancelled_and_packaging_is_rung(rig):
    done = submit(rig.tools, rig.order(3), rig.doorbell)
    batch = cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
    assert (batch.pending, batch.cancelled) == (0, 3)
    assert states(rig, done.batch.id) == ["cancelled"] * 3 and rig.doorbell.packaging == [done.batch.id]
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).spent == 0


def test_cancelling_again_changes_nothing(rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    first = cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
    assert cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell) == first


def test_another_account_cannot_cancel(rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    with pytest.raises(NotFound):
        cancel(rig.tools, "acct_other", done.batch.id, rig.doorbell)
    assert states(rig, done.batch.id) == ["queued"]


def test_a_running_image_that_ends_in_time_is_charged(rig):
    done = submit(rig.tools, rig.order(2), rig.doorbell)
    install_blot(Blot(work=lambda work: cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell) and None))
    ran = run_image(rig.tools, done.images[0].id, NoEngines())
    assert ran.settled.image.state is ImageState.SUCCEEDED and ran.left == 0
    assert states(rig, done.batch.id) == ["succeeded", "cancelled"]


def test_a_running_image_is_cut_at_its_next_renewal(tmp_path):
    from engine_rig import open_rig

    rig = open_rig(tmp_path, lease_seconds=1)
    done = submit(rig.tools, rig.order(1), rig.doorbell)

    def long_work(work):
        cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
        for _ in range(40):
            threading.Event().wait(0.05)
            work.check()
        raise AssertionError("was not cut")

    install_blot(Blot(work=long_work))
    ran = run_image(rig.tools, done.images[0].id, NoEngines())
    assert (ran.settled, ran.left) == (None, 0)
    assert states(rig, done.batch.id) == ["cancelled"]
