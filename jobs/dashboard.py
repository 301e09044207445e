"""rq-dashboard as its own process: loopback only, always behind a password, deletion off.

Never mounted into the public service: it has no login and no CSRF protection of its own, and rq-dashboard 0.9 puts what
jobs say into its pages as markup. What it is guarded with is in here.
"""

import contextlib
import html
import io
import json
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from config import ConfigError, Settings
from jobs.job_log import open_log

logger = logging.getLogger("darkroom.dashboard")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
OURS = "same-origin"
# Characters that turn the direction of what follows, so that a name reads as another one, by their numbers.
TURNING = {number: f"\\u{number:04x}" for number in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
SHUT = (
    ("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
     " style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)  # fmt: skip


class JobId(str):
    """A job's id that can be decoded. rq-dashboard 0.9 wants bytes where rq 3 gives text, and its page of a job that
    depends on others would fail."""

    def decode(self, *_: str) -> str:
        return str(self)


def let_it_show_dependencies() -> None:
    """Give rq-dashboard's own view of a job ids that it can read; nobody else's jobs are touched."""
    from rq_dashboard import web

    class ShownJob(web.Job):  # type: ignore[misc]
        @property
        def dependency_ids(self) -> list[JobId]:
            return [JobId(each) for each in super().dependency_ids]

    web.Job = ShownJob


def guard(app: Wsgi) -> Wsgi:
    """The same pages, where no text of a job is ever markup, no other site can press a button, and nothing is fetched
    from or told to anybody else."""

    def guarded(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        changes = environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ["PATH_INFO"].startswith("/requeue/")
        if changes and environ.get("HTTP_SEC_FETCH_SITE", OURS) != OURS:
            start("403 Forbidden", [("Content-Type", "text/plain"), *SHUT])
            return [b"Not from another site.\n"]
        said: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Callable[[bytes], object]:
            said[:] = [status, headers]
            return lambda piece: None

        body = b"".join(app(environ, note))
        status, headers = said
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if any(name.lower() == "content-type" and "json" in value for name, value in kept) and body:
            body = json.dumps(harmless(json.loads(body))).encode()
        start(status, [*kept, ("Content-Length", str(len(body))), *SHUT])
        return [body]

    return guarded


def harmless(value: Any) -> Any:
    """The same value, its texts as they must be written to be read as texts in a page."""
    if isinstance(value, dict):
        return {name: harmless(each) for name, each in value.items()}
    if isinstance(value, list):
        return [harmless(each) for each in value]
    return html.escape(value.translate(TURNING)) if isinstance(value, str) else value


def let_it_be_guarded() -> None:
    """Give rq-dashboard's own command a guarded app."""
    from rq_dashboard import cli

    make = cli.make_flask_app

    def made(*args: Any, **more: Any) -> Any:
        app = make(*args, **more)
        app.wsgi_app = guard(app.wsgi_app)
        return app

    cli.make_flask_app = made


def options(settings: Settings) -> list[str]:
    """rq-dashboard's command line; handed over inside this process, so the password shows in no process list."""
    return [
        "--json",
        "--disable-delete",
        "--bind=127.0.0.1",
        f"--port={settings.dashboard_port}",
        f"--redis-url={settings.redis_url}",
        f"--username={settings.dashboard_user}",
        f"--password={settings.dashboard_password}",
    ]


def main() -> None:
    try:
        settings = Settings.from_env()
    except ConfigError as fault:
        sys.exit(str(fault))
    if not settings.dashboard_password or not settings.dashboard_user:
        sys.exit("DASHBOARD_USER and DASHBOARD_PASSWORD must be set: the dashboard never runs without them")
    from rq_dashboard.cli import run

    let_it_show_dependencies()
    let_it_be_guarded()
    open_log(settings.log_level, settings.log_format)
    logging.getLogger("werkzeug").addFilter(lambda record: "Running on" not in record.getMessage())  # told as an error
    logger.info("showing the queue", extra={"event": "dashboard.started", "port": settings.dashboard_port})
    with contextlib.redirect_stdout(io.StringIO()):  # its banner is no line of a log
        run.main(args=options(settings))


if __name__ == "__main__":
    main()
