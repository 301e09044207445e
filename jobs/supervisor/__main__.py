"""`scripts/serve`: everything from one command. Prepares (secret, networks, database, queue server, demo account),
starts the processes, restarts what dies, and drains all of it on Ctrl-C."""

import argparse
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.error import URLError

from config import ROOT, ConfigError, Settings
from jobs.supervisor.children import Child, ChildSpec, stop_all
from jobs.supervisor.demo import FILE_NAME, curl_lines, ensure_demo_account
from jobs.supervisor.embedded_redis import start_server
from jobs.tools import open_tools

log = logging.getLogger("darkroom.supervisor")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Run the whole service.")
    parser.add_argument("--port", type=int, help="port of the web server (default 8000)")
    parser.add_argument("--host", help="address the web server binds to (default 127.0.0.1)")
    parser.add_argument("--data-dir", type=Path, help="database, objects, queue server and logs (default ./var)")
    parser.add_argument("--dashboard", action="store_true", help="also run the queue dashboard on loopback")
    parser.add_argument("--dashboard-port", type=int, help="port of the dashboard (default 9181)")
    return parser.parse_args(argv)


def environment(options: argparse.Namespace, environ: dict[str, str]) -> dict[str, str]:
    """The environment of every child: the caller's, the command line's, and a secret key kept in the data folder."""
    environ = dict(environ)
    if options.data_dir:
        environ["DATA_DIR"] = str(options.data_dir.resolve())
    if options.host:
        environ["HOST"] = options.host
    if options.port is not None:
        environ["PORT"] = str(options.port)
    if options.dashboard_port:
        environ["DASHBOARD_PORT"] = str(options.dashboard_port)
    port = environ.setdefault("PORT", "8000")
    environ.setdefault("BASE_URL", f"http://{environ.get('HOST', '127.0.0.1')}:{port}")
    data_dir = Path(environ.setdefault("DATA_DIR", str(ROOT / "var")))
    (data_dir / "log").mkdir(parents=True, exist_ok=True)
    environ.setdefault("SECRET_KEY", kept_secret(data_dir / "secret_key"))
    if options.dashboard:
        environ.setdefault("DASHBOARD_PASSWORD", kept_secret(data_dir / "dashboard_password"))
    return environ


def kept_secret(path: Path) -> str:
    """The secret in this file, made on first use and readable by its owner only."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def publish(data_dir: Path, environ: dict[str, str]) -> None:
    """Leave the queue server's and the service's address in the data folder, where scripts/admin finds them."""
    for name in ("REDIS_URL", "BASE_URL"):
        with os.fdopen(os.open(data_dir / name.lower(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(environ[name])


def fetch_models(environ: dict[str, str]) -> None:
    """Fetch what is missing; a network that cannot be had only disables its action, so this never fails."""
    command = [str(ROOT / "scripts" / "fetch-models")]
    folder = environ.get("MODELS_DIR")
    outcome = subprocess.run(command + (["--dir", folder] if folder else []), cwd=ROOT, env=environ, check=False)
    if outcome.returncode:
        log.warning("some networks are missing; their actions will answer that they are not available")


def specs(settings: Settings, environ: dict[str, str], *, dashboard: bool) -> list[ChildSpec]:
    """Every process of the installation, web server first."""

    def python(name: str, *words: str, stop_s: float = 30.0) -> ChildSpec:
        log_file = settings.data_dir / "log" / f"{name}.log"
        return ChildSpec(name, (sys.executable, "-m", *words), environ, ROOT, log_file, stop_s)

    web = ("gunicorn", "wsgi:app", "--config", "scripts/gunicorn.conf.py")
    found = [python("web", *web)]
    found += [python(f"pixels-{n}", "jobs.worker", "pixels") for n in range(settings.pixel_workers)]
    found += [python(f"models-{n}", "jobs.worker", "models") for n in range(settings.model_workers)]
    found += [
        python("packaging", "jobs.worker", "packaging"),
        python("delivery", "jobs.delivery", stop_s=20.0),
        python("sweep", "jobs.sweep", stop_s=10.0),
    ]
    if dashboard:
        found.append(python("dashboard", "jobs.dashboard", stop_s=5.0))
    return found


def wait_ready(settings: Settings, children: list[Child], seconds: float = 60.0) -> bool:
    """True once /readyz answers 200; children that die meanwhile are started again."""
    deadline = time.monotonic() + seconds
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    while time.monotonic() < deadline:
        for child in children:
            child.tend()
        # Not listening yet, or not ready: asked again until the deadline.
        with (
            suppress(URLError, OSError),
            urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=2) as reply,
        ):
            if reply.status == 200:
                return True
        time.sleep(0.05)
    return False


class Stop(Exception):
    """Ctrl-C or SIGTERM."""


def raise_stop(signum: int, frame: FrameType | None) -> None:
    raise Stop


def run(settings: Settings, environ: dict[str, str], *, dashboard: bool) -> int:
    begun, children = time.monotonic(), list[Child]()
    try:
        if not settings.redis_url:
            server, environ["REDIS_URL"] = start_server(settings.data_dir, environ)
            children.append(server)
            settings = Settings.from_env(environ)
        publish(settings.data_dir, environ)
        tools = open_tools(settings)
        tools.database.migrate()
        record, fresh = ensure_demo_account(tools)
        tools.database.dispose()
        children += [Child(spec) for spec in specs(settings, environ, dashboard=dashboard)]
        ready = wait_ready(settings, children)
        announce(settings, record, fresh=fresh, ready=ready, seconds=time.monotonic() - begun, dashboard=dashboard)
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


def announce(
    settings: Settings, record: dict[str, object], *, fresh: bool, ready: bool, seconds: float, dashboard: bool
) -> None:
    state = "ready" if ready else f"NOT ready (see {settings.data_dir / 'log'})"
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
    options = arguments()
    signal.signal(signal.SIGINT, raise_stop)
    signal.signal(signal.SIGTERM, raise_stop)
    try:
        environ = environment(options, dict(os.environ))
        settings = Settings.from_env(environ)
        fetch_models(environ)
        return run(settings, environ, dashboard=options.dashboard)
    except ConfigError as fault:
        sys.stderr.write(f"The configuration has faults:\n{fault}\n")
        return 2
    except Stop:
        return 0


if __name__ == "__main__":
    sys.exit(main())
