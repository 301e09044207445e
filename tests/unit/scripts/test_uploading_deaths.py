"""Every seam of the upload client is known and was died at, what a refusal leaves behind too; pauses are as long as the
service asks; a folder that cannot be written ends the run."""

import errno
import hashlib
import re
from pathlib import Path

import pytest
from fake_service import FakeService, Trouble
from test_uploading_runs import DEATHS
from uploading_client import Client

SOURCES = Path(__file__).parents[3] / "scripts" / "uploading"
AT_A_REFUSAL = ("split", "failed", "closed")


def test_every_seam_is_died_at() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    named = {*re.findall(r'seams\.(?:reach|due)\("(\w+)"\)', text), *re.findall(r'"do": "(\w+)"', text)}
    died = {step.partition(":")[0] for _, step in DEATHS} | {*AT_A_REFUSAL, "opened"}
    assert named == died and len(named) > 10


@pytest.mark.parametrize("step", ["opened", *AT_A_REFUSAL, "split:2", "failed:2"])
def test_death_over_a_refused_picture_loses_no_other(client: Client, service: FakeService, step: str) -> None:
    good = [client.picture(f"{number}.png") for number in range(3)]
    for name in ("bad1.png", "bad2.png"):
        (client.folder / "in" / name).write_bytes(name.encode())
    first = client.run("--failpoint", step)
    assert first.code is None, f"{step} was not reached: {first.told}"
    assert client.run().code == 1
    last = client.run()
    assert (last.code, last.summary["images"]["already_done"], last.summary["images"]["sent"]) == (1, 3, 0)
    assert {Path(each["source"]).name for each in last.summary["failures"]} == {"bad1.png", "bad2.png"}
    assert sorted(service.uploaded()) == sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in good)


@pytest.mark.parametrize("status", [429, 503])
def test_the_next_try_comes_when_the_service_asked_for_it(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    from uploading.ending import Ending

    client.picture("a.png")
    slept: list[float] = []
    monkeypatch.setattr(Ending, "sleep", lambda self, seconds: slept.append(seconds))
    service.troubles.append(Trouble("POST .*batch", status=status, headers={"Retry-After": "7"}, times=2))
    assert client.run("--settle", "0").code == 0 and len(service.batches) == 1
    assert len([seconds for seconds in slept if 7 <= seconds <= 7.7]) == 2, slept


def test_a_file_system_that_is_read_only_is_no_passing_failure(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uploading import command

    def refuse(folder: Path) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    client.picture("a.png")
    monkeypatch.setattr(command, "take_lock", refuse)
    ran = client.run()
    assert ran.code == 2 and "Read-only" in ran.told and not service.requests
