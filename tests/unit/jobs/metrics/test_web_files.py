"""Files of web processes: added up, folded when their process leaves, gone when the server starts; never waited for."""

import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from config import ROOT
from jobs.metrics import web_files

PROCESS = """
import sys
from batch_api.metrics import open_metrics
metrics = open_metrics()
metrics.requests.labels("/x", "GET", 200).inc(float(sys.argv[1]))
metrics.seconds.labels("/x", "GET").observe(0.02)
metrics.running.inc(3)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return web_files.folder_of(tmp_path)


def process(folder: Path, amount: float) -> int:
    """A process that counts and leaves; its pid."""
    ran = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(amount)], cwd=ROOT, env={"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    )
    assert ran.wait(30) == 0
    return ran.pid


def read(folder: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))
    return {
        each.name + (each.labels.get("le") or ""): each.value
        for family in registry.collect()
        for each in family.samples
    }


def test_two_processes_are_added_and_folding_changes_nothing_but_what_runs(folder: Path) -> None:
    pids = [process(folder, amount) for amount in (2, 5)]
    both = read(folder)
    assert both["darkroom_http_requests_total"] == 7 and both["darkroom_http_requests_running"] == 6
    assert both["darkroom_http_request_seconds_count"] == 2 and both["darkroom_http_request_seconds_bucket0.025"] == 2
    web_files.fold(folder, pids[0])
    after = read(folder)
    assert after.pop("darkroom_http_requests_running") == 3
    assert after == {name: value for name, value in both.items() if name != "darkroom_http_requests_running"}
    web_files.fold(folder, pids[1])
    assert [path.name for path in sorted(folder.glob("*.db"))] == ["counter_gone.db", "histogram_gone.db"]
    assert read(folder)["darkroom_http_requests_total"] == 7
    web_files.empty(folder)
    assert read(folder) == {}


def test_nobody_waits_long_for_a_reader_that_hangs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_files, "PATIENCE_S", 0.05)
    pid = process(folder, 1)
    begun = time.monotonic()
    with web_files.held(folder, alone=False), pytest.raises(TimeoutError):
        web_files.fold(folder, pid)
    assert time.monotonic() - begun < 2 and read(folder)["darkroom_http_requests_total"] == 1


def test_reserved_files_have_their_room_on_the_disk_and_are_counted_in(folder: Path) -> None:
    assert web_files.reserve(folder, web_files.GONE) and web_files.reserve(folder, 1)
    taken = [path.stat() for path in folder.glob("*.db")]
    assert len(taken) == 5 and all(each.st_blocks * 512 >= each.st_size == web_files.FILE_BYTES for each in taken)
    assert read(folder) == {}
    process(folder, 2)
    assert read(folder)["darkroom_http_requests_total"] == 2


def test_without_room_nothing_is_reserved_and_what_was_counted_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = process(folder, 2)

    def full(*words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(web_files.os, "posix_fallocate", full)
    assert not web_files.reserve(folder, 1) and not list(folder.glob("*_1.db"))
    web_files.fold(folder, pid)
    assert read(folder)["darkroom_http_requests_total"] == 2
