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
OUR_ID = re.compile(r"[a-z]{2,12}_[A-Za-z0-9]{8,40}")
# Names of parts of addresses, and the field that each is in the log.
PATH_IDS = {"batch_id": "batch_id", "job_id": "image_id", "analysis_id": "image_id", "delivery_id": "delivery_id",
            "webhook_id": "endpoint_id"}  # fmt: skip
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIds(logging.Filter):
    """Puts the present request's id and its caller on every record, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context() and "request_id" in g:
            caller = g.get("caller")
            if not hasattr(record, "request_id"):
                record.request_id = g.request_id
            if caller is not None and not hasattr(record, "account_id"):
                record.account_id = caller.account.id
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


def named_in_path() -> dict[str, str]:
    """What an address is about, as far as it has the form of an id. What is not there is named too: a client may ask
    for anything."""
    parts = (request.view_args or {}).items()
    found = {"batch_id": request.args.get("job_id", "")} | {
        PATH_IDS[name]: str(of) for name, of in parts if name in PATH_IDS
    }
    return {name: value for name, value in found.items() if OUR_ID.fullmatch(value)}


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
        "event": "request",
        "method": request.method,
        "route": str(request.url_rule) if request.url_rule else "unknown",
        "status": reply.status_code,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        "bytes_in": request.content_length or 0,
        "account_id": caller.account.id if caller else None,
        "key_id": caller.key.id if caller and caller.key else None,
        "code": g.get("fault_code"),
        "trace_id": trace.split("-")[1] if TRACEPARENT.fullmatch(trace) else None,
        **named_in_path(),
    } | g.get("log_fields", {})
    quiet = fields["route"] in ("/healthz", "/readyz")
    level = logging.DEBUG if quiet else logging.ERROR if reply.status_code >= 500 else logging.INFO
    log.log(level, "request", extra={name: value for name, value in fields.items() if value is not None})
    return reply
