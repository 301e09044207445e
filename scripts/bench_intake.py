"""How fast uploads come in through a real gunicorn: one multipart body of many files, against plain ways to read it.

usage: python scripts/bench_intake.py [--files 200] [--mb 5] [--rounds 3] [--folder DIR]

Routes, each asked in turns, so that a busy machine slows all alike:
  drain   a push parser that drops every byte
  disk    the same parser, each file written and flushed to the disk; nothing is hashed, checked or recorded
  intake  the service's own: limits, SHA-256 and CRC-32, format by content, into the store under staging keys
"""

from __future__ import annotations

import argparse
import http.client
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from flask import Flask, request  # noqa: E402
from multipart import MultipartSegment, PushMultipartParser  # noqa: E402

from batch_api.multipart import READ_BYTES, IntakeLimits, read_multipart  # noqa: E402
from batch_api.staging import Staging  # noqa: E402
from storage.clock import now  # noqa: E402
from storage.objects import LocalOptions, open_store  # noqa: E402

BOUNDARY = "----------------------------bench0123456789"
ROUTES = ("drain", "disk", "intake")


def body(files: int, size: int) -> Iterator[bytes]:
    """The pieces of a multipart body; the same 256 KiB are sent over and over."""
    block = b"\xff\xd8\xff\xe0" + bytes((place * 7919 + 13) % 251 for place in range(READ_BYTES - 4))
    for number in range(files):
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="{number:03}.jpg"\r\n\r\n'
        yield head.encode()
        for start in range(0, size, READ_BYTES):
            yield block[: min(READ_BYTES, size - start)]
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def events() -> Iterator[Any]:
    """What the parser says about the present request."""
    with PushMultipartParser(BOUNDARY, content_length=request.content_length or -1) as parser:
        while not parser.closed:
            yield from parser.parse(request.stream.read(READ_BYTES))


def serve(folder: Path) -> Flask:
    """The three routes over one folder."""
    app = Flask("bench")
    store = open_store(LocalOptions(folder / "objects", "http://localhost", {"bench": os.urandom(32)}, "bench"))

    @app.post("/drain")
    def drain() -> str:
        return str(sum(len(event) for event in events() if isinstance(event, bytes)))

    @app.post("/disk")
    def disk() -> str:
        written, handle, path = 0, None, folder / "plain"
        for event in events():
            if isinstance(event, MultipartSegment):
                handle = path.open("wb", buffering=0)
            elif event is None and handle is not None:
                os.fsync(handle.fileno())
                handle.close()
                path.unlink()
            elif handle is not None:
                written += handle.write(event)
        return str(written)

    @app.post("/intake")
    def intake() -> str:
        staging = Staging(store, now)
        limits = IntakeLimits(files=200, file_bytes=64 << 20, request_bytes=8 << 30)
        read_multipart(request.stream, BOUNDARY, request.content_length, limits, staging)  # type: ignore[arg-type]
        total = sum(file.bytes for file in staging.finish())
        app.extensions["staged"] = staging
        return str(total)

    @app.get("/tidy")
    def tidy() -> str:
        if "staged" in app.extensions:
            app.extensions.pop("staged").abandon()
        return str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

    return app


def send(port: int, route: str, files: int, size: int) -> float:
    """Seconds from the first byte sent to the reply."""
    length = sum(len(piece) for piece in body(files, size))
    head = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(length)}
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    start = time.perf_counter()
    link.request("POST", f"/{route}", body(files, size), head)
    reply = link.getresponse()
    told = reply.read()
    seconds = time.perf_counter() - start
    assert reply.status == 200 and int(told) == files * size, (reply.status, told[:200])
    link.close()
    return seconds


def ask(port: int, path: str) -> str:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    link.request("GET", path)
    return link.getresponse().read().decode()


def wait(port: int) -> None:
    for _ in range(200):
        try:
            ask(port, "/tidy")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--mb", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to store (default: the temporary folder)")
    parser.add_argument("--port", type=int, default=18765)
    args = parser.parse_args()
    size = int(args.mb * 1_000_000)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        program = f"import bench_intake as bench; bench.run_server({folder!r}, {args.port})"
        server = subprocess.Popen([sys.executable, "-c", program], cwd=HERE)
        try:
            wait(args.port)
            report(args.port, args.files, size, args.rounds)
        finally:
            server.terminate()
            server.wait(30)


def run_server(folder: str, port: int) -> None:
    """gunicorn with one process and four threads, in this process."""
    from gunicorn.app.base import BaseApplication

    class Bench(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            chosen = {"bind": f"127.0.0.1:{port}", "worker_class": "gthread", "threads": 4, "loglevel": "error"}
            for name, value in {**chosen, "timeout": 600, "control_socket_disable": True}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return serve(Path(folder))

    Bench().run()


def report(port: int, files: int, size: int, rounds: int) -> None:
    times: dict[str, list[float]] = {route: [] for route in ROUTES}
    for _ in range(rounds):
        for route in ROUTES:
            times[route].append(send(port, route, files, size))
            ask(port, "/tidy")
    total = files * size / 1e6
    print(f"{total:.0f} MB in {files} files, median of {rounds} rounds")
    for route in ROUTES:
        print(f"{route:8} {total / statistics.median(times[route]):7.0f} MB/s")
    for floor in ("drain", "disk"):
        pairs = zip(times[floor], times["intake"], strict=True)
        print(f"intake / {floor:6} {statistics.median(theirs / ours for theirs, ours in pairs):.2f}")
    print(f"peak RSS of the server {ask(port, '/tidy')} MiB")


if __name__ == "__main__":
    main()
