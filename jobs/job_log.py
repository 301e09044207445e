"""The log of every process that is not the web server: one JSON object per line, secrets hidden.

Never configured by an import; each process's main calls `open_log` once.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

SECRETS = re.compile(
    r"(?i)(bearer\s+)[^\s\"',]+|\b(?:pk_|ptr_|sk_live_|sk_test_|sf_live_|sf_test_|whsec_)[A-Za-z0-9+/=_-]+"
    r"|(sig(?:nature)?=)[^\s&\"']+|(X-Amz-[A-Za-z]+=)[^\s&\"']+|(https?://[^\s\"'?]*\?)[^\s\"']+"
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET = ("rq", "rq.worker", "rq.job", "rq.queue")


class JobLines(logging.Formatter):
    """ts (UTC, ms), level, event, logger, message, and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))


class JobText(JobLines):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = json.loads(super().format(record))
        head = f"{line.pop('ts')} {line.pop('level'):7} {line.pop('message')}"
        line.pop("logger")
        return head + "".join(f" {name}={value}" for name, value in line.items())


def redact(text: str) -> str:
    """The text without keys, tokens, webhook secrets, signatures and the query strings of addresses."""
    return SECRETS.sub(lambda found: (found[1] or found[2] or found[3] or found[4] or "") + "[hidden]", text)


def open_log(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send this process's log to stdout. RQ's own chatter is kept to warnings."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JobLines() if form == "json" else JobText())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
