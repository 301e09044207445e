"""No package below its floor: the present ones pass, older and missing ones are named, and the lock keeps above it."""

import re
from pathlib import Path

import pytest

from jobs import floor
from jobs.floor import FLOOR, below_floor, numbers

ROOT = Path(__file__).resolve().parents[3]


def locked(name: str) -> dict[str, str]:
    """Package → version of a requirements file."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", (ROOT / name).read_text(), re.M))


def test_what_is_installed_here_is_not_too_old() -> None:
    assert below_floor() == []


@pytest.mark.parametrize("name", sorted(FLOOR))
def test_the_lock_is_not_below_the_floor(name: str) -> None:
    assert numbers(locked("requirements.txt")[name]) >= numbers(FLOOR[name])


def test_an_older_and_a_missing_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "version", lambda name: {"pillow": "12.9.1"}.get(name) or absent(name))
    assert below_floor({"pillow": "13.0.0", "nonesuch": "1.0"}) == [
        "pillow 12.9.1 is older than 13.0.0.",
        "nonesuch is not installed; 1.0 is needed.",
    ]


def absent(name: str) -> str:
    raise floor.PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("older", "newer"), [("9.9", "10.0"), ("1.2.9", "1.10"), ("5.0.0.93", "5.0.1"), ("3.0", "3.0.0.post1")]
)
def test_versions_are_compared_by_their_numbers(older: str, newer: str) -> None:
    assert numbers(older) < numbers(newer)
