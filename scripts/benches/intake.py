"""How fast 200 files of 5 MB come in as one multipart body: the studio door of the product, from the first byte to
"accepted", against the same gunicorn with the same push parser that drops every byte.

  door    the product: key, limits, SHA-256 and CRC-32, format by content, flushed into the store, a batch of 200 made
  drain   the parser alone
  disk    the parser, every file written and flushed; nothing is hashed, checked or recorded
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.benches.serving import Server, ask, environment, gunicorn, product
from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import Reading, Setup, Unmeasurable, cpu_seconds

if TYPE_CHECKING:
    from flask import Flask

ROUNDS = 5
PIECE = 256 << 10
BOUNDARY = "----------------------------bench0123456789"
DOOR = "/api/v1/batch.php"
OPTIONS = {"action": "bg-remove", "resolution": "2K"}

_OURS = Figure("door", "pace", "service")
ROWS = (
    Row("intake", "200 files of 5 MB, one request", "MB/s", _OURS, Figure("drain", "pace", "parser only"), "ratio",
        Target("at least", 0.6), 0),
    Row("intake", "the same", "MB/s", _OURS, Figure("disk", "pace", "parser, write, flush"), digits=0),
    Row("intake", "the same, server CPU per GB", "s", Figure("door", "cpu", "service"),
        Figure("drain", "cpu", "parser only"), digits=2),
    Row("intake", "the same, server CPU per GB", "s", Figure("door", "cpu", "service"),
        Figure("disk", "cpu", "parser, write, flush"), digits=2),
)  # fmt: skip


def run(side: str, setup: Setup) -> Reading:
    """MB/s of one request and the server's CPU seconds per GB, after a small request that warms it."""
    files, size = (20, 1_000_000) if setup.quick else (200, 5_000_000)
    folder = setup.folder / secrets.token_hex(4)
    folder.mkdir()
    own = Setup(folder, setup.samples, setup.models)
    if side == "door":
        from jobs.actions import find_action
        from storage.model import Dialect

        if find_action(Dialect.STUDIO, OPTIONS["action"]).available(setup.models):
            raise Unmeasurable("the cut-out network is missing: scripts/fetch-models brings it")
        with product(own) as server:
            return reading(server, DOOR, files, size, server.headers("studio"))
    with gunicorn(f"scripts.benches.intake:bare_app({str(folder)!r})", environment(own)) as server:
        return reading(server, f"/{side}", files, size, {})


def reading(server: Server, path: str, files: int, size: int, headers: dict[str, str]) -> Reading:
    send(server, path, 2, size, headers)
    before = cpu_seconds(server.pid)
    pace = files * size / 1e6 / send(server, path, files, size, headers)
    cpu = (cpu_seconds(server.pid) - before) / (files * size / 1e9)
    return Reading({"pace": pace, "cpu": cpu}, server.peak_mib())


def body(files: int, size: int) -> Iterator[bytes]:
    """The pieces of a form; the same bytes are sent over and over, after the signature of a JPEG."""
    block = b"\xff\xd8\xff\xe0" + bytes((place * 7919 + 13) % 251 for place in range(PIECE - 4))
    for name, value in OPTIONS.items():
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for number in range(files):
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image_files[]"; filename="{number:03}.jpg"\r\n'
        yield f"{head}Content-Type: image/jpeg\r\n\r\n".encode()
        for start in range(0, size, PIECE):
            yield block[: min(PIECE, size - start)]
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def send(server: Server, path: str, files: int, size: int, headers: dict[str, str]) -> float:
    """Seconds from the first byte sent to the whole reply."""
    length = sum(len(piece) for piece in body(files, size))
    told = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(length), **headers}
    with closing(server.connect()) as link:
        start = time.perf_counter()
        ask(link, "POST", path, body(files, size), told)
        return time.perf_counter() - start


def bare_app(folder: str) -> "Flask":
    """Drain and disk."""
    from flask import Flask
    from multipart import MultipartSegment

    app, path = Flask("bare"), Path(folder) / "plain"

    @app.post("/drain")
    def drain() -> str:
        return str(sum(len(event) for event in events() if isinstance(event, (bytes, bytearray))))

    @app.post("/disk")
    def disk() -> str:
        written, number, handle = 0, 0, None
        for event in events():
            if isinstance(event, MultipartSegment):
                handle, number = path.with_suffix(f".{number}").open("wb", buffering=0), number + 1
            elif event is None and handle is not None:
                os.fsync(handle.fileno())
                handle.close()
                handle = None
            elif handle is not None:
                written += handle.write(event)
        return str(written)

    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    return app


def events() -> Iterator[Any]:
    """What the parser says about the present request."""
    from flask import request
    from multipart import PushMultipartParser

    with PushMultipartParser(BOUNDARY, content_length=request.content_length or -1, max_segment_count=300) as parser:
        while not parser.closed:
            yield from parser.parse(request.stream.read(PIECE))
