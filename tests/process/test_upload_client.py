"""scripts/upload as cron runs it: real processes that are killed, signalled and started twice, over a stand-in service;
and against a whole running installation, in all three dialects."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_service import PICTURE, FakeService, fake_service, result_of
from installation import ROOT, installation, neighbour
from PIL import Image
from servers import end, wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

COMMAND = [sys.executable, str(ROOT / "scripts" / "upload")]


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as running:
        yield running


@pytest.fixture
def words(tmp_path: Path, service: FakeService) -> list[str]:
    """The command over `in` with results in `out`."""
    account = tmp_path / "account.json"
    account.write_text(json.dumps(service.account()))
    account.chmod(0o600)
    (tmp_path / "in").mkdir()
    given = ["in", "--account", "account.json", "--action", "bg-remove", "--out", "out", "--batch-size", "2"]
    given += ["--settle", "0"]
    return [*COMMAND, *given]


def picture(folder: Path, name: str) -> Path:
    path = folder / "in" / name
    path.write_bytes(PICTURE + name.encode() * 30_000)
    return path


def run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    # An empty environment: the client may not need any of it.
    return subprocess.run(words, cwd=folder, env={}, capture_output=True, text=True, timeout=120)


def results(folder: Path) -> list[bytes]:
    found = (path for path in (folder / "out").rglob("*") if path.is_file() and ".upload-state" not in path.parts)
    return sorted(path.read_bytes() for path in found)


def test_a_run_killed_at_each_step_in_turn_ends_like_one_that_never_died(
    tmp_path: Path, service: FakeService, words: list[str]
) -> None:
    for number in range(5):
        picture(tmp_path, f"{number}.png")
    deaths = 0
    for step in ("planned:2", "posting", "posted", "submitted", "torn", "fetching", "fetched", "saved", "closed"):
        died = run([*words, "--failpoint", step], tmp_path)
        assert died.returncode in (-signal.SIGKILL, 0), died.stderr
        deaths += died.returncode != 0
    assert deaths >= 7
    last = run(words, tmp_path)
    assert last.returncode == 0, last.stderr
    assert len(service.uploaded()) == len(set(service.uploaded())) == 5
    assert results(tmp_path) == sorted(result_of(source) for source in service.uploaded())


def test_a_run_killed_at_any_moment_goes_on(tmp_path: Path, service: FakeService, words: list[str]) -> None:
    for number in range(8):
        picture(tmp_path, f"{number}.png")
    killed = 0
    for delay in (0.35, 0.45, 0.55, 0.65, 0.75, 0.85):
        running = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        running.kill()
        killed += running.wait() == -signal.SIGKILL
    assert killed, "every run had ended before it was to be killed"
    assert run(words, tmp_path).returncode == 0
    assert len(service.uploaded()) == len(set(service.uploaded())) == 8
    assert results(tmp_path) == sorted(result_of(source) for source in service.uploaded())


def test_a_second_run_at_once_says_so_and_does_nothing(tmp_path: Path, service: FakeService, words: list[str]) -> None:
    picture(tmp_path, "a.png")
    service.looks_before_final = 10_000
    first = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: service.batches, 20, "the first run's batch")
        second = run(words, tmp_path)
        assert second.returncode == 6 and str(first.pid) in second.stderr
    finally:
        code = end(first)
    assert code == 75 and len(service.batches) == 1
    service.looks_before_final = 0
    assert run(words, tmp_path).returncode == 0 and len(results(tmp_path)) == 1


def test_a_drop_folder_is_watched_until_a_signal(tmp_path: Path, service: FakeService, words: list[str]) -> None:
    picture(tmp_path, "early.png")
    watching = [*words, "--watch", "--settle", "0.6", "--interval", "0.1", "--json"]
    process = subprocess.Popen(watching, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        wait_for(lambda: len(results(tmp_path)) == 1, 20, "the first result")
        slow = tmp_path / "in" / "slow.png"
        with slow.open("wb") as copy:  # a copy that takes longer than a look
            for _ in range(10):
                copy.write(PICTURE * 1000)
                copy.flush()
                os.fsync(copy.fileno())
                time.sleep(0.15)
                assert len(service.batches) == 1
        part = tmp_path / "in" / "late.png.part"
        part.write_bytes(PICTURE + b"late")
        wait_for(lambda: len(results(tmp_path)) == 2, 20, "the second result")
        assert len(service.uploaded()) == 2
        part.rename(part.with_suffix(""))
        wait_for(lambda: len(results(tmp_path)) == 3, 20, "the third result")
        process.send_signal(signal.SIGTERM)
        summary = json.loads(process.communicate(timeout=20)[0])
    finally:
        end(process)
    assert process.returncode == 0 and summary["exit_code"] == 0
    assert (summary["images"]["done"], summary["images"]["waiting"]) == (3, 0)
    assert results(tmp_path) == sorted(result_of(source) for source in service.uploaded())


def test_wrong_usage_is_told_with_2(tmp_path: Path, service: FakeService, words: list[str]) -> None:
    for more in (["--option", "novalue"], ["--dialect", "shelf"], ["none/"], ["--batch-size", "0"], ["--nonsense"]):
        ran = run([*words, *more], tmp_path)
        assert ran.returncode == 2 and ran.stderr, more
    assert run([*COMMAND, "in", "--action", "bg-remove"], tmp_path).returncode == 2  # no key
    assert not service.requests


def test_a_large_batch_is_streamed(tmp_path: Path, service: FakeService, words: list[str]) -> None:
    """40 files of 5 MB in one request; the client stays far below the size of the request."""
    for number in range(40):
        (tmp_path / "in" / f"{number}.png").write_bytes(PICTURE + bytes([number]) * 5_000_000)
    service.most = 200
    measure = "import os,sys,resource,subprocess as s; c=s.run(sys.argv[1:]).returncode; "
    measure += "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(c)"
    ran = run([sys.executable, "-c", measure, *words, "--batch-size", "40"], tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len(service.batches) == 1 and len(service.uploaded()) == 40
    peak_mb = int(ran.stdout.split("peak ")[1]) / 1024
    assert peak_mb < 100, f"{peak_mb:.0f} MB"


def drawn(path: Path, size: int, colour: str) -> None:
    made = Image.effect_noise((size, size), 60).convert("RGB")
    made.paste(Image.new("RGB", (size // 2, size // 2), colour), (size // 4, size // 4))
    made.save(path)


def test_a_running_installation_is_served_in_all_dialects(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name, colour in (("red", "red"), ("blue", "navy")):
        drawn(source / f"{name}.png", 700, colour)
    (source / "broken.png").write_bytes(b"this is no picture")
    with neighbour() as near, installation(tmp_path / "data", near) as service:
        account = str(service.data_dir / "demo_account.json")
        for action, more in (("clipart", []), ("upscale", ["--option", "scale=2"]), ("analysis", [])):
            words = [*COMMAND, str(source), "--account", account, "--action", action, *more]
            words += ["--out", str(tmp_path / action), "--settle", "0", "--json"]
            ran = run(words, tmp_path)
            told: dict[str, Any] = json.loads(ran.stdout)
            assert ran.returncode == 1, ran.stderr  # the broken one, and it alone
            assert [failure["source"] for failure in told["failures"]] == [str(source / "broken.png")], ran.stderr
            assert told["images"]["done"] == 2 and told["images"]["waiting"] == 0
            for name in ("red", "blue"):
                assert any((tmp_path / action / name).iterdir())
            again = json.loads(run(words, tmp_path).stdout)
            assert again["images"]["already_done"] == 2 and again["images"]["sent"] == 0
