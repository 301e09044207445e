"""What an installation has running: its processes by their environment or command line, and its lock, which every
descendant holds. Never ends anything."""

import fcntl
import os
from pathlib import Path


def processes(data_dir: Path) -> dict[int, str]:
    """pid → command line of everything that belongs to this data folder, horses included."""
    mark, found = str(data_dir).encode(), dict[int, str]()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            inside = str(folder.joinpath("cwd").readlink()).startswith(str(data_dir))  # a server renames itself
            if inside or mark in words or b"DATA_DIR=" + mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = words.replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return {pid: words for pid, words in found.items() if pid != os.getpid()}


def lock_is_free(data_dir: Path) -> bool:
    """True when no process holds the folder: every child and grandchild has inherited the lock."""
    with (data_dir / "serve.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
