"""How gunicorn runs the web app: threads, because studio requests wait for their result and uploads take their time.

Never reads the environment itself: config.py does.
"""

import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger

from config import Settings
from jobs.job_log import formatter
from jobs.metrics.web_files import empty, fold, folder_of

SILENCE_S = 60  # a client that sends or takes nothing for so long is cut off, and its thread serves others again
GOODBYES = 64  # connections of one process that may be closing at a time
UNREADABLE = re.compile(r"Invalid request from ip=\S*: ([A-Za-z/ ]{0,60})")

settings = Settings.from_env()
counted = folder_of(settings.data_dir)
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={counted}"]  # its client looks there, and nowhere else, when it is imported


class HouseLog(Logger):
    """gunicorn's own lines in the form of all others. Of a request that it cannot read only the kind of fault is told:
    the rest may hold a key."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(settings.log_format))

    def warning(self, msg: str, *args: Any, **more: Any) -> None:
        unread = UNREADABLE.match(msg)
        super().warning(f"unreadable request: {unread[1].strip()}" if unread else msg, *args, **more)


bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.web_workers
threads = settings.web_threads
timeout = 120
graceful_timeout = 30
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000
limit_request_line = 8190
limit_request_fields = 100
logger_class = HouseLog
accesslog = None  # the app writes one structured line per request
forwarded_allow_ips = "127.0.0.1"
forwarder_headers = ""  # no mounting below a prefix: a client's own Script-Name or Path-Info means nothing
control_socket_disable = True


def on_starting(server: Any) -> None:
    empty(counted)


def child_exit(server: Any, worker: Any) -> None:
    with suppress(TimeoutError):
        fold(counted, worker.pid)


def when_ready(server: Any) -> None:
    """Connections inherit the listener's time limits; gunicorn itself waits for a slow client without end."""
    limit = struct.pack("ll", SILENCE_S, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def post_worker_init(worker: Any) -> None:
    util.close_graceful = aside(util.close_graceful)


def aside(close: Callable[..., None]) -> Callable[..., None]:
    """The same close on a thread of its own: gunicorn waits up to two seconds for the client to close as well, on the
    thread that accepts connections, so a dozen clients that do not would keep everybody else out."""
    places = threading.BoundedSemaphore(GOODBYES)

    def close_aside(sock: socket.socket, *args: Any, **more: Any) -> None:
        def linger() -> None:
            try:
                close(sock, *args, **more)
            finally:
                places.release()

        if places.acquire(blocking=False):
            threading.Thread(target=linger, name="goodbye", daemon=True).start()
        else:
            util.close(sock)

    return close_aside
