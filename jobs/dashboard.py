"""rq-dashboard as its own process: loopback only, always behind a password, deletion off.

Never mounted into the public service: it has no login and no CSRF protection of its own.
"""

import contextlib
import io
import logging
import sys

from config import ConfigError, Settings
from jobs.job_log import open_log

logger = logging.getLogger("darkroom.dashboard")


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
    open_log(settings.log_level, settings.log_format)
    logging.getLogger("werkzeug").addFilter(lambda record: "Running on" not in record.getMessage())  # told as an error
    logger.info("showing the queue", extra={"event": "dashboard.started", "port": settings.dashboard_port})
    with contextlib.redirect_stdout(io.StringIO()):  # its banner is no line of a log
        run.main(args=options(settings))


if __name__ == "__main__":
    main()
