"""A stand-in for the service on loopback, for tests of the upload client: three dialects, idempotency, and faults on
order. Remembers what was uploaded, so that a test can say that nothing came twice. Makes no picture.
"""

import hashlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PICTURE = b"\x89PNG\r\n\x1a\n"
KEYS = {"print": "pk_test", "studio": "sk_test", "shelf": "sf_test"}


@dataclass
class Trouble:
    """Spoils the next `times` requests whose "METHOD /path" matches. `how`: answer (status, headers, body), lose (do
    it, then cut the line), cut (cut the line after `after` bytes of the body)."""

    match: str
    how: str = "answer"
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "spoiled"}'
    times: int = 1
    after: int = 100


@dataclass
class Taken:
    """A batch that was accepted. `sources` are hashes of files, or addresses, in order."""

    id: str
    dialect: str
    key: str
    sources: list[str]
    texts: list[tuple[str, str]]
    looks: int = 0


@dataclass
class FakeService:
    url: str = ""
    most: int = 20
    credits: int = 10_000
    looks_before_final: int = 0
    slots_until: str = "2099-01-01T00:00:00Z"
    expired: bool = False
    batches: dict[str, Taken] = field(default_factory=dict)
    by_key: dict[str, Taken] = field(default_factory=dict)
    slots: dict[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    downloads: int = 0
    warnings: list[str] = field(default_factory=list)
    wrong_bytes: int = 0
    names: dict[str, str] = field(default_factory=dict)  # file name that a result gets, by the hash of its source
    lock: threading.Lock = field(default_factory=threading.Lock)

    def uploaded(self) -> list[str]:
        """Every source of every batch that was accepted; a replay counts once."""
        return [source for batch in self.batches.values() for source in batch.sources]

    def account(self) -> dict[str, Any]:
        return {"base_url": self.url, "merchant_id": "merchant_1", "keys": KEYS, "webhook_secret": "x"}

    def trouble(self, line: str) -> Trouble | None:
        with self.lock:
            for each in self.troubles:
                if each.times > 0 and re.search(each.match, line):
                    each.times -= 1
                    return each
        return None

    def accept(self, dialect: str, key: str, sources: list[str], texts: list[tuple[str, str]]) -> Taken | int:
        """The batch of this key, new or replayed; or the status of the refusal."""
        with self.lock:
            if key in self.by_key:
                return self.by_key[key] if self.by_key[key].sources == sources or dialect == "shelf" else 409
            if len(sources) > self.credits:
                return 402
            self.credits -= len(sources)
            taken = Taken(f"{dialect}_{len(self.batches) + 1}", dialect, key, sources, texts)
            self.batches[taken.id] = self.by_key[key] = taken
            return taken


def result_of(source: str) -> bytes:
    return b"made of " + source.encode() * 2000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: FakeService
    wbufsize = -1  # head and body in one packet, or each reply waits for a delayed acknowledgement

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.spoiled(b"") or self.look()

    def do_PUT(self) -> None:
        body = self.read_body()
        if body is None or self.spoiled(body):
            return
        self.service.slots[self.path.rpartition("/")[2]] = hashlib.sha256(body).hexdigest()
        self.answer(201, {"bytes": len(body)})

    def do_POST(self) -> None:
        body = self.read_body()
        if body is not None and not self.spoiled(body):
            self.submit(body)

    def read_body(self) -> bytes | None:
        """The body; None when it was cut, by the client or on order."""
        length = int(self.headers.get("Content-Length", 0))
        cut = next((t for t in self.service.troubles if t.how == "cut" and t.times > 0), None)
        if cut is not None and re.search(cut.match, f"{self.command} {self.path}"):
            cut.times -= 1
            self.rfile.read(min(length, cut.after))
            self.hang_up()
            return None
        with suppress(ConnectionError):
            body = self.rfile.read(length)
            if len(body) == length:
                return body
        self.close_connection = True
        return None

    def spoiled(self, body: bytes) -> bool:
        line = f"{self.command} {self.path}"
        self.service.requests.append((self.command, self.path))
        trouble = self.service.trouble(line)
        if trouble is None:
            return False
        if trouble.how == "answer":
            self.raw(trouble.status, trouble.body, trouble.headers)
        else:
            self.wfile = open("/dev/null", "wb")  # noqa: SIM115
            self.look() if self.command == "GET" else self.submit(body)
            self.hang_up()
        return True

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.raw(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def dialect(self) -> str | None:
        """The dialect of the key, or None after a 401."""
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        found = next((name for name, known in KEYS.items() if known == key), None)
        if found is None:
            self.answer(401, {"error": {"code": "invalid_api_key", "message": "The API key is not valid."}})
        return found

    def submit(self, body: bytes) -> None:
        dialect = self.dialect()
        if dialect is None:
            return
        if self.path == "/api/v1/uploads":
            slot = f"upl_{len(self.service.slots) + 1}"
            self.service.slots[slot] = ""
            shown = {"id": slot, "method": "PUT", "url": f"{self.service.url}/slots/{slot}", "headers": {"X-Slot": "1"}}
            self.answer(201, {"data": {**shown, "maxBytes": 1 << 20, "expiresAt": self.service.slots_until}})
            return
        sources, texts = self.shelf_sources(body) if dialect == "shelf" else self.form_sources(body)
        if len(sources) > self.service.most:
            self.answer(400, {"error": {"code": "batch_size_exceeded", "message": "Too many.", "details": []}})
            return
        bad = next((source for source in sources if source.startswith("bad:")), None)
        if bad is not None:
            message = {"code": "unsupported_image_type", "message": f"'{bad[4:]}' is not a picture.", "details": []}
            self.answer(415, {"error": message})
            return
        if ("size", "wrong") in texts:
            details = [{"field": "size", "issue": "unknown"}]
            self.answer(400, {"error": {"code": "invalid_request", "message": "No such size.", "details": details}})
            return
        taken = self.service.accept(dialect, self.headers.get("Idempotency-Key", ""), sources, texts)
        if isinstance(taken, int):
            self.answer(taken, {"error": {"code": "refused", "message": f"Refused with {taken}.", "details": []}})
            return
        analyses = [{"id": f"{taken.id}_{index}"} for index in range(len(taken.sources))]
        data = {"batchId": taken.id, "analyses": analyses}
        self.answer(202, {"batch_id": taken.id, "job_id": taken.id, "data": data, "files": [], "status": "queued"})

    def shelf_sources(self, body: bytes) -> tuple[list[str], list[tuple[str, str]]]:
        found = []
        for image in json.loads(body)["images"]:
            address = image["imageUrl"]
            found.append(self.service.slots[address[7:]] if address.startswith("upload:") else address)
        return found, []

    def form_sources(self, body: bytes) -> tuple[list[str], list[tuple[str, str]]]:
        """Addresses and hashes of files in order; a file that is no picture of ours is `bad:<name>`."""
        boundary = b"--" + self.headers["Content-Type"].partition("boundary=")[2].encode()
        urls, files, texts = [], [], []
        for part in body.split(boundary)[1:-1]:
            head, _, content = part[2:-2].partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]*)"', head)[1].decode()  # type: ignore[index]
            filename = re.search(rb'filename="([^"]*)"', head)
            if filename is not None:
                good = content.startswith(PICTURE)
                files.append(hashlib.sha256(content).hexdigest() if good else f"bad:{filename[1].decode()}")
            elif name.startswith("image_urls"):
                urls.append(content.decode())
            else:
                texts.append((name, content.decode()))
        return urls + files, texts

    def look(self) -> None:
        if self.path.startswith("/result/"):
            self.send_result()
            return
        if self.dialect() is None:
            return
        if self.path == "/api/v1/usage":
            self.answer(200, {"maxBatchSize": self.service.most})
            return
        name = re.split(r"[/=]", self.path)[-1]
        if self.path.startswith("/api/v1/analyses/") and "/batch/" not in self.path:
            done = {"id": name, "status": "completed", "texts": [], "warnings": self.service.warnings}
            self.answer(200, {"data": done})
            return
        taken = self.service.batches.get(name)
        if taken is None:
            self.answer(404, {"error": {"code": "batch_not_found", "message": "There is no such batch."}})
            return
        taken.looks += 1
        self.show(taken, taken.looks > self.service.looks_before_final)

    def show(self, taken: Taken, final: bool) -> None:
        """The state of a batch in its dialect's words."""
        files = [self.file_of(taken, index) for index in range(len(taken.sources))] if final else []
        status = "completed" if final else "processing"
        count, done = len(taken.sources), len(files)
        if taken.dialect == "print":
            jobs = [
                {"index": at, "status": status, "files": [files[at]] if final else [], "error": None}
                for at in range(count)
            ]
            body: dict[str, Any] = {"status": status, "jobs": jobs, "files": [], "poll_after_seconds": 1}
            body["warnings"] = self.service.warnings
        elif taken.dialect == "studio":
            body = {"status": status, "files": files, "errors": [], "warnings": self.service.warnings}
            body |= {"completed_count": done, "failed_count": 0}
        else:
            body = {"data": {"status": status, "completed": done, "failed": 0}}
        self.answer(200, body, {} if final else {"Retry-After": "1"})

    def file_of(self, taken: Taken, index: int) -> dict[str, Any]:
        source = taken.sources[index]
        data = result_of(source)
        return {
            "index": index,
            "filename": self.service.names.get(source, f"result_{index + 1:03d}.png"),
            "url": None if self.service.expired else f"{self.service.url}/result/{taken.id}/{index}",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }

    def send_result(self) -> None:
        assert "Authorization" not in self.headers, "a key must not be sent to a signed address"
        _, _, batch, index = self.path.split("/")
        data = result_of(self.service.batches[batch].sources[int(index)])
        self.service.downloads += 1
        if self.service.wrong_bytes > 0:
            self.service.wrong_bytes -= 1
            data = data[:-1] + b"!"
        self.raw(200, data, {"Content-Type": "image/png"})


@contextmanager
def fake_service(**facts: Any) -> Iterator[FakeService]:
    """A running service on a free port of 127.0.0.1; all of it ends with the block."""
    service = FakeService(**facts)
    handler = type("Bound", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
