"""What is installed comes by version and hash alone, and nothing is fetched while tests run but by those who say so."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from jobs.models.catalogue import NETWORKS, PACKAGES

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "tests/requirements.txt")


def entries(name: str) -> list[str]:
    """Each requirement with its continued lines, comments left out."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_version_and_hash(name: str) -> None:
    found = entries(name)
    assert len(found) > 50
    loose = [entry for entry in found if not re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+", entry)]
    unhashed = [entry for entry in found if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)]
    assert (loose, unhashed) == ([], [])
    assert not re.search(r"https?://|git\+|--extra-index|--index-url|-e ", "\n".join(found)), "from the registry alone"


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    shipped, tested = ({entry.split(" ")[0] for entry in entries(name)} for name in LOCKS)
    assert shipped <= tested


def test_installing_asks_for_the_hashes() -> None:
    for name in ("scripts/environment.sh", "deploy/Containerfile"):
        for line in (ROOT / name).read_text().splitlines():
            if "pip install" in line and not line.lstrip().startswith("#"):
                assert "--require-hashes" in line, (name, line)


def test_what_is_declared_is_locked() -> None:
    declared = re.findall(r'^    "([a-z0-9-]+)(?:\[[a-z]+\])?==([^"]+)",$', (ROOT / "pyproject.toml").read_text(), re.M)
    locked = "\n".join(entries("tests/requirements.txt"))
    assert len(declared) > 50
    assert [
        each for each in declared if not re.search(rf"^{each[0]}(\[[a-z,]+\])?=={re.escape(each[1])}", locked, re.M)
    ] == []


def test_node_packages_are_locked_by_hash() -> None:
    packages = json.loads((ROOT / "tests/clients/node/package-lock.json").read_text())["packages"]
    assert [
        name for name, each in packages.items() if name and not each.get("integrity", "").startswith("sha512-")
    ] == []


def test_a_fault_that_is_caught_blindly_has_to_be_told_or_raised_again() -> None:
    """ruff asks for it everywhere but in tests; an exception to the rule says why beside it."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert {"BLE", "S110", "S112"} <= set(rules["select"])
    assert set(rules["per-file-ignores"]) == {"tests/**"}
    lines = [line for room in ("batch_api", "jobs", "storage") for path in (ROOT / room).rglob("*.py")
             for line in path.read_text().splitlines() if "noqa: BLE001" in line]  # fmt: skip
    assert lines and all(len(line.partition("BLE001")[2].strip()) > 15 for line in lines), "each says why"


def test_the_list_of_parts_names_every_package_and_network_with_its_hashes() -> None:
    done = [subprocess.run([sys.executable, ROOT / "scripts" / "sbom"], capture_output=True, check=True).stdout
            for _ in range(2)]  # fmt: skip
    assert done[0] == done[1], "the same tree, the same list"
    told = json.loads(done[0])
    parts = {part["name"]: part for part in told["components"]}
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", "\n".join(entries("requirements.txt")), re.M)
    assert [(part["name"], part["version"]) for part in told["components"] if part["type"] == "library"] == pinned
    assert set(parts) == {name for name, _ in pinned} | set(NETWORKS)
    assert all(part.get("hashes") or part["externalReferences"][0]["hashes"] for part in parts.values())
    assert parts["u2net"]["hashes"][0]["content"] == NETWORKS["u2net"].sha256
    assert set(told["dependencies"][0]["dependsOn"]) == {part["bom-ref"] for part in told["components"]}


def test_the_order_of_the_tests_is_shuffled_by_a_number_that_can_be_repeated() -> None:
    script = (ROOT / "scripts" / "test").read_text()
    assert re.search(r"--randomly-seed=[0-9]+ ", script) and "no:randomly" not in script
    assert any(entry.startswith("pytest-randomly==") for entry in entries("tests/requirements.txt"))
    assert re.search(r'addopts = "(?!.*no:randomly)', (ROOT / "pyproject.toml").read_text())


def test_a_fresh_clone_needs_nothing_but_the_registries_of_its_package_managers() -> None:
    """What the checks run before the tests is pip, npm and the networks' packages, pinned by hash; a network that is
    not there is skipped by name. Nothing else is fetched."""
    fetching = re.compile(r"\b(curl|wget|git clone|npx|playwright|docker|podman)\b")
    for name in ("scripts/test", "scripts/environment.sh", ".ci/run"):
        lines = [
            line for line in (ROOT / name).read_text().splitlines() if not line.lstrip().startswith(("#", "packages"))
        ]
        assert [line for line in lines if fetching.search(line)] == [], name
    assert (
        "npm ci" in (ROOT / "scripts" / "test").read_text()
        and "--ignore-scripts" in (ROOT / "scripts" / "test").read_text()
    )
    assert all(package.registry in ("pypi", "npm") for package in PACKAGES.values())
