"""`python -m jobs.metrics`: answers GET /metrics on METRICS_HOST:METRICS_PORT until SIGTERM.

Never part of the public service: loopback unless told otherwise, and behind METRICS_TOKEN when that is set.
"""

import hmac
import logging
import signal
import socket
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config import ROOT, ConfigError, Settings
from jobs.job_log import open_log
from jobs.metrics.exposition import families
from jobs.metrics.snapshot import Watch
from jobs.metrics.web_files import folder_of, held
from jobs.queue import connect
from jobs.tools import open_tools

logger = logging.getLogger("darkroom.metrics")

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Records(Collector):
    """What SQL, the queue server and the disk say."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        floor = self._watch.tools.settings.disk_floor_mb * (1 << 20)
        yield from families(self._watch.look(), release(), floor)


@cache
def release() -> str:
    """The version that stands in pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def page(watch: Watch) -> bytes:
    """All metrics, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(Records(watch))
    text = generate_latest(registry)
    folder = folder_of(watch.tools.settings.data_dir)
    web = CollectorRegistry()
    MultiProcessCollector(web, path=str(folder))  # type: ignore[no-untyped-call]
    with suppress(TimeoutError), held(folder, alone=False):
        text += generate_latest(web)
    return text


class Handler(BaseHTTPRequestHandler):
    """One address, one method."""

    timeout = 30
    server_version, sys_version = "darkroom", ""

    def __init__(self, watch: Watch, token: str, *args: Any) -> None:
        self._watch, self._token = watch, token
        super().__init__(*args)

    def do_GET(self) -> None:  # noqa: N802
        if not self._admitted():
            self._answer(401, b"who are you?\n", ("WWW-Authenticate", "Bearer"))
        elif self.path.partition("?")[0] != "/metrics":
            self._answer(404, b"there is only /metrics\n")
        else:
            self._answer(200, page(self._watch), kind=CONTENT_TYPE_PLAIN_0_0_4)

    def _admitted(self) -> bool:
        given = self.headers.get("Authorization", "")
        return not self._token or hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())

    def _answer(self, status: int, body: bytes, *more: tuple[str, str], kind: str = "text/plain") -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form: str, *words: Any) -> None:
        logger.debug(form, *words, extra={"event": "metrics.asked"})


class Server(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)


def open_to_others(settings: Settings) -> bool:
    """Whether the metrics are served beyond this machine to whoever asks."""
    return not settings.metrics_token and settings.metrics_host not in LOOPBACK


def main() -> int:
    """0 after SIGTERM or Ctrl-C, 1 when the port cannot be had, 2 when the settings are wrong."""
    try:
        settings = Settings.from_env()
    except ConfigError as fault:
        print(fault, file=sys.stderr)
        return 2
    if not settings.metrics_port:
        print("METRICS_PORT is not set", file=sys.stderr)
        return 2
    open_log(settings.log_level, settings.log_format)
    watch = Watch(open_tools(settings), connect(settings.redis_url))
    try:
        server = Server((settings.metrics_host, settings.metrics_port), partial(Handler, watch, settings.metrics_token))
    except OSError as fault:
        logger.error("cannot listen: %s", fault, extra={"event": "metrics.no_port", "port": settings.metrics_port})
        return 1
    threading.Thread(target=watch.catch_up, name="past", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    if open_to_others(settings):
        logger.warning("whoever reaches the port reads the metrics", extra={"event": "metrics.open"})
    logger.info("measuring", extra={"event": "metrics.started", "port": settings.metrics_port})
    server.serve_forever(0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
