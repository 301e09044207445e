"""One line of JSON per request, and the id under which everything about it can be found. Never logs a body, a query
string, a header that carries a secret, or a whole address."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any, TextIO

from flask import Flask, Response, g, has_request_context, request

from storage.clock import now
from storage.ids import new_id

log = logging.getLogger("darkroom.request")

SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
SECRETS = re.compile(
    r"(?i)(bearer\s+)[^\s\"',]+|\b(?:pk_|ptr_|sk_live_|sk_test_|sf_live_|sf_test_|whsec_)[A-Za-z0-9+/=_-]+"
    r"|(sig(?:nature)?=)[^\s&\"']+|(X-Amz-[A-Za-z]+=)[^\s&\"']+"
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one JSON object: ts (UTC, ms), level, event, logger, request_id and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))


class TextLines(JsonLines):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = json.loads(super().format(record))
        head = f"{line.pop('ts')} {line.pop('level'):7} {line.pop('event')}"
        line.pop("logger")
        return head + "".join(f" {name}={value}" for name, value in line.items())


def redact(text: str) -> str:
    """The text without keys, tokens, webhook secrets and signatures."""
    return SECRETS.sub(lambda found: (found[1] or found[2] or found[3] or "") + "[hidden]", text)


def open_log(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send this process's log to stdout; called by whoever starts a process, never by the app factory."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


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
