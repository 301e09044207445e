"""An image's child: what it says is believed only so far, and it is gone when its lease, its time or its worker is."""

import ctypes
import os
import re
import signal
import socket
import time
from functools import partial
from pathlib import Path

import pytest
from engine_rig import Blot, NoEngines, Rig, install_blot

from jobs import horse
from jobs.actions.offer import Work
from jobs.horse import HorseDied
from jobs.horse_work import work_for
from jobs.image import run_image
from jobs.publishing import Made
from jobs.stable import Stable
from jobs.submit import submit
from jobs.wire import Wire, fault_of, made_of, tell_made
from storage.errors import ImageFault
from storage.model import Image, ImageState
from storage.records import artifacts, images


@pytest.fixture
def stable(rig: Rig):
    made = Stable(partial(work_for, rig.tools, NoEngines()))
    yield made
    made.forget()


def one(rig: Rig, work=lambda work: None) -> Image:
    install_blot(Blot(work=work))
    return submit(rig.tools, rig.order(1), rig.doorbell).images[0]


def now_of(rig: Rig, image: Image) -> Image:
    with rig.tools.database.read() as tx:
        return images.get_image(tx, image.id)


def nothing_left(rig: Rig) -> bool:
    folder = rig.tools.settings.data_dir
    return [*rig.tools.objects.list("out/")] == [] and [*(folder / "work").iterdir()] == []


def test_a_child_makes_the_image_and_this_process_settles_it(rig, stable):
    for _ in range(2):
        image = one(rig)
        ran = run_image(rig.tools, image.id, NoEngines(), stable)
        assert (ran.left, ran.died, stable.child) == (0, None, 0)
        after = now_of(rig, image)
        assert (after.state, after.result["method"]) == (ImageState.SUCCEEDED, "blot")
        with rig.tools.database.read() as tx:
            [made] = artifacts.list_artifacts(tx, image.batch_id, image.id)
        assert (made.created_at, made.width) == (rig.clock(), 8)
        assert rig.tools.objects.stat(made.key).bytes == made.bytes


def test_it_works_in_another_process_under_limits(rig, stable, tmp_path):
    told = tmp_path / "told"

    def work(work: Work) -> None:
        status = Path("/proc/self/status").read_text()
        told.write_text(f"{os.getpid()}\n{work.scratch}\n{status}{Path('/proc/self/limits').read_text()}")

    run_image(rig.tools, one(rig, work).id, NoEngines(), stable)
    pid, scratch, said = told.read_text().split("\n", 2)
    assert int(pid) != os.getpid() and not Path(f"/proc/{pid}").exists()
    assert "NoNewPrivs:\t1" in said and "Umask:\t0077" in said and not Path(scratch).exists()
    soft = dict(re.findall(r"^Max (.+?) {2,}(\S+)", said, re.M))
    seconds = 4 * rig.tools.settings.image_seconds + 30
    assert (soft["core file size"], soft["open files"], soft["file size"]) == ("0", "256", str(4 << 30))
    assert seconds <= int(soft["cpu time"]) < seconds + 60
    assert int(soft["address space"]) > rig.tools.settings.image_memory_mb << 20


def test_a_fault_is_told_with_its_code(rig, stable):
    def work(work: Work) -> None:
        raise ImageFault("no_subject")

    image = one(rig, work)
    assert run_image(rig.tools, image.id, NoEngines(), stable).settled is not None
    assert now_of(rig, image).error_code == "no_subject" and nothing_left(rig)


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (lambda work: ctypes.string_at(0), "decoder_crashed"),
        (lambda work: os.kill(os.getpid(), signal.SIGKILL), "resource_limit_exceeded"),
    ],
)
def test_a_death_is_recorded_under_its_cause(rig, stable, deed, code):
    image = one(rig, deed)
    ran = run_image(rig.tools, image.id, NoEngines(), stable)
    assert isinstance(ran.died, HorseDied) and nothing_left(rig)
    with rig.tools.database.read() as tx:
        assert [attempt.code for attempt in images.attempts_of(tx, image.id)] == [code]
    assert now_of(rig, image).state is ImageState.QUEUED


def test_a_stopped_child_is_killed_when_its_time_is_up(rig, stable, monkeypatch):
    monkeypatch.setattr(horse, "SLACK_S", -rig.tools.settings.image_seconds + 0.3)
    image = one(rig, lambda work: os.kill(os.getpid(), signal.SIGSTOP))
    ran = run_image(rig.tools, image.id, NoEngines(), stable)
    assert ran.died.timed_out
    with rig.tools.database.read() as tx:
        assert images.attempts_of(tx, image.id)[0].code == "timeout"


def test_a_child_whose_lease_is_lost_is_killed_at_once(rig, stable, monkeypatch):
    monkeypatch.setattr(horse._Lease, "kept", lambda lease: False)
    image = one(rig, lambda work: time.sleep(30))
    began = time.monotonic()
    assert run_image(rig.tools, image.id, NoEngines(), stable).settled is None
    assert time.monotonic() - began < 10 and nothing_left(rig)


def test_work_cut_short_is_held_against_nobody(rig, stable):
    image = one(rig, lambda work: time.sleep(30))
    stable.cut = True
    assert run_image(rig.tools, image.id, NoEngines(), stable).died is not None
    after = now_of(rig, image)
    assert (after.state, after.not_before) == (ImageState.QUEUED, rig.clock())


def test_a_keeper_that_was_killed_costs_one_attempt_and_is_replaced(rig, stable):
    stable.open()
    os.kill(stable._keeper, signal.SIGKILL)
    os.waitid(os.P_PID, stable._keeper, os.WEXITED | os.WNOWAIT)
    image = one(rig)
    assert run_image(rig.tools, image.id, NoEngines(), stable).died is not None
    assert run_image(rig.tools, image.id, NoEngines(), stable).settled is not None


def test_a_child_may_name_only_files_of_its_own_attempt(rig, stable):
    image = one(rig)
    run_image(rig.tools, image.id, NoEngines(), stable)
    with rig.tools.database.read() as tx:
        [made] = artifacts.list_artifacts(tx, image.batch_id, image.id)
    token, told = made.key.split("/")[3], tell_made(Made({}, [made]))
    assert made_of(told, image.batch_id, image.id, token).artifacts == [made]
    for batch_id, image_id, another in [
        ("bat_x", image.id, token),
        (image.batch_id, "job_x", token),
        (image.batch_id, image.id, "f" * 32),
    ]:
        with pytest.raises(ImageFault, match="processing_failed"):
            made_of(told, batch_id, image_id, another)
    with pytest.raises(ImageFault, match="processing_failed"):
        made_of({"result": {}, "artifacts": [{"key": made.key}]}, image.batch_id, image.id, token)
    assert fault_of({"code": "made_up"}).code == "processing_failed"


@pytest.mark.parametrize("line", [b"\x80\x04pickle\n", b"[1]\n"])
def test_words_nobody_knows_are_a_fault(line):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(line)
        with pytest.raises(ImageFault):
            list(Wire(ours).messages())
