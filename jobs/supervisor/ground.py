"""What must hold before anything is started: the data folder is ours alone and takes writes, and the ports are free.
Every fault becomes one sentence an operator can act on; a queue server of the operator's own must keep its jobs. Never
starts or ends a process."""

import errno
import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from jobs.floor import below_floor
from jobs.queue_policy import KEEPS, OLDEST, read_policy

LOCK = "serve.lock"
NEEDED_BYTES = 64 << 20  # a fresh database, a queue server's file and logs; the disk floor of submissions is higher
PATIENCE_S = 45.0  # longer than the longest drain of a process that outlived its supervisor


class CannotStart(Exception):
    """One sentence for the operator."""


def check_packages() -> None:
    """CannotStart when a package is older than what the service's promises rest on."""
    found = below_floor()
    if found:
        raise CannotStart("Some packages are too old; install requirements.txt. " + " ".join(found))


def check_temporary_folder() -> None:
    """CannotStart when nothing can be written where programs write by the way."""
    try:
        with tempfile.TemporaryFile() as probe:
            probe.write(b"x" * 4096)
            probe.flush()
    except OSError as fault:
        raise CannotStart(f"The temporary folder cannot be used: {fault.strerror or fault}.") from fault


def take_folder(data_dir: Path) -> None:
    """Make the folder and its log folder and try a write. CannotStart when it is read-only, full or no folder."""
    try:
        (data_dir / "log").mkdir(parents=True, exist_ok=True)
        probe = data_dir / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        free = shutil.disk_usage(data_dir).free
    except OSError as fault:
        raise CannotStart(f"The data folder {data_dir} cannot be used: {fault.strerror or fault}.") from fault
    if free < NEEDED_BYTES:
        raise CannotStart(f"The data folder {data_dir} has only {free >> 20} MB free; {NEEDED_BYTES >> 20} are needed.")


def occupy(
    data_dir: Path,
    *,
    patience_s: float = PATIENCE_S,
    tell: Callable[[str], None] = print,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """The descriptor of the folder's lock. Children inherit it, so the folder stays taken until the last one has ended.

    Another living supervisor is refused at once; processes that outlived a killed one are waited for.
    """
    holder = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline, told = clock() + patience_s, False
    while True:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            pid = os.pread(holder, 32, 0).decode(errors="replace").strip()
            if supervises(pid):
                os.close(holder)
                raise CannotStart(f"Another scripts/serve (pid {pid}) runs on {data_dir}.") from None
            if clock() > deadline:
                os.close(holder)
                raise CannotStart(f"Processes of an earlier scripts/serve still use {data_dir}.") from None
            if not told:
                tell("Waiting for the processes of an earlier run to end …")
                told = True
            time.sleep(0.1)
    os.ftruncate(holder, 0)
    os.pwrite(holder, f"{os.getpid()}\n".encode(), 0)
    return holder


def supervises(pid: str) -> bool:
    """Whether this process is there and is a supervisor, not one that got its number later."""
    try:
        words = Path(f"/proc/{int(pid)}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return False
    return b"jobs.supervisor" in words


def check_port(host: str, port: int, option: str) -> None:
    """CannotStart when nobody could listen there: taken, forbidden, or no address of this machine."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: a closed one may linger
            probe.bind(address)
            probe.listen(1)
    except OSError as fault:
        reason = "is in use" if fault.errno == errno.EADDRINUSE else f"cannot be used ({fault.strerror or fault})"
        raise CannotStart(f"Port {port} of {host} {reason}; choose another one with {option}.") from fault


def check_queue_server(url: str, *, tell: Callable[[str], None], seconds: float = 3.0) -> None:
    """CannotStart when the given server evicts keys or is too old; told when it keeps no file, or does not say. One
    that is silent is told too and not refused: the service starts, is not ready, and becomes so when it comes back."""
    try:
        with Redis.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds, decode_responses=True
        ) as client:
            policy = read_policy(client)
    except RedisError as fault:
        tell(f"The queue server of REDIS_URL cannot be asked ({type(fault).__name__}); nothing runs until it answers.")
        return
    if policy.evicts:
        raise CannotStart(
            f"The queue server of REDIS_URL would throw jobs away when its memory is full (maxmemory-policy "
            f"{policy.eviction}); set it to {KEEPS}."
        )
    if policy.too_old:
        raise CannotStart(f"The queue server of REDIS_URL is too old; {'.'.join(map(str, OLDEST))} or newer is needed.")
    if policy.eviction is None:
        tell(f"The queue server of REDIS_URL does not show its settings; make sure that maxmemory-policy is {KEEPS}.")
    if policy.append_only is False:
        tell("The queue server of REDIS_URL keeps no append-only file; its restart empties the queue until the sweep.")
