"""A whole installation for tests: the supervisor with its own data folder and port, and a neighbour on loopback that
serves pictures and keeps the webhooks that come in. Everything started here is ended by its pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_S = 120


@dataclass
class Hook:
    """One webhook as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Neighbour:
    """`files` by path are served; every POST is kept in `hooks`."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hooks_at(self, path: str, count: int = 1, seconds: float = 60.0) -> list[Hook]:
        """At least `count` webhooks of this path; AssertionError when they do not come in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [hook for hook in self.hooks if hook.path == path]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{count} webhooks at {path} did not come: {[hook.path for hook in self.hooks]}")


@contextmanager
def neighbour() -> Iterator[Neighbour]:
    state = Neighbour()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            body = state.files.get(self.path.split("?")[0])
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.hooks.append(Hook(self.path, dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A running service. `account` is its demo_account.json."""

    base: str
    data_dir: Path
    process: "subprocess.Popen[bytes]"
    account: dict[str, Any]
    neighbour: Neighbour

    @property
    def studio(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.account['keys']['studio']}",
            "X-Merchant-Id": self.account["merchant_id"],
        }

    @property
    def print(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.account['keys']['print']}"}

    @property
    def shelf(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.account['keys']['shelf']}"}

    def logs(self) -> str:
        """The end of every log, for a failing test's message."""
        return "\n".join(
            f"== {path.name}\n{path.read_text()[-1500:]}" for path in (self.data_dir / "log").glob("*.log")
        )


@contextmanager
def installation(
    data_dir: Path, near: Neighbour, *options: str, port: int = 0, **environ: str
) -> Iterator[Installation]:
    """Start everything and wait until it is ready; drain and stop it at the end. `options` go to scripts/serve."""
    port = port or free_port()
    base = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "jobs.supervisor", "--port", str(port), "--data-dir", str(data_dir)]
    words += options
    env = {**os.environ, "EGRESS_ALLOW": f"127.0.0.1:{near.port}", "SYNC_WAIT_SECONDS": "100", **environ}
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(data_dir / "supervisor.log", "wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        wait_ready(base, process, data_dir)
        account = json.loads((data_dir / "demo_account.json").read_text())
        yield Installation(base, data_dir, process, account, near)
    finally:
        stop(process)


def wait_ready(base: str, process: "subprocess.Popen[bytes]", data_dir: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the supervisor ended:\n{(data_dir / 'supervisor.log').read_text()}")
        with suppress(OSError), urllib.request.urlopen(base + "/readyz", timeout=5) as reply:
            if reply.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"not ready after {START_S} s:\n{(data_dir / 'supervisor.log').read_text()}")


def stop(process: "subprocess.Popen[bytes]", seconds: float = 60) -> int:
    """SIGTERM, wait, and SIGKILL as the last word."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait(10)
