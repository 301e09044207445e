"""The systemd units: the same processes as scripts/serve starts, with at least its patience, shut in as promised, in
names that the program knows; and systemd itself finds nothing wrong with them."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from engine_rig import test_settings
from unit_files import ROOT, UNITS, Unit, processes, read, services

from config import ROWS
from jobs import worker
from jobs.operator.__main__ import build_parser
from jobs.supervisor.__main__ import specs

SHUT_IN = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
    "IPAddressDeny": "link-local multicast",
    "User": "darkroom",
    "LimitCORE": "0",
}


def named(unit: Unit) -> str:
    return unit.name


def supervised(folder: Path) -> dict[tuple[str, ...], float]:
    """The words after `python -m` of everything that scripts/serve keeps running, and the time it gives each to end."""
    settings = test_settings(folder, metrics_port=9182)
    return {each.argv[2:]: each.stop_s for each in specs(settings, {}, 0, dashboard=True)}


def test_every_process_of_the_supervisor_has_a_unit_that_waits_at_least_as_long(tmp_path: Path) -> None:
    units = {words: float(unit.one("Service.TimeoutStopSec")) for unit in processes() for words in unit.commands}
    wanted = supervised(tmp_path)
    assert set(units) == set(wanted)
    assert {words for words in wanted if units[words] < wanted[words]} == set()


def test_a_worker_may_finish_its_image_before_it_is_killed() -> None:
    for unit in processes():
        if unit.commands[0][0] == "jobs.worker":
            assert float(unit.one("Service.TimeoutStopSec")) > worker.GRACE_S + 5


@pytest.mark.parametrize("unit", services(), ids=named)
def test_what_a_unit_runs_is_there(unit: Unit) -> None:
    for module, *words in unit.commands:
        found = find_spec(module)
        assert found is not None, module
        if found.submodule_search_locations and module != "gunicorn":
            assert find_spec(f"{module}.__main__") is not None, module
        assert all((ROOT / word).exists() for word in words if word.startswith("scripts/"))
        if module == "jobs.operator":
            assert build_parser().parse_args(words).run is not None
        if module == "jobs.worker":
            assert words[0] in worker.QUEUES


@pytest.mark.parametrize("unit", services(), ids=named)
def test_a_unit_is_shut_in_and_speaks_of_settings_that_exist(unit: Unit) -> None:
    assert {name: unit.one(f"Service.{name}") for name in SHUT_IN} == SHUT_IN
    assert unit.environment <= {row.name for row in ROWS}
    assert unit.one("Service.EnvironmentFile") == "/etc/darkroom/environment"
    assert unit.one("Service.MemoryMax") and int(unit.one("Service.TasksMax")) <= 512
    assert "darkroom.target" in unit.one("Install.WantedBy")


@pytest.mark.parametrize("unit", processes(), ids=named)
def test_a_process_comes_back_and_is_ended_with_its_forks(unit: Unit) -> None:
    assert (unit.one("Service.Restart"), unit.one("Service.KillMode")) == ("always", "mixed")
    assert unit.one("Unit.StartLimitIntervalSec") == "0" and unit.one("Unit.PartOf") == "darkroom.target"
    assert unit.one("Unit.Requires") == "darkroom-prepare.service"


def test_nothing_starts_before_schema_and_checks() -> None:
    (prepare,) = [unit for unit in services() if unit.one("Service.Type") == "oneshot"]
    assert prepare.commands == [("jobs.operator", "schema", "upgrade"), ("jobs.operator", "config", "check")]


def test_the_target_wants_every_process_but_the_dashboard() -> None:
    wanted = {name for line in read(UNITS / "darkroom.target").settings["Unit.Wants"] for name in line.split()}
    assert wanted == {unit.name.replace("@", "@1") for unit in processes()} - {"darkroom-dashboard.service"}


def test_the_example_of_an_environment_names_settings_that_exist() -> None:
    text = (ROOT / "deploy" / "environment.example").read_text()
    names = set(re.findall(r"^(?:# )?(\w+)=", text, re.M))
    assert {"SECRET_KEY", "DATABASE_URL", "S3_BUCKET", "METRICS_PORT"} <= names <= {row.name for row in ROWS}


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze (apt-get install systemd)")
    for path in UNITS.iterdir():
        here = path.read_text().replace("/opt/darkroom/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(here.replace("/opt/darkroom", str(ROOT)))
    files = [str(path) for path in sorted(tmp_path.iterdir()) if path.suffix in (".service", ".target")]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "darkroom" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_the_admin_of_the_units_takes_their_settings(tmp_path: Path) -> None:
    given = {"SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz", "DATA_DIR": tmp_path / "data"}
    (tmp_path / "environment").write_text(
        "# as shipped\n" + "".join(f"{name}={text}\n" for name, text in given.items())
    )
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("needs the project's own .venv (scripts/test makes it)")
    environ = {"PATH": "/usr/bin:/bin", "DARKROOM_ENVIRONMENT": str(tmp_path / "environment")}

    def admin(*words: str) -> str:
        command = [str(UNITS / "darkroom-admin"), "--json", *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout

    admin("schema", "upgrade")
    assert admin("accounts", "list") == "[]\n" and (tmp_path / "data" / "darkroom.sqlite3").exists()
    assert (tmp_path / "data" / "darkroom.sqlite3").stat().st_mode & 0o077 == 0
