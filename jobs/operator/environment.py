"""Finds a running installation's secret and queue server in its data folder, so that `scripts/admin` needs no
environment of its own. Never writes anything."""

from pathlib import Path

from config import ROOT


def running_environment(environ: dict[str, str], data_dir: str | None) -> dict[str, str]:
    """The caller's environment completed by what scripts/serve left in the data folder."""
    environ = dict(environ)
    if data_dir:
        environ["DATA_DIR"] = str(Path(data_dir).resolve())
    folder = Path(environ.setdefault("DATA_DIR", str(ROOT / "var")))
    for name, file in (("SECRET_KEY", "secret_key"), ("REDIS_URL", "redis_url"), ("BASE_URL", "base_url")):
        path = folder / file
        if name not in environ and path.exists():
            environ[name] = path.read_text().strip()
    return environ
