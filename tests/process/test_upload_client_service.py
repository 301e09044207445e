"""scripts/upload as cron runs it, on a running installation: killed at every step, twice at once, over a folder that
grows; with the service killed, the line cut, the disk full. The service's own records tell how often it took what."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from cron_folder import CronFolder, ended, leave_credits, records
from cutting_proxy import CuttingProxy, cutting_proxy
from installation import Installation, installation, neighbour
from servers import wait_for

from storage.records import switches

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

SENDING = ("opened", "planned", "posting", "posted", "submitted", "torn", "torn:2")
FETCHING = ("fetching", "fetched", "saved", "closed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, CuttingProxy]]:
    """An installation whose public address is a wire that can be cut: what is sent and what is fetched goes over it."""
    folder = tmp_path_factory.mktemp("cron")
    quick = {"RATE_LIMITS": "false", "SWEEP_SECONDS": "1", "LEASE_SECONDS": "4"}
    with (
        neighbour() as near,
        cutting_proxy() as proxy,
        installation(folder / "data", near, BASE_URL=proxy.url, **quick) as service,
    ):
        proxy.target = int(service.base.rpartition(":")[2])
        yield service, proxy


@pytest.fixture
def cron(tmp_path: Path, place: tuple[Installation, CuttingProxy]) -> CronFolder:
    place[1].orders.clear()
    return CronFolder(tmp_path, *place)


def settle(cron: CronFolder) -> None:
    wait_for(lambda: not cron.unsettled(), 120, "the end of all work")


def test_killed_at_every_step_in_turn_nothing_is_taken_twice_and_nothing_missed(cron: CronFolder) -> None:
    for number, step in enumerate(SENDING):
        cron.picture(f"p{number}")
        died = cron.run("--no-wait", "--failpoint", step)
        assert died.code == -signal.SIGKILL, f"{step} was not reached: {died.told}"
    assert cron.run("--no-wait").code == 0
    settle(cron)
    for step in FETCHING:
        died = cron.run("--no-wait", "--failpoint", step)
        assert died.code == -signal.SIGKILL, f"{step} was not reached: {died.told}"
    last = cron.run()
    assert (last.code, last.summary["images"]["waiting"]) == (0, 0), last.told
    cron.check()


def test_two_runs_at_once_take_each_picture_once(cron: CronFolder) -> None:
    for number in range(2):
        cron.picture(f"p{number}")
    same = [cron.start("--no-wait"), cron.start("--no-wait")]
    assert sorted(ended(each).code for each in same) in ([0, 6], [0, 0]), "one after the other, or one is sent away"
    strangers = [cron.start("--no-wait", out="left"), cron.start("--no-wait", out="right")]
    assert [ended(each).code for each in strangers] == [0, 0]
    settle(cron)
    for out in ("out", "left", "right"):
        ran = cron.run(out=out)
        assert ran.code == 0, ran.told
        cron.check(out)


def test_what_is_still_being_written_is_left_to_the_next_run(cron: CronFolder) -> None:
    cron.picture("whole")
    slow = cron.picture("slow")
    data, began, stop = slow.read_bytes(), threading.Event(), threading.Event()

    def copy() -> None:
        """A copy that takes longer than any run."""
        with slow.open("wb", buffering=0) as file:
            place = 0
            while not stop.is_set() and place < len(data) // 2:
                place += file.write(data[place : place + 500])
                began.set()
                time.sleep(0.05)
            stop.wait()
            file.write(data[place:])

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        began.wait()
        ran = cron.run("--no-wait", "--settle", "1")
        assert (ran.code, ran.summary["images"]["left_out"]) == (75, 1), ran.told
        assert "slow.png is still being written" in ran.told and slow.stat().st_size < len(data) // 2
    finally:
        stop.set()
        copying.join()
    late = cron.picture("late")
    hidden = late.rename(late.with_name("late.png.part"))
    assert cron.run("--no-wait").code == 0 and cron.accepted() == {"whole": 1, "slow": 1}
    hidden.rename(late)
    assert cron.run("--no-wait").code == 0
    settle(cron)
    assert cron.run().code == 0
    cron.check()


def web_server(service: Installation) -> psutil.Process:
    """gunicorn's first process, which the supervisor started."""
    found = [each for each in psutil.Process(service.process.pid).children() if "wsgi:app" in each.cmdline()]
    return found[0]


def test_a_service_that_is_killed_meanwhile_is_waited_for(cron: CronFolder) -> None:
    for number in range(3):
        cron.picture(f"p{number}")
    running = cron.start()
    try:
        wait_for(lambda: cron.accepted(), 60, "the first batch")
        before = web_server(cron.service)
        for each in [before, *before.children()]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    finally:
        ran = ended(running)
    assert ran.code == 0 and "cannot be reached" in ran.told, ran.told
    assert web_server(cron.service).pid != before.pid
    cron.check()


def test_a_line_that_is_cut_in_the_middle_is_mended(cron: CronFolder) -> None:
    first = cron.picture("p0")
    size = first.stat().st_size
    before = cron.proxy.cuts
    cron.proxy.cut("up", size // 2)
    assert cron.run("--no-wait").code == 0
    assert cron.proxy.cuts == before + 1, "no upload was cut"
    settle(cron)
    cron.proxy.cut("down", 60_000)
    cron.proxy.cut("down", 100_000)
    ran = cron.run()
    assert ran.code == 0 and "connection was lost" in ran.told, ran.told
    assert cron.proxy.cuts == before + 3, "no download was cut"
    cron.check()


def test_a_reply_that_is_lost_makes_no_second_batch(cron: CronFolder) -> None:
    cron.picture("p0")
    before = cron.proxy.cuts
    cron.proxy.cut("down", 0, when=lambda: cron.accepted()["p0"] == 1)
    ran = cron.run("--no-wait")
    assert ran.code == 0 and "cannot be reached" in ran.told, ran.told
    assert cron.proxy.cuts == before + 1, "no reply was lost"
    assert cron.accepted() == {"p0": 1}
    settle(cron)
    assert cron.run().code == 0
    cron.check()


def test_a_full_disk_ends_with_75_and_the_next_run_fetches(cron: CronFolder) -> None:
    cron.picture("p0")
    assert cron.run("--no-wait").code == 0
    settle(cron)
    ran = cron.run(small_files=True)
    assert ran.code == 75 and "refuses" in ran.told, ran.told
    assert not [*cron.folder.glob("out/batch-*/*")], "a preview is larger than what fits, and no half one is left"
    assert cron.run().code == 0
    cron.check()


def test_each_refusal_has_its_code_and_the_next_run_goes_on(cron: CronFolder) -> None:
    cron.picture("p0")
    cron.dry = False
    leave_credits(cron.service, 28)
    try:
        ran = cron.run("--no-wait")
        assert ran.code == 3 and ran.summary["images"]["waiting"] == 1 and "redits" in ran.told
    finally:
        leave_credits(cron.service, 10_000)
    with records(cron.service) as database:
        with database.write() as tx:
            switches.turn_on(tx, switches.DRAINED, "test", datetime.now(UTC))
        try:
            ran = cron.run("--no-wait", "--retry-minutes", "0.02")
            assert ran.code == 75 and "503" in ran.told and "gave up" in ran.told
        finally:
            with database.write() as tx:
                switches.turn_off(tx, switches.DRAINED)
    wrong = cron.folder / "key"
    wrong.write_text("pk_live_" + "0" * 40)
    wrong.chmod(0o600)
    assert cron.run("--no-wait", "--key-file", str(wrong)).code == 4
    assert not cron.accepted()
    assert cron.run("--no-wait").code == 0 and cron.accepted() == {"p0": 1}
