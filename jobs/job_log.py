"""The log of every process: one JSON object per line, secrets hidden, and on each line what the work at hand is about.

Never configured by an import; each process's main calls `open_log` once.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

# Each alternative keeps what its first group found, which tells what was hidden.
SECRETS = re.compile(
    r"(?i)(bearer\s+)[^\s\"',]+"
    r"|\b(pk_|ptr_|sk_live_|sk_test_|sf_live_|sf_test_|whsec_)[A-Za-z0-9+/=_-]+"
    r"|\b(eyJ)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|(sig(?:nature)?=)[^\s&\"']+|(X-Amz-[A-Za-z]+=)[^\s&\"']+"
    r"|\b([a-z]{2,16}://[^\s/@:\"']*:)[^\s/@\"']+(?=@)"
    r"|((?:https?:/|(?<=[\s\"']))/[^\s\"'?]*\?)[^\s\"']+"
    r"|(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+"
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET = ("rq", "rq.worker", "rq.job", "rq.queue", "alembic")
ABOUT: ContextVar[dict[str, Any] | None] = ContextVar("about", default=None)


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """What this thread is working on: fields of every line until the block ends. A line's own fields come first."""
    token = ABOUT.set({**(ABOUT.get() or {}), **fields})
    try:
        yield
    finally:
        ABOUT.reset(token)


def know(**fields: Any) -> None:
    """More of what the present block is about, learned meanwhile; nothing outside of one."""
    known = ABOUT.get()
    if known is not None:
        known.update(fields)


class JobLines(logging.Formatter):
    """ts (UTC, ms), level, event (the logger, where a library brings none), logger, message, and the record's own
    fields."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.name,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= ABOUT.get() or {}
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(hidden(line), ensure_ascii=False)


class JobText(JobLines):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = json.loads(super().format(record))
        head = f"{line.pop('ts')} {line.pop('level'):7} {line.pop('message')}"
        line.pop("logger")
        return head + "".join(f" {name}={value}" for name, value in line.items())


def formatter(form: str) -> logging.Formatter:
    """How a line of this process's log looks: "json" or for a person."""
    return JobLines() if form == "json" else JobText()


def hidden(value: Any) -> Any:
    """The same value with every text in it redacted; what JSON has no form for becomes text."""
    if isinstance(value, dict):
        return {str(name): hidden(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [hidden(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


def redact(text: str) -> str:
    """The text without keys, tokens, passwords, webhook secrets, signatures, e-mail and the queries of addresses."""
    return SECRETS.sub(lambda found: (found[found.lastindex or 0] if found.lastindex else "") + "[hidden]", text)


def open_log(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send this process's log to stdout, what Python itself has to say included. The chatter of RQ and of the
    migrations is kept to warnings."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = tell_end
    threading.excepthook = lambda end: tell_end(end.exc_type, end.exc_value, end.exc_traceback)


def keep_log(path: Path) -> None:
    """Send this process's log to a file as well, a JSON object per line: its terminal is for a person."""
    handler = logging.FileHandler(path)
    handler.setFormatter(JobLines())
    logging.getLogger().addHandler(handler)


def tell_end(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> None:
    """A process or a thread ends by something that nobody caught."""
    if fault is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("darkroom").critical(
        "ended by %s", kind.__name__, exc_info=(kind, fault, trace), extra={"event": "process.crashed"}
    )
