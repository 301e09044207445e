"""What a dead process leaves is found by its lock, blamed by how it died, and settled with its own token only."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from engine_rig import Rig

from jobs.image import scratch_root
from jobs.losses import Death, give_back_own, recover
from jobs.submit import submit
from jobs.workplace import NOTE, WATCHDOG, abandoned, open_workplace, own_notes
from storage.model import ImageState
from storage.records import batches, images


def die_holding(rig: Rig, *, watchdog: bool = False, token: str | None = None, attempts: int = 1):
    """An image claimed by a child that is gone; (image id, the child's pid)."""
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    image_id, lease = done.images[0].id, None
    for _ in range(attempts):
        rig.clock.forward(61)
        with rig.tools.database.write() as tx:
            _, lease = images.claim_image(tx, image_id, rig.clock(), 60)
    rig.tools.database.dispose()

    def hold() -> None:
        with open_workplace(scratch_root(rig.tools.settings), "image", image_id, token or lease.token) as place:
            place.note.hashes = ["e" * 64]
            place.write_note()
            if watchdog:
                place.watchdog.write_text("Timeout!")
            os._exit(1)

    return image_id, dead_child(hold)


def dead_child(work: Callable[[], None]) -> int:
    """The pid of a fork that ran `work` and is gone."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    return child


def state_of(rig: Rig, image_id: str):
    with rig.tools.database.read() as tx:
        return images.get_image(tx, image_id)


def attempts_of(rig: Rig, image_id: str):
    with rig.tools.database.read() as tx:
        return images.attempts_of(tx, image_id)


@pytest.mark.parametrize(
    ("number", "watchdog", "code"),
    [
        (signal.SIGSEGV, False, "decoder_crashed"),
        (signal.SIGKILL, False, "resource_limit_exceeded"),
        (0, True, "timeout"),
    ],
)
def test_a_death_is_recorded_under_its_cause_and_tried_once_more(rig, number, watchdog, code):
    image_id, pid = die_holding(rig, watchdog=watchdog)
    assert recover(rig.tools, scratch_root(rig.tools.settings), Death(number), pid=pid)
    assert state_of(rig, image_id).state is ImageState.QUEUED
    assert attempts_of(rig, image_id)[-1].code == code
    image_id, pid = die_holding(rig, watchdog=watchdog, attempts=2)
    recover(rig.tools, scratch_root(rig.tools.settings), Death(number), pid=pid)
    after = state_of(rig, image_id)
    assert (after.state, after.error_code) == (ImageState.FAILED, code)
    assert list(scratch_root(rig.tools.settings).iterdir()) == []


def test_bytes_that_crashed_twice_are_quarantined_for_a_day(rig):
    image_id, pid = die_holding(rig, attempts=2)
    recover(rig.tools, scratch_root(rig.tools.settings), Death(signal.SIGSEGV), pid=pid)
    with rig.tools.database.read() as tx:
        assert images.quarantined(tx, "e" * 64, rig.clock()) == "decoder_crashed"
        rig.clock.forward(25 * 3600)
        assert images.quarantined(tx, "e" * 64, rig.clock()) is None


def test_a_death_nobody_can_explain_is_a_lost_worker_three_times(rig):
    image_id, pid = die_holding(rig)
    recover(rig.tools, scratch_root(rig.tools.settings), Death(), pid=pid)
    assert state_of(rig, image_id).not_before == rig.clock()
    image_id, pid = die_holding(rig, attempts=3)
    assert recover(rig.tools, scratch_root(rig.tools.settings), Death(), pid=pid)[0][1] == 0
    assert state_of(rig, image_id).error_code == "processing_failed"


def test_a_stop_on_purpose_is_held_against_nobody(rig):
    image_id, pid = die_holding(rig, attempts=2)
    recover(rig.tools, scratch_root(rig.tools.settings), Death(signal.SIGKILL, blame=False), pid=pid)
    assert state_of(rig, image_id).state is ImageState.QUEUED


def test_a_token_that_was_overtaken_changes_nothing(rig):
    image_id, pid = die_holding(rig, token="f" * 32)
    recover(rig.tools, scratch_root(rig.tools.settings), Death(signal.SIGSEGV), pid=pid)
    assert state_of(rig, image_id).state is ImageState.RUNNING


def test_a_dead_packaging_gives_its_claim_back(rig):
    from jobs.cancel import cancel

    done = submit(rig.tools, rig.order(1), rig.doorbell)
    cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
    with rig.tools.database.write() as tx:
        lease = batches.claim_packaging(tx, done.batch.id, rig.clock(), 60)
    rig.tools.database.dispose()

    def hold() -> None:
        with open_workplace(scratch_root(rig.tools.settings), "packaging", done.batch.id, lease.token):
            os._exit(1)

    child = dead_child(hold)
    found = recover(rig.tools, scratch_root(rig.tools.settings), Death(signal.SIGKILL), pid=child)
    assert found == [(done.batch.id, 0)]
    with rig.tools.database.write() as tx:
        assert batches.claim_packaging(tx, done.batch.id, rig.clock(), 60)


def test_living_holders_are_left_alone(tmp_path):
    with open_workplace(tmp_path, "image", "job_a", "t" * 32) as place:
        (place.path / "file").write_text("x")
        with abandoned(tmp_path) as found:
            assert found == []
        assert [note.subject for note in own_notes()] == ["job_a"]
        assert json.loads((place.path / NOTE).read_text())["token"] == "t" * 32
        assert place.path.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == [] and own_notes() == []


def test_a_folder_whose_note_was_never_written_is_removed(tmp_path):
    (tmp_path / "job_b-x").mkdir()
    (tmp_path / "job_b-x" / NOTE).write_text("")
    (tmp_path / "job_b-x" / WATCHDOG).write_text("")
    with abandoned(tmp_path) as [entry]:
        assert (entry.note, entry.timed_out) == (None, False)
    assert list(tmp_path.iterdir()) == []


def test_a_child_of_a_living_parent_is_left_to_its_parent(rig):
    image_id, pid = die_holding(rig)
    note = next(scratch_root(rig.tools.settings).iterdir()) / NOTE
    told = json.loads(note.read_text())
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    note.write_text(json.dumps({**told, "parent": parent.pid}))
    with abandoned(scratch_root(rig.tools.settings)) as found:
        assert found == []
    parent.communicate(b"\n")
    with abandoned(scratch_root(rig.tools.settings), pid) as found:
        assert [entry.note.subject for entry in found] == [image_id]


def test_a_leaving_process_gives_its_own_leases_back(rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    with rig.tools.database.write() as tx:
        image, lease = images.claim_image(tx, done.images[0].id, rig.clock(), 60)
    with open_workplace(scratch_root(rig.tools.settings), "image", image.id, lease.token):
        give_back_own(rig.tools)
    assert state_of(rig, image.id).state is ImageState.QUEUED
