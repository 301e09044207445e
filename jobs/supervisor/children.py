"""Child processes: each in its own session, restarted when it dies, ended together with all it forked. Never reads
settings."""

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("darkroom.supervisor")

FIRST_PAUSE_S = 0.3
LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0  # a child that lived this long starts again without a pause
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In the child: ask the kernel to end it when the supervisor is killed, so that nothing is left running."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass(frozen=True)
class ChildSpec:
    """One process to keep. `stop_s` is how long it may take to finish after SIGTERM."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    directory: Path
    log_file: Path
    stop_s: float = 30.0
    inherited: tuple[int, ...] = ()  # descriptors that stay open in it and in what it forks


@dataclass
class Child:
    """A spec and its running process. Not for use by more than one thread."""

    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE_S
    due: float = 0.0
    starts: int = 0
    clock: Callable[[], float] = field(default=time.monotonic)

    def start(self) -> None:
        with open(self.spec.log_file, "ab", buffering=0) as out:
            self.process = subprocess.Popen(
                self.spec.argv,
                cwd=self.spec.directory,
                env=dict(self.spec.environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=self.spec.inherited,
                preexec_fn=die_with_parent,
            )
        self.started = self.clock()
        self.starts += 1

    def tend(self) -> None:
        """Start again what died, after a pause that doubles while it keeps dying young."""
        if self.process is None:
            if self.clock() >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        end_session(self.process.pid)
        lived = self.clock() - self.started
        self.pause = FIRST_PAUSE_S if lived > STEADY_S or code == 0 else min(self.pause * 2, LONGEST_PAUSE_S)
        self.due = self.clock() + self.pause
        facts = {
            "event": "process.ended",
            "child": self.spec.name,
            "exit_code": code,
            "duration_ms": int(lived * 1000),
        }
        log.warning("%s ended with code %s after %.1f s; starting again", self.spec.name, code, lived, extra=facts)
        self.process = None

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


def end_session(leader: int) -> None:
    """Kill what a dead child left: its process group, and every process of its session, because a forked image worker's
    horse makes a group of its own but no session."""
    for pid in {leader, *members(leader)}:
        try:
            os.killpg(pid, signal.SIGKILL) if pid == leader else os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def members(session: int) -> list[int]:
    """Pids of a session from /proc; none where there is no /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended while we looked
        if int(facts[3]) == session and facts[0] != "Z":
            found.append(int(path.parent.name))
    return found


def stop_all(children: Sequence[Child], *, clock: Callable[[], float] = time.monotonic) -> None:
    """SIGTERM to all at once, wait for each within its own time, then SIGKILL whole sessions."""
    begun = clock()
    running = [child for child in children if child.process is not None]
    for child in running:
        if child.alive():
            assert child.process is not None
            child.process.terminate()
    for child in running:
        assert child.process is not None
        try:
            child.process.wait(max(0.1, child.spec.stop_s - (clock() - begun)))
        except subprocess.TimeoutExpired:
            late = {"event": "process.killed", "child": child.spec.name}
            log.warning("%s did not finish in %.0f s and is killed", child.spec.name, child.spec.stop_s, extra=late)
        end_session(child.process.pid)
        child.process.wait()
