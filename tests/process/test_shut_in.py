"""The service shut in as its units shut it in: everything read-only but its data folder and a private temporary one, no
capability left, no way to new ones. Needs the right to make a mount namespace; skipped by name without it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from customer import archive, print_done, submit_print, submit_studio
from installation import ROOT, Installation, free_port, neighbour, stop, wait_ready
from left_behind import processes
from pictures import picture, product_photo

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

# $1 the data folder, which is found at /mnt inside; the rest is what runs.
SHUT = """
set -e
mount --bind "$1" /mnt
mount -o remount,bind,ro /
mount -t tmpfs -o size=512m tmpfs /tmp
shift
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
"""
INSIDE = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SHUT, "sh"]


def shut(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*INSIDE, str(folder), *words], capture_output=True, text=True, timeout=30)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Installation]:
    if ROOT.is_relative_to("/tmp"):
        pytest.skip("the project lies in the temporary folder, which is hidden inside")
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        pytest.skip("needs unshare and setpriv (apt-get install util-linux)")
    data = tmp_path / "data"
    data.mkdir()
    if shut(data, "true").returncode != 0:
        pytest.skip("needs the right to make a mount namespace (root)")
    port = free_port()
    words = [sys.executable, "-m", "jobs.supervisor", "--port", str(port), "--data-dir", "/mnt"]
    environ = {**os.environ, "RATE_LIMITS": "false", "SYNC_WAIT_SECONDS": "100"}
    base = f"http://127.0.0.1:{port}"
    with neighbour() as near, open(data / "supervisor.log", "wb") as out:
        process = subprocess.Popen([*INSIDE, str(data), *words], cwd=ROOT, env=environ, stdout=out, stderr=out)
        try:
            wait_ready(base, process, data)
            account = json.loads((data / "demo_account.json").read_text())
            yield Installation(base, data, process, account, near)
        finally:
            stop(process)


def root_of(pid: int) -> str:
    """How a process sees the root of its files: ro or rw."""
    lines = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return [words[5].split(",")[0] for words in lines if words[4] == "/"][-1]


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_pictures_are_made_with_everything_else_read_only(service: Installation, tmp_path: Path) -> None:
    for place in ("/usr/x", "/etc/x", str(ROOT / "x")):
        done = shut(service.data_dir, "touch", place)
        assert done.returncode != 0 and "Read-only" in done.stderr, (place, done.stderr)
    assert shut(service.data_dir, "mount", "-o", "remount,bind,rw", "/").returncode != 0, "nor can it be undone"
    made = submit_print(service, "poster", [("a.png", picture(1800, 2700))], size="12x18")
    cut = submit_studio(service, [("p.jpg", product_photo(600))], action="bg-remove", resolution="1K")
    batch = print_done(service, made["batch_id"])
    assert batch["status"] == "completed", service.logs()
    archive(service, batch)
    assert cut["status"] == "completed" or cut["code"] == "provider_unavailable", (cut, service.logs())
    assert requests.get(service.base + "/readyz", timeout=10).status_code == 200
    inside = processes(Path("/mnt"))
    assert {root_of(pid) for pid in inside} == {"ro"}
    found = [status(pid) for pid in inside]
    assert len(found) >= 6
    assert {(each["NoNewPrivs"], each["CapBnd"].strip("0"), each["CapEff"].strip("0")) for each in found} == {
        ("1", "", "")
    }
