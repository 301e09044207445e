"""What is installed comes by version and hash alone, and nothing is fetched while tests run but by those who say so."""

import re
from pathlib import Path

import pytest

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
    import json

    packages = json.loads((ROOT / "tests/clients/node/package-lock.json").read_text())["packages"]
    assert [
        name for name, each in packages.items() if name and not each.get("integrity", "").startswith("sha512-")
    ] == []
