"""A whole installation on a disk of a few megabytes that a test may fill and empty: a tmpfs in a mount namespace of its
own, reached through /proc. Never mounts anything that others see."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from installation import ROOT, Installation, Neighbour, free_port, stop, wait_ready

MOUNT = 'mount -t tmpfs -o "size=$1" small "$2" && shift 2 && exec "$@"'


def can_mount() -> bool:
    """Whether this machine lets us have a mount namespace with a tmpfs."""
    if shutil.which("unshare") is None:
        return False
    words = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", "1m", "/mnt", "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@dataclass
class SmallDisk:
    """`running.data_dir` is the folder on the small disk as it is seen from outside."""

    running: Installation

    @property
    def filler(self) -> Path:
        return self.running.data_dir / "filler"

    def free(self) -> int:
        return shutil.disk_usage(self.running.data_dir).free

    def fill(self, leave: int = 0) -> None:
        """Take the disk's space but for about `leave` bytes; 0 takes the last byte too."""
        with self.filler.open("ab", buffering=0) as file, suppress(OSError):
            while self.free() > leave:
                file.write(b"\0" * min(1 << 20, max(4096, self.free() - leave)))
            while leave == 0:
                file.write(b"\0" * 512)

    def empty(self) -> None:
        self.filler.unlink()

    def stop_and_copy(self, target: Path) -> Path:
        """End the installation and save what its disk holds: SQLite cannot open files by the way through /proc."""
        kept = os.open(self.running.data_dir, os.O_RDONLY | os.O_DIRECTORY)  # keeps the disk when its namespace is gone
        try:
            assert stop(self.running.process) == 0
            shutil.copytree(f"/proc/self/fd/{kept}/", target)
        finally:
            os.close(kept)
        return target


@contextmanager
def installation_on_small_disk(folder: Path, megabytes: int, near: Neighbour, **environ: str) -> Iterator[SmallDisk]:
    """Start everything on a fresh small disk and wait until it is ready; `folder` keeps the supervisor's own log."""
    place = folder / "disk"
    place.mkdir()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    serve = [sys.executable, "-m", "jobs.supervisor", "--port", str(port), "--data-dir", str(place)]
    words = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", f"{megabytes}m", str(place), *serve]
    env = {**os.environ, "EGRESS_ALLOW": f"127.0.0.1:{near.port}", **environ}
    with (folder / "supervisor.log").open("wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        wait_ready(base, process, folder)
        inside = Path(f"/proc/{process.pid}/root{place}")
        account = json.loads((inside / "demo_account.json").read_text())
        yield SmallDisk(Installation(base, inside, process, account, near))
    finally:
        stop(process)
