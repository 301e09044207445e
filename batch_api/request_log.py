"""One line per request, and the id under which everything about it can be found. Never logs a body, a query string,
a header that carries a secret, or a whole address."""

import logging
import re
import time

from flask import Flask, Response, g, has_request_context, request

from storage.clock import now
from storage.ids import new_id

log = logging.getLogger("darkroom.request")

SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIds(logging.Filter):
    """Puts the present request's id on every record, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context() and "request_id" in g and not hasattr(record, "request_id"):
            record.request_id = g.request_id
        return True


def mark_requests() -> None:
    """Let every handler of this process's log name the request; called once, after the log is open."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RequestIds())


def init_request_log(app: Flask) -> None:
    """Give every request an id first, and log it last."""
    app.before_request(open_request)
    app.after_request(close_request)


def open_request() -> None:
    """Take the caller's X-Request-Id when it is safe to repeat, else make one."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if SAFE_ID.fullmatch(given) else new_id("req", now())
    g.started = time.perf_counter()


def close_request(reply: Response) -> Response:
    """Repeat the id to the caller and write the line."""
    started = g.get("started")
    if started is None:  # a fault before the first hook, for example an untrusted host
        open_request()
        started = g.started
    reply.headers["X-Request-Id"] = g.request_id
    trace = request.headers.get("traceparent", "")
    if TRACEPARENT.fullmatch(trace):
        reply.headers["traceparent"] = trace
    caller = g.get("caller")
    fields = {
        "method": request.method,
        "route": str(request.url_rule) if request.url_rule else "unknown",
        "status": reply.status_code,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        "bytes_in": request.content_length or 0,
        "account_id": caller.account.id if caller else None,
        "key_id": caller.key.id if caller and caller.key else None,
        "code": g.get("fault_code"),
    } | g.get("log_fields", {})
    quiet = fields["route"] in ("/healthz", "/readyz")
    level = logging.DEBUG if quiet else logging.ERROR if reply.status_code >= 500 else logging.INFO
    log.log(level, "request", extra={name: value for name, value in fields.items() if value is not None})
    return reply
