"""The environment that every process of the installation gets, and what is left in the data folder for scripts/admin.
Never starts a process."""

import argparse
import os
import secrets
from pathlib import Path

from config import ROOT, Settings
from jobs.supervisor.ground import CannotStart

PLACEHOLDER = "-" * 32


def chosen(options: argparse.Namespace, environ: dict[str, str]) -> dict[str, str]:
    """The caller's environment with the command line's wishes; nothing is read from or written to the disk."""
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
    environ.setdefault("BASE_URL", f"http://{shown_host(environ.get('HOST', '127.0.0.1'))}:{port}")
    environ.setdefault("DATA_DIR", str(ROOT / "var"))
    return environ


def shown_host(host: str) -> str:
    """A host that a client on this machine can reach: loopback for "all addresses", IPv6 in brackets."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def checked(environ: dict[str, str]) -> Settings:
    """These settings before any secret is made. ConfigError with every fault at once."""
    return Settings.from_env({"SECRET_KEY": PLACEHOLDER, **environ})


def completed(environ: dict[str, str], data_dir: Path, *, dashboard: bool) -> dict[str, str]:
    """With the secrets that are kept in the data folder. CannotStart when they cannot be kept there."""
    environ = dict(environ)
    try:
        environ.setdefault("SECRET_KEY", kept_secret(data_dir / "secret_key"))
        if dashboard:
            environ.setdefault("DASHBOARD_PASSWORD", kept_secret(data_dir / "dashboard_password"))
    except OSError as fault:
        raise CannotStart(f"A secret cannot be kept in {data_dir}: {fault.strerror or fault}.") from fault
    return environ


def kept_secret(path: Path) -> str:
    """The secret in this file, made on first use and readable by its owner only; a half-written one is made anew."""
    if not path.exists() or not path.read_text().strip():
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    return path.read_text().strip()


def publish(data_dir: Path, environ: dict[str, str]) -> None:
    """Leave the queue server's and the service's address in the data folder, where scripts/admin finds them."""
    for name in ("REDIS_URL", "BASE_URL"):
        with os.fdopen(os.open(data_dir / name.lower(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(environ[name])
