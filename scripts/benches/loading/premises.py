"""A whole installation over one folder that can be ended and started again on the same port, and the pids of its
processes by what they do. Everything started here is ended by its pid.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from jobs.supervisor.embedded_redis import free_port
from scripts.benches.timing import ROOT

START_S = 120
# By a part of the command line; the children of gunicorn's first process serve the requests.
KINDS = {
    "web": "gunicorn wsgi:app",
    "pixels": "jobs.worker pixels",
    "models": "jobs.worker models",
    "packaging": "jobs.worker packaging",
    "delivery": "jobs.delivery",
    "sweep": "jobs.sweep",
}


@dataclass
class Premises:
    """One installation. `changing` is held while it is being stopped and started."""

    data_dir: Path
    environ: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    changing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def account(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "demo_account.json").read_text())
        return found

    def headers(self, dialect: str) -> dict[str, str]:
        account = self.account
        merchant = {"X-Merchant-Id": str(account["merchant_id"])} if dialect == "studio" else {}
        return {"Authorization": f"Bearer {account['keys'][dialect]}", **merchant}

    def start(self) -> None:
        """Returns once /readyz answers 200; RuntimeError with the log when it does not."""
        words = [sys.executable, "-m", "jobs.supervisor", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        log = self.data_dir / "supervisor.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(words, cwd=ROOT, env=dict(self.environ), stdout=out, stderr=out)
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(self.base + "/readyz", timeout=5):
                return
            time.sleep(0.1)
        raise RuntimeError(f"the installation is not ready:\n{log.read_text()[-2000:]}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the supervisor and wait until all that it kept is gone as well."""
        assert self.process is not None
        kept = [pid for kind in (*KINDS, "queue") for pid in self.pids(kind)]
        self.process.send_signal(number)
        self.process.wait(90)
        end = time.monotonic() + 60
        while any(alive(pid) for pid in kept) and time.monotonic() < end:
            time.sleep(0.05)

    def pids(self, kind: str) -> list[int]:
        """The supervisor's own children that do this; `queue` is the queue server."""
        assert self.process is not None
        found = []
        for pid in children(self.process.pid):
            words = command_line(pid)
            if KINDS[kind] in words if kind in KINDS else "valkey" in words or "redis" in words:
                found.append(pid)
        return found

    def queue(self) -> redis.Redis:
        return redis.Redis.from_url((self.data_dir / "redis_url").read_text().strip(), socket_timeout=5)


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


def command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def premises(data_dir: Path, **settings: str) -> Iterator[Premises]:
    """A started installation with these settings beside the product's defaults; stopped at the end."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    house = Premises(data_dir, own | settings)
    house.start()
    try:
        yield house
    finally:
        if house.process is not None and house.process.poll() is None:
            house.stop()
