"""How gunicorn runs the web app: threads, because studio requests wait for their result and uploads take their time.

Never reads the environment itself: config.py does.
"""

import errno
import os
import re
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger

from config import Settings
from jobs.job_log import formatter
from jobs.metrics.web_files import empty, fold, folder_of, reserve

SILENCE_S = 60  # a client that sends or takes nothing for so long is cut off, and its thread serves others again
FULL_PAUSE_S = 0.05
GOODBYES = 64  # connections of one process that may be closing at a time
UNREADABLE = re.compile(r"Invalid request from ip=\S*: ([A-Za-z/ ]{0,60})")

OWN_FILES, FILES_OF_A_CONNECTION, FILES_OF_A_THREAD = 32, 2, 8  # what is open at a time, at most
CONNECTIONS = 1000


def places(files: int, threads: int) -> int:
    """How many connections a process takes that may open so many files: one that is not taken waits its turn, one that
    was taken and finds no descriptor left is cut off."""
    free = files - OWN_FILES
    all_at_work = free // (FILES_OF_A_CONNECTION + FILES_OF_A_THREAD)
    if all_at_work < threads:
        return max(1, all_at_work)
    return min(CONNECTIONS, (free - threads * FILES_OF_A_THREAD) // FILES_OF_A_CONNECTION)


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
worker_connections = places(resource.getrlimit(resource.RLIMIT_NOFILE)[0], settings.web_threads)
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


def post_fork(server: Any, worker: Any) -> None:
    """Before the app is imported, whose counters then open their files. On a full disk it counts in memory, unseen."""
    if not reserve(counted, worker.pid):
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        server.log.warning("no room for this process's metrics")


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
    worker.accept = unhurried(worker.accept)


def unhurried(accept: Callable[..., None]) -> Callable[..., None]:
    """The same accept, which waits a moment when this process has no file descriptor left for another connection;
    gunicorn's own ends the process, and every request in it."""

    def accept_unhurried(listener: Any) -> None:
        try:
            accept(listener)
        except OSError as fault:
            if fault.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            time.sleep(FULL_PAUSE_S)

    return accept_unhurried


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

        if not places.acquire(blocking=False):
            util.close(sock)
            return
        try:
            threading.Thread(target=linger, name="goodbye", daemon=True).start()
        except RuntimeError:  # the machine gives no more threads
            places.release()
            util.close(sock)

    return close_aside
