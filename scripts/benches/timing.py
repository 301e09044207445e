"""Clocks, peak memory, and runs of two ways in turns, each in a fresh process. Knows nothing of what is measured.

A bench is a module with ROWS (table.Row), ROUNDS, `run(side, setup) -> Reading`, and perhaps `prepare(setup)`, which
makes the input that all sides share. Never keeps what a side wrote.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

from scripts.benches import BENCHES

ROOT = Path(__file__).resolve().parents[2]
SIDE_S = 1800  # a side that takes longer hangs


@dataclass(frozen=True)
class Setup:
    """What every side is told: a folder to write in, where pictures and networks lie (samples may be absent)."""

    folder: Path
    samples: Path | None
    models: Path
    quick: bool = False
    threads: int = 2


@dataclass(frozen=True)
class Reading:
    """One run of one side: figures by name, and the peak RSS in MiB of the process that did the work."""

    figures: Mapping[str, float]
    peak_mib: float
    remark: str = ""


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and CPU seconds (user and system, all threads) of this process."""

    wall: float
    cpu: float


class Unmeasurable(Exception):
    """Something that this bench needs is missing; the text says what."""


def spent(call: Callable[[], object]) -> Spent:
    """How long one call takes."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    call()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-int(share * 1000) * len(ranked) // 1000) - 1)]


def peak_mib(pid: int | None = None) -> float:
    """Peak RSS of a process (of this one) in MiB since it was executed; 0 when it is gone.

    VmHWM, because ru_maxrss of a child starts with what its parent held when it forked.
    """
    try:
        status = Path(f"/proc/{pid or os.getpid()}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def largest_peak_mib(pid: int) -> float:
    """Peak RSS of the largest living process among `pid` and its descendants."""
    return max(peak_mib(each) for each in family(pid))


def cpu_seconds(pid: int) -> float:
    """CPU seconds (user and system) of a process, its living descendants, and its dead ones that were waited for."""
    ticks = 0
    for each in family(pid):
        # After the name, which may hold anything: utime, stime, cutime and cstime are fields 14 to 17 of the line.
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def module_of(bench: str) -> ModuleType:
    return importlib.import_module(f"scripts.benches.{BENCHES[bench]}")


def fresh(bench: str, side: str, setup: Setup) -> Reading:
    """Run one side in its own process. Unmeasurable in its words; RuntimeError with its last lines when it fails."""
    told = json.dumps({name: str(value) if isinstance(value, Path) else value for name, value in asdict(setup).items()})
    words = [sys.executable, "-m", "scripts.benches.side", bench, side, told]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=SIDE_S)
    if done.returncode == 3:
        raise Unmeasurable(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise RuntimeError(f"{bench}, {side}:\n{done.stderr[-3000:]}")
    return Reading(**json.loads(done.stdout.splitlines()[-1]))


def in_turns(sides: Sequence[str], rounds: int, run: Callable[[str], Reading]) -> list[dict[str, Reading]]:
    """Every side once a round. Each second round goes backwards, because whoever comes later finds the disk busy and
    the processor warm."""
    found = []
    for number in range(rounds):
        order = sides if number % 2 == 0 else list(reversed(sides))
        found.append({side: run(side) for side in order})
    return found
