"""`scripts/serve`: everything from one command. Prepares (secret, networks, database, queue server, demo account),
starts the processes, restarts what dies, and drains all of it on Ctrl-C. Never ends a process that it did not start.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.error import HTTPError, URLError

from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from config import ROOT, ConfigError, Settings
from jobs.job_log import keep_log
from jobs.supervisor.children import Child, ChildSpec, stop_all
from jobs.supervisor.demo import FILE_NAME, curl_lines, ensure_demo_account
from jobs.supervisor.embedded_redis import start_server
from jobs.supervisor.ground import (
    CannotStart,
    check_packages,
    check_port,
    check_queue_server,
    check_temporary_folder,
    occupy,
    take_folder,
)
from jobs.supervisor.surroundings import checked, chosen, completed, publish, shown_host
from jobs.tools import open_tools
from storage.errors import ServiceError

log = logging.getLogger("darkroom.supervisor")

PRIVATE = 0o077  # database, objects and logs hold customers' pictures: for this user alone
SHARED = 0o022  # networks are public, and other users of the same checkout may read them


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Run the whole service.")
    parser.add_argument("--port", type=int, help="port of the web server (default 8000)")
    parser.add_argument("--host", help="address the web server binds to (default 127.0.0.1)")
    parser.add_argument("--data-dir", type=Path, help="database, objects, queue server and logs (default ./var)")
    parser.add_argument("--dashboard", action="store_true", help="also run the queue dashboard on loopback")
    parser.add_argument("--dashboard-port", type=int, help="port of the dashboard (default 9181)")
    return parser.parse_args(argv)


def fetch_models(environ: dict[str, str]) -> None:
    """Fetch what is missing; a network that cannot be had only disables its action, so this never fails."""
    command = [str(ROOT / "scripts" / "fetch-models")]
    folder = environ.get("MODELS_DIR")
    command += ["--dir", folder] if folder else []
    outcome = subprocess.run(command, cwd=ROOT, env=environ, check=False, umask=SHARED)
    if outcome.returncode:
        log.warning(
            "some networks are missing; their actions will answer that they are not available",
            extra={"event": "models.missing"},
        )


def specs(settings: Settings, environ: dict[str, str], lock: int, *, dashboard: bool) -> list[ChildSpec]:
    """Every process of the installation, web server first. All hold the data folder's lock."""

    def python(name: str, *words: str, stop_s: float = 30.0) -> ChildSpec:
        log_file = settings.data_dir / "log" / f"{name}.log"
        return ChildSpec(name, (sys.executable, "-m", *words), environ, ROOT, log_file, stop_s, (lock,))

    web = ("gunicorn", "wsgi:app", "--config", "scripts/gunicorn.conf.py")
    found = [python("web", *web, stop_s=35.0)]  # gunicorn itself gives requests 30 s
    found += [python(f"pixels-{n}", "jobs.worker", "pixels") for n in range(settings.pixel_workers)]
    found += [python(f"models-{n}", "jobs.worker", "models") for n in range(settings.model_workers)]
    found += [
        python("packaging", "jobs.worker", "packaging"),
        python("delivery", "jobs.delivery", stop_s=20.0),
        python("sweep", "jobs.sweep", stop_s=10.0),
    ]
    if settings.metrics_port:
        found.append(python("metrics", "jobs.metrics", stop_s=5.0))
    if dashboard:
        found.append(python("dashboard", "jobs.dashboard", stop_s=5.0))
    return found


def wait_ready(settings: Settings, children: list[Child], seconds: float) -> str:
    """What is not ready yet, nothing once /readyz answers 200; children that die meanwhile are started again."""
    deadline, missing = time.monotonic() + seconds, "the web server does not answer"
    url = f"http://{shown_host(settings.host)}:{settings.port}/readyz"
    while time.monotonic() < deadline:
        for child in children:
            child.tend()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return ""
        except HTTPError as reply:
            with suppress(ValueError, OSError):
                states = json.load(reply)["checks"]
                missing = ", ".join(name for name, state in states.items() if state != "ok")
        except (URLError, OSError):
            pass  # not listening yet
        time.sleep(0.05)
    return missing


class Stop(Exception):
    """Ctrl-C or SIGTERM."""


def raise_stop(signum: int, frame: FrameType | None) -> None:
    raise Stop


def run(settings: Settings, environ: dict[str, str], lock: int, *, dashboard: bool) -> int:
    begun, children = time.monotonic(), list[Child]()
    try:
        if not settings.redis_url:
            server, environ["REDIS_URL"] = start_server(settings.data_dir, environ, (lock,))
            children.append(server)
            settings = Settings.from_env(environ)
        publish(settings.data_dir, environ)
        record, fresh = prepare_records(settings)
        web, *others = (Child(spec) for spec in specs(settings, environ, lock, dashboard=dashboard))
        children.append(web)
        # The door opens seconds sooner when it need not share the cores with workers that load their libraries.
        missing = wait_ready(settings, children, 5.0)
        children += others
        missing = missing and wait_ready(settings, children, 55.0)
        announce(settings, record, fresh=fresh, missing=missing, seconds=time.monotonic() - begun, dashboard=dashboard)
        while True:
            for child in children:
                child.tend()
            time.sleep(0.2)
    except Stop:
        sys.stdout.write("\nDraining: running images finish, then everything stops.\n")
        sys.stdout.flush()
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        servers = [child for child in children if child.spec.name == "valkey"]
        stop_all([child for child in children if child not in servers])
        stop_all(servers)


def prepare_records(settings: Settings) -> tuple[dict[str, object], bool]:
    """The schema brought up to date and the demo account there. CannotStart when the database does not let us."""
    try:
        tools = open_tools(settings)
        tools.database.migrate()
        record, fresh = ensure_demo_account(tools)
        tools.database.dispose()
    except CommandError as fault:
        raise CannotStart("The database's schema was made by a newer program; install that one, or restore.") from fault
    except (ServiceError, SQLAlchemyError, OSError, ValueError, RuntimeError) as fault:
        cause = getattr(fault, "cause", None) or fault
        raise CannotStart(f"The database or the object store cannot be opened: {first_line(cause)}") from fault
    return record, fresh


def first_line(cause: object) -> str:
    """What a driver said, without the statement and the link to its manual that follow."""
    return str(cause).strip().partition("\n")[0][:300]


def announce(
    settings: Settings, record: dict[str, object], *, fresh: bool, missing: str, seconds: float, dashboard: bool
) -> None:
    state = f"NOT ready ({missing}; see {settings.data_dir / 'log'})" if missing else "ready"
    lines = [f"Darkroom is {state}: {settings.base_url}  after {seconds:.1f} s; docs at {settings.base_url}/docs"]
    if fresh:
        lines += ["", f"A demo account was made; its keys are in {settings.data_dir / FILE_NAME}:"]
        lines += [f"  {name}: {key}" for name, key in dict(record["keys"]).items()]  # type: ignore[call-overload]
        lines += [f"  merchant id: {record['merchant_id']}", "", "Try:"]
        lines += ["  " + line for line in curl_lines(settings, dict(record))]
    if dashboard:
        where = f"http://127.0.0.1:{settings.dashboard_port}"
        password = settings.data_dir / "dashboard_password"
        lines.append(f"Queue dashboard: {where}  user {settings.dashboard_user}, password in {password}")
    sys.stdout.write("\n".join(lines) + "\nCtrl-C stops.\n")
    sys.stdout.flush()


def main() -> int:
    logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel("WARNING")
    options = arguments()
    os.umask(PRIVATE)
    signal.signal(signal.SIGINT, raise_stop)
    signal.signal(signal.SIGTERM, raise_stop)
    try:
        check_packages()
        check_temporary_folder()
        environ = chosen(options, dict(os.environ))
        data_dir = checked(environ).data_dir
        take_folder(data_dir)
        keep_log(data_dir / "log" / "supervisor.log")
        lock = occupy(data_dir, tell=log.info)
        environ = completed(environ, data_dir, dashboard=options.dashboard)
        settings = Settings.from_env(environ)
        check_port(settings.host, settings.port, "--port")
        if options.dashboard:
            check_port("127.0.0.1", settings.dashboard_port, "--dashboard-port")
        if settings.metrics_port:
            check_port(settings.metrics_host, settings.metrics_port, "METRICS_PORT")
        if settings.redis_url:
            check_queue_server(settings.redis_url, tell=log.warning)
        fetch_models(environ)
        return run(settings, environ, lock, dashboard=options.dashboard)
    except ConfigError as fault:
        sys.stderr.write(f"The configuration has faults:\n{fault}\n")
        return 2
    except (CannotStart, TimeoutError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except Stop:
        return 0


if __name__ == "__main__":
    sys.exit(main())
