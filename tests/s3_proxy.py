"""A proxy on loopback in front of a real S3 server that fails as it is told: errors, resets, hangs, cut and changed
bodies, answers that never arrive. Requests keep their Host, so that signatures hold. Never changes what no fault names.
"""

import hashlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KINDS = ("500", "503", "reset", "hang", "slow", "cut", "changed", "kept-wrong", "lied", "unheard")
ALWAYS = 1 << 30


@dataclass
class Fault:
    """The next `times` requests of `method` whose path holds `part` meet `kind`:

    500, 503: answered so, not passed on. reset: cut off at once. hang: no answer. slow: the answer drips. cut: the
    answer ends halfway. changed: one byte of the answer is another. kept-wrong: the server keeps another body and says
    so by its ETag. lied: it keeps another body and gives the ETag of the right one. unheard: done, and then cut off.
    """

    kind: str
    method: str = ""
    part: str = ""
    times: int = 1
    met: list[float] = field(default_factory=list)

    def meets(self, method: str, path: str) -> bool:
        return self.times > len(self.met) and self.method in ("", method) and self.part in path


@dataclass
class S3Proxy:
    """A running proxy. `faults` may be changed at any time; the first that meets a request counts."""

    port: int
    server: Any  # contract/object_servers.S3Server
    faults: list[Fault] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, kind: str, method: str = "", part: str = "", times: int = 1) -> Fault:
        assert kind in KINDS, kind
        self.faults.append(Fault(kind, method, part, times))
        return self.faults[-1]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted."""
        with self.lock:
            self.passed.append((method, path))
            found = next((fault for fault in self.faults if fault.meets(method, path)), None)
            if found is not None:
                found.met.append(time.monotonic())
            return found

    def settings(self, bucket: str) -> dict[str, str]:
        """The environment of an installation that keeps its objects behind this proxy."""
        return {
            "OBJECT_STORE": "s3",
            "S3_ENDPOINT": self.url,
            "S3_BUCKET": bucket,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": self.server.access_key,
            "S3_SECRET_ACCESS_KEY": self.server.secret_key,
        }


@contextmanager
def s3_proxy(server: Any) -> Iterator[S3Proxy]:
    """In front of `server` until the end of the block."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listener.daemon_threads = True
    proxy = S3Proxy(listener.server_address[1], server)
    listener.proxy = proxy  # type: ignore[attr-defined]
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.stopped.set()
        listener.shutdown()
        listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        proxy: S3Proxy = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.take(self.command, self.path)
        kind = fault.kind if fault else ""
        if kind in ("500", "503"):
            return self._send(int(kind), {"Content-Type": "application/xml"}, _ERROR)
        if kind == "reset":
            return self._reset()
        if kind == "hang":
            proxy.stopped.wait()
            return self._reset()
        wrong = kind in ("kept-wrong", "lied")
        status, headers, answer = self._keep_wrong(proxy, body) if wrong else self._pass_on(proxy, body)
        if kind == "lied":
            headers["ETag"] = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        if kind == "changed" and answer:
            answer = changed(answer)
        if kind == "unheard":
            return self._reset()
        self._send(status, headers, answer, cut=kind == "cut", pause_s=0.3 if kind == "slow" else 0)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _pass_on(self, proxy: S3Proxy, body: bytes) -> tuple[int, dict[str, str], bytes]:
        target = urlsplit(proxy.server.endpoint)
        onward = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
        try:
            onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    onward.putheader(name, value)
            onward.endheaders(body)
            reply = onward.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            onward.close()

    def _keep_wrong(self, proxy: S3Proxy, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Store another body under the same key with the same length, as a server with a bad disk would."""
        from storage.objects.s3_client import connect

        bucket, _, key = self.path.partition("?")[0].lstrip("/").partition("/")
        keys = (proxy.server.access_key, proxy.server.secret_key)
        direct = connect(bucket, *keys, endpoint=proxy.server.endpoint, region="us-east-1", path_style=True)
        query = {name: values[0] for name, values in parse_qs(self.path.partition("?")[2]).items()}
        if "uploadId" in query:
            part = {"UploadId": query["uploadId"], "PartNumber": int(query["partNumber"])}
            answer = direct.call("upload_part", key, Body=changed(body), **part)
        else:
            kind = self.headers.get("Content-Type", "application/octet-stream")
            answer = direct.call("put_object", key, Body=changed(body), ContentType=kind)
        return 200, {"ETag": answer["ETag"]}, b""

    def _send(
        self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False, pause_s: float = 0
    ) -> None:
        self.send_response_only(status)
        length = headers.pop("Content-Length", None) if self.command == "HEAD" else None
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length if length is not None else str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if cut:
            self.wfile.write(body[: len(body) // 2])
            return self._reset()
        pieces = 4 if pause_s else 1
        step = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), step):
            time.sleep(pause_s)
            self.wfile.write(body[start : start + step])

    def _reset(self) -> None:
        """End the connection by RST, as a crashed server does."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *words: Any) -> None:
        return None


def changed(body: bytes) -> bytes:
    """The body with its middle byte turned over."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


_ERROR = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>told to fail</Message></Error>"
