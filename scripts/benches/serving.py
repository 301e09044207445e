"""Real servers for a bench: gunicorn with the product's own configuration, over a bare app or over the product itself
with its embedded queue server and a demo account. No workers are started. Everything is ended by its pid.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import Settings
from jobs.supervisor.children import stop_all
from jobs.supervisor.demo import ensure_demo_account
from jobs.supervisor.embedded_redis import free_port, start_server
from jobs.tools import open_tools
from scripts.benches.timing import ROOT, Setup, largest_peak_mib
from storage.records import accounts
from storage.records.ledger import grant

START_S = 60
CREDITS = 100_000_000
# Many submissions come in while no worker takes them away, so the bounds that would refuse them are off.
UNBOUNDED = {"RATE_LIMITS": "false", "PRINT_QUEUE_CAP": "1000000", "QUEUE_CAP": "1000000", "SYNC_WAIT_SECONDS": "0"}


@dataclass(frozen=True)
class Server:
    """A gunicorn that answers on loopback. `account`: the demo account's record, empty for a bare app."""

    port: int
    pid: int
    account: Mapping[str, Any] = field(default_factory=dict)

    def connect(self) -> http.client.HTTPConnection:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        link.connect()
        link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def peak_mib(self) -> float:
        """Peak RSS of the largest of its processes."""
        return largest_peak_mib(self.pid)

    def headers(self, dialect: str) -> dict[str, str]:
        keys: Mapping[str, str] = self.account["keys"]
        merchant = {"X-Merchant-Id": str(self.account["merchant_id"])} if dialect == "studio" else {}
        return {"Authorization": f"Bearer {keys[dialect]}", **merchant}


def environment(setup: Setup, **more: str) -> dict[str, str]:
    """The environment of a server: settings of this bench alone, none of the caller's."""
    port = free_port()
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    told = {"DATA_DIR": str(setup.folder), "MODELS_DIR": str(setup.models), "SECRET_KEY": secrets.token_urlsafe(48)}
    return own | told | {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"} | UNBOUNDED | more


@contextmanager
def gunicorn(app: str, environ: Mapping[str, str], account: Mapping[str, Any] | None = None) -> Iterator[Server]:
    """`app` under scripts/gunicorn.conf.py until the block ends; RuntimeError with the log when it does not start."""
    log = Path(environ["DATA_DIR"]) / f"gunicorn-{environ['PORT']}.log"
    words = [sys.executable, "-m", "gunicorn", app, "--config", "scripts/gunicorn.conf.py"]
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=dict(environ), stdout=out, stderr=out)
    try:
        await_port(int(environ["PORT"]), process, log)
        yield Server(int(environ["PORT"]), process.pid, account or {})
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for an answer of any kind: gunicorn listens before its app is loaded."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            link.request("GET", "/healthz")
            link.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            link.close()
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def product(setup: Setup, **more: str) -> Iterator[Server]:
    """The product's web process over a fresh SQLite database, local store and embedded queue server."""
    environ = environment(setup, **more)
    (setup.folder / "log").mkdir(exist_ok=True)
    queue, environ["REDIS_URL"] = start_server(setup.folder, environ)
    try:
        tools = open_tools(Settings.from_env(environ))
        tools.database.migrate()
        record, _ = ensure_demo_account(tools)
        with tools.database.write() as tx:
            (account,) = accounts.list_accounts(tx)
            grant(tx, account.id, CREDITS, ref="bench", actor="bench", reason="many submissions", now=tools.clock())
        tools.database.dispose()
        with gunicorn("wsgi:app", environ, record) as server:
            yield server
    finally:
        stop_all([queue])


def ask(link: http.client.HTTPConnection, method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
    """One request on a kept connection; RuntimeError with the reply's beginning when it is not a success."""
    link.request(method, path, body, dict(headers))
    reply = link.getresponse()
    told = reply.read()
    if not 200 <= reply.status < 300:
        raise RuntimeError(f"{method} {path}: {reply.status} {told[:300]!r}")
    return told
