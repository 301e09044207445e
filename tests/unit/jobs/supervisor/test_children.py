"""Child processes: restarted after a growing pause, stopped by SIGTERM, killed with what they forked."""

import os
import sys
import time
from pathlib import Path

import pytest

from jobs.supervisor.children import LONGEST_PAUSE_S, Child, ChildSpec, stop_all


def spec(tmp_path: Path, code: str, stop_s: float = 5.0) -> ChildSpec:
    return ChildSpec("child", (sys.executable, "-c", code), dict(os.environ), tmp_path, tmp_path / "log", stop_s)


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def test_a_dead_child_is_started_again_after_a_pause(tmp_path: Path) -> None:
    moment = [100.0]
    child = Child(spec(tmp_path, "raise SystemExit(3)"), clock=lambda: moment[0])
    child.tend()
    assert child.process is not None
    child.process.wait()
    child.tend()
    assert child.process is None and child.due > moment[0]
    child.tend()
    assert child.process is None, "the pause is not over"
    moment[0] = child.due
    child.tend()
    assert child.starts == 2
    stop_all([child])


def test_the_pause_grows_to_a_bound(tmp_path: Path) -> None:
    moment = [0.0]
    child = Child(spec(tmp_path, "raise SystemExit(1)"), clock=lambda: moment[0])
    for _ in range(8):
        child.tend()
        assert child.process is not None
        child.process.wait()
        child.tend()
        moment[0] = child.due
    assert child.pause == LONGEST_PAUSE_S


def test_sigterm_lets_a_child_finish(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time, pathlib\n"
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('done').write_text('yes'), sys.exit(0)))\n"
        "pathlib.Path('up').write_text('1')\n"
        "time.sleep(60)"
    )
    child = Child(spec(tmp_path, code))
    child.start()
    wait_for(tmp_path / "up")
    stop_all([child])
    assert (tmp_path / "done").read_text() == "yes"


def test_a_child_that_does_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    code = (
        "import os, signal, time, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pid = os.fork()\n"
        "if pid: pathlib.Path('grandchild').write_text(str(pid))\n"
        "time.sleep(60)"
    )
    child = Child(spec(tmp_path, code, stop_s=0.3))
    child.start()
    grandchild = int(wait_for(tmp_path / "grandchild"))
    stop_all([child])
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not gone(grandchild):
        time.sleep(0.01)
    assert gone(grandchild)


def gone(pid: int) -> bool:
    """True when the process has ended (a zombie nobody has reaped yet counts as ended)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("code", ["0", "1"])
def test_stopping_a_child_that_is_gone_is_no_error(tmp_path: Path, code: str) -> None:
    child = Child(spec(tmp_path, f"raise SystemExit({code})"))
    child.start()
    assert child.process is not None
    child.process.wait()
    stop_all([child])
    assert not child.alive()
