"""The shipped systemd units as Python reads them: section → name → values, in their order."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UNITS = ROOT / "deploy" / "systemd"
PYTHON = "/opt/darkroom/.venv/bin/python -m "


@dataclass(frozen=True)
class Unit:
    name: str
    settings: dict[str, list[str]]  # "Service.ExecStart" → its values

    def one(self, name: str) -> str:
        (value,) = self.settings[name]
        return value

    @property
    def commands(self) -> list[tuple[str, ...]]:
        """The words after `python -m` of everything that it runs."""
        found = self.settings["Service.ExecStart"]
        assert all(line.startswith(PYTHON) for line in found), found
        return [tuple(line.removeprefix(PYTHON).split()) for line in found]

    @property
    def environment(self) -> set[str]:
        return {line.partition("=")[0] for line in self.settings.get("Service.Environment", [])}


def read(path: Path) -> Unit:
    section, found = "", defaultdict(list)
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, f"{path.name}: {line}"
            found[f"{section}.{name}"].append(value)
    return Unit(path.name, dict(found))


def services() -> list[Unit]:
    return [read(path) for path in sorted(UNITS.glob("*.service"))]


def processes() -> list[Unit]:
    """Those that run for as long as the service does."""
    return [unit for unit in services() if unit.one("Service.Type") != "oneshot"]
